"""From the command to a server that is ready, with one release."""

from __future__ import annotations

from statistics import median

from bench.base import Figure
from bench.serving import home, served
from seedbed.home import Home

FRESH = 3
AGAIN = 3


def run() -> list[Figure]:
    fresh: list[float] = []
    for _ in range(FRESH):
        with home() as made:
            fresh += starts(made, 1)
    with home() as made:
        again = starts(made, 1 + AGAIN)[1:]
    worst = max(median(fresh), median(again))
    return [
        Figure(
            "from `seedbed serve` to ready, one release",
            "≤ 3 s",
            f"{median(again):.2f} s; {median(fresh):.2f} s the first time in a home",
            worst <= 3,
            {"first_s": fresh, "again_s": again},
        )
    ]


def starts(made: Home, times: int) -> list[float]:
    found = []
    for _ in range(times):
        with served(made, customers=0) as server:
            found.append(server.seconds)
    return found
