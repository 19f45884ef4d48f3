"""Memory of a server call after call: what it grows by once it is warm."""

from __future__ import annotations

import time
from typing import Any

from bench import load
from bench.base import Figure
from bench.serving import CALLERS, home, predicts, served

WARM_CALLS = 20_000
MOST_CALLS = 100_000
MOST_SECONDS = 52.0
TURN_SECONDS = 2.0
REACH_MB = 8.0
"""Growth per 100,000 calls that is taken for none."""


def run() -> list[Figure]:
    points: list[dict[str, Any]] = []
    count, failed = 0, 0
    with home() as made, served(made) as server:
        requests = predicts([f"card {i}" for i in range(300)], server.keys[0])
        until = time.monotonic() + MOST_SECONDS
        while count < MOST_CALLS and time.monotonic() < until:
            calls = load.run(
                load.closed(
                    server.port, requests, callers=CALLERS, seconds=TURN_SECONDS, settle=0.0
                )
            )
            count += len(calls)
            failed += len(load.failed(calls))
            points.append({"calls": count, **server.memory()})
    warm = next((point for point in points if point["calls"] >= WARM_CALLS), points[0])
    last = points[-1]
    after = last["calls"] - warm["calls"]
    grown = {name: last[name] - warm[name] for name in ("VmRSS", "RssAnon")}
    per = {name: 100_000 * each / max(after, 1) for name, each in grown.items()}
    return [
        Figure(
            f"memory of the server after its first {WARM_CALLS:,} calls",
            f"no growth (≤ {REACH_MB:.0f} MB in 100,000 calls)",
            f"{per['VmRSS']:+.1f} MB in 100,000 calls, of {last['VmRSS']:.0f} MB; measured over "
            f"{after:,} calls ({grown['VmRSS']:+.1f} MB)",
            per["VmRSS"] <= REACH_MB and not failed and after > WARM_CALLS / 2,
            {"points": points, "anonymous_per_100000": per["RssAnon"], "failed": failed},
        )
    ]
