"""Runway: ruin and break-even whose answers are known, and our Monte Carlo on the same walks."""

from __future__ import annotations

from functools import partial

from seedbed.venture.runway import closed, walk
from seedbed.venture.runway.ruin import ruin
from seedbed.venture.verify.base import Problem

_FELLER = "Feller, An Introduction to Probability Theory, volume 1, XIV.2; verification.md T24"
_HARRISON = "Harrison, Brownian Motion and Stochastic Flow Systems, 1.8; verification.md T25"
_GRAHAM = "Graham, Default Alive or Default Dead?, 2015, with numbers of verification.md T27"
_GLASSERMAN = "Broadie, Glasserman and Kou, Mathematical Finance 7, 1997"
_CASH, _DRIFT, _SPREAD = 18.0, -1.0, 3.0
_PATHS = 100_000
_WALKS = 20_000


def _monte_carlo(months: int) -> float:
    paths = walk.brownian_cash(_CASH, _DRIFT, _SPREAD, months, paths=_PATHS, seed=25)
    return walk.touched_between(_CASH, paths, _SPREAD, seed=26).share


def _month_ends(months: int) -> float:
    paths = walk.brownian_cash(_CASH, _DRIFT, _SPREAD, months, paths=_PATHS, seed=25)
    return ruin(paths).share


def _errors(share: float, paths: int) -> float:
    """Return three standard errors of a share that is counted on so many paths."""
    return 3 * float((share * (1 - share) / paths) ** 0.5)


PROBLEMS = (
    Problem(
        "T24",
        "gambler's ruin, p = .49, 50 of 100",
        _FELLER,
        "A",
        0.880825,
        5e-7,
        lambda: closed.gambler(0.49, 50, 100),
    ),
    Problem(
        "T24.paths",
        f"the same by Monte Carlo, {_WALKS:,} walks to their end, within three of its errors",
        _FELLER,
        "A",
        0.880825,
        _errors(0.880825, _WALKS),
        lambda: walk.gambler(0.49, 50, 100, paths=_WALKS, seed=24),
    ),
    *(
        Problem(
            f"T25.{months}",
            f"Brownian cash 18, drift −1, sd 3 a month: ruin by month {months}",
            _HARRISON,
            "A",
            published,
            5e-6,
            partial(closed.brownian, _CASH, _DRIFT, _SPREAD, months),
        )
        for months, published in ((12, 0.38811), (18, 0.62770))
    ),
    *(
        Problem(
            f"T25.{months}.paths",
            f"the same by Monte Carlo, {_PATHS:,} paths, within three of its errors",
            _HARRISON,
            "A",
            published,
            _errors(published, _PATHS),
            partial(_monte_carlo, months),
        )
        for months, published in ((12, 0.38811), (18, 0.62770))
    ),
    *(
        Problem(
            f"T25.{months}.month_ends",
            "the same seen at month ends only, against the corrected closed form (to a point)",
            _GLASSERMAN,
            "A",
            closed.looked_at(_CASH, _DRIFT, _SPREAD, months),
            0.012,
            partial(_month_ends, months),
        )
        for months in (12, 18)
    ),
    Problem(
        "T27.month",
        "income 10,000 growing 10 % a month, costs 50,000: months to break-even",
        _GRAHAM,
        "A",
        16.886,
        5e-4,
        lambda: float(closed.break_even_month(10_000, 0.1, 50_000)),
    ),
    Problem(
        "T27.deepest",
        "the same: the deepest that cash falls",
        _GRAHAM,
        "A",
        -444_552.97,
        5e-3,
        lambda: float(closed.deepest(10_000, 0.1, 50_000)),
    ),
)
