"""Rows a second over HTTP, metered and billed, against the bare engine fed with perfect batches."""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

from bench import load
from bench.base import Figure
from bench.batching import BUDGETS, perfect
from bench.serving import CALLERS, home, predicts, rate, release, served, texts
from seedbed.serve.replica import Replica
from seedbed.serve.traffic import SWITCH_SECONDS

ROUNDS = 5
SECONDS = 4.0


def run() -> list[Figure]:
    sys.setswitchinterval(SWITCH_SECONDS)
    asked, replica = texts(), Replica(release())
    encoded = replica.encode(asked)
    sizes = [row.size for row in encoded]
    rounds: list[dict[str, Any]] = []
    with home() as made, served(made) as server:
        requests = predicts(asked, server.keys[0])
        for _ in range(ROUNDS):
            bare = max(perfect(replica, encoded, budget) for budget in BUDGETS)
            theirs, ours = server.cpu(), time.process_time()
            calls = load.run(
                load.closed(server.port, requests, callers=CALLERS, seconds=SECONDS, settle=1.0)
            )
            rounds.append(
                {
                    "bare": bare,
                    "http": rate(calls, sizes, SECONDS),
                    "failed": len(load.failed(calls)),
                    "p50_ms": load.quantile(calls, 50),
                    "p99_ms": load.quantile(calls, 99),
                    "server_cores": (server.cpu() - theirs) / (SECONDS + 1),
                    "client_cores": (time.process_time() - ours) / (SECONDS + 1),
                }
            )
    per_row = sum(sizes) / len(sizes)
    share = median(each["http"] / each["bare"] for each in rounds)
    http, bare = (median(each[name] for each in rounds) / per_row for name in ("http", "bare"))
    client = median(each["client_cores"] for each in rounds)
    failed = sum(each["failed"] for each in rounds)
    return [
        Figure(
            f"rows/s over HTTP, metered, {CALLERS} callers of one row each, banking77 and medquad",
            "≥ 90 % of the engine fed with perfect batches",
            f"{share:.1%} ({http:.0f} against {bare:.0f} rows/s; the callers themselves took "
            f"{client:.2f} of the cores; {failed} failed)",
            share >= 0.9 and not failed,
            {"tokens_per_second": rounds, "engine": replica.run(encoded[:8]).engine},
        )
    ]
