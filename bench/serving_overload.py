"""Three times as many calls as can be answered: what is answered still, and what the others get."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from bench import load
from bench.base import Figure
from bench.serving import CALLERS, home, predicts, rate, release, served, texts
from seedbed.serve.replica import Replica

ROUNDS = 2
PEAK_SECONDS = 4.0
FILL_SECONDS = 3.0
"""How long the queue fills before answers are counted."""
SECONDS = 8.0
TIMES = 3


def run() -> list[Figure]:
    asked = texts()
    sizes = [row.size for row in Replica(release()).encode(asked)]
    rounds: list[dict[str, Any]] = []
    others: list[load.Call] = []
    with home() as made, served(made) as server:
        requests = predicts(asked, server.keys[0])
        for _ in range(ROUNDS):
            calls = load.run(
                load.closed(
                    server.port, requests, callers=CALLERS, seconds=PEAK_SECONDS, settle=1.0
                )
            )
            pace = TIMES * len(calls) / PEAK_SECONDS
            flood = load.run(
                load.offered(server.port, requests, rate=pace, seconds=FILL_SECONDS + SECONDS)
            )
            begin = min(call.at for call in flood) + FILL_SECONDS
            good = [call for call in flood if begin <= call.ended < begin + SECONDS]
            refused = load.failed(flood)
            others += refused
            rounds.append(
                {
                    "peak": rate(calls, sizes, PEAK_SECONDS),
                    "goodput": rate(good, sizes, SECONDS),
                    "peak_rows": len(calls) / PEAK_SECONDS,
                    "goodput_rows": rate(good, [1] * len(sizes), SECONDS),
                    "offered_rows": pace,
                    "statuses": dict(Counter(call.status for call in flood)),
                    "answered_p99_ms": load.quantile(flood, 99),
                    "refused_ms": _refusals(refused),
                }
            )
    share = median(each["goodput"] / each["peak"] for each in rounds)
    in_rows = median(each["goodput_rows"] / each["peak_rows"] for each in rounds)
    wrong = [call for call in others if call.status != 429 or not call.retry]
    return [
        Figure(
            f"goodput at {TIMES} times the load that can be answered",
            "≥ 95 % of the peak; all others 429 with Retry-After",
            f"{share:.1%} of the peak in tokens/s, {in_rows:.1%} in rows/s; {len(others):,} "
            f"refused, {len(wrong)} of them otherwise",
            share >= 0.95 and not wrong,
            {"rounds": rounds, "otherwise": dict(Counter(call.status for call in wrong))},
        )
    ]


def _refusals(calls: list[load.Call]) -> list[float]:
    took = sorted(call.ms for call in calls if call.status == 429)
    return [took[int(len(took) * share)] for share in (0.5, 0.99)] if took else []
