"""Latency while the champion moves every five seconds, against the same load without moves."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bench import load
from bench.base import Figure
from bench.serving import CALLERS, NAME, home, predicts, served, texts

PEAK_SECONDS = 4.0
SECONDS = 20.0
EVERY = 5.0
MOVES = 4
SHARE = 0.7


def run() -> list[Figure]:
    # As many releases as moves and one more: each move loads one that was not loaded before.
    with home(MOVES + 1) as made, served(made) as server:
        requests = predicts(texts(), server.keys[0])
        peak = load.run(
            load.closed(server.port, requests, callers=CALLERS, seconds=PEAK_SECONDS, settle=1.0)
        )
        rate = SHARE * len(peak) / PEAK_SECONDS
        steady = load.run(load.offered(server.port, requests, rate=rate, seconds=SECONDS))
        moving, moved = load.run(_moving(server.port, requests, rate, server.admin))
    ratio = load.quantile(moving, 99) / load.quantile(steady, 99)
    failed = load.failed(steady) + load.failed(moving)
    return [
        Figure(
            f"p99 while swapping to a release not yet loaded every {EVERY:.0f} s, at 70 % load",
            "≤ 1.2 times the steady p99, no error",
            f"{ratio:.2f} times ({load.quantile(moving, 99):.0f} against "
            f"{load.quantile(steady, 99):.0f} ms; p50 {load.quantile(moving, 50):.0f} against "
            f"{load.quantile(steady, 50):.0f} ms), {len(failed)} errors in {len(moving)} calls",
            ratio <= 1.2 and not failed,
            {
                "calls_per_second": rate,
                "steady_ms": {str(p): load.quantile(steady, p) for p in (50, 90, 99, 100)},
                "moving_ms": {str(p): load.quantile(moving, p) for p in (50, 90, 99, 100)},
                "moves": moved,
            },
        )
    ]


async def _moving(
    port: int, requests: list[bytes], rate: float, admin: str
) -> tuple[list[load.Call], list[dict[str, Any]]]:
    calls = asyncio.create_task(load.offered(port, requests, rate=rate, seconds=SECONDS))
    moved = []
    loop = asyncio.get_running_loop()
    await asyncio.sleep(EVERY / 2)
    for number in range(1, MOVES + 1):
        began = loop.time()
        path = f"/v1/admin/releases/{NAME}/aliases/champion"
        body = json.dumps({"number": number, "reason": "to see what it costs"}).encode()
        answer = await load.ask(port, load.request(path, body, key=admin, method="PUT"))
        took = loop.time() - began
        moved.append({"to": number, "status": int(answer[9:12]), "seconds": round(took, 3)})
        await asyncio.sleep(max(0.0, EVERY - took))
    return await calls, moved
