"""One caller beside a flood of calls with another key."""

from __future__ import annotations

import asyncio

from bench import load
from bench.base import Figure
from bench.serving import CALLERS, home, predicts, served, texts

ALONE_SECONDS = 12.0
SECONDS = 25.0
PAUSE = 0.01


def run() -> list[Figure]:
    asked = texts()
    with home() as made, served(made, customers=2) as server:
        own, other = (predicts(asked, key) for key in server.keys)
        load.run(load.closed(server.port, other, callers=CALLERS, seconds=1.0))
        alone = load.run(
            load.closed(server.port, own, callers=1, seconds=ALONE_SECONDS, pause=PAUSE)
        )
        beside, flood = load.run(_beside(server.port, own, other))
    ratio = load.quantile(beside, 99) / load.quantile(alone, 99)
    failed = load.failed([*alone, *beside])
    return [
        Figure(
            f"one caller beside {CALLERS} of another key, p99 over HTTP",
            "≤ 3 times its own without them",
            f"{ratio:.1f} times ({load.quantile(beside, 99):.0f} against "
            f"{load.quantile(alone, 99):.0f} ms)",
            ratio <= 3 and not failed,
            {
                "alone_ms": {str(p): load.quantile(alone, p) for p in (50, 90, 99)},
                "beside_ms": {str(p): load.quantile(beside, p) for p in (50, 90, 99)},
                "flood_ms": {str(p): load.quantile(flood, p) for p in (50, 90, 99)},
                "calls": [len(alone), len(beside), len(flood)],
            },
        )
    ]


async def _beside(
    port: int, own: list[bytes], other: list[bytes]
) -> tuple[list[load.Call], list[load.Call]]:
    calls, flood = await asyncio.gather(
        load.closed(port, own, callers=1, seconds=SECONDS, settle=1.0, pause=PAUSE),
        load.closed(port, other, callers=CALLERS, seconds=SECONDS, settle=1.0),
    )
    return calls, flood
