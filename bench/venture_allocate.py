"""How fast the split of money is: one period over 1,000 uses, and eight quarters with CVaR."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from bench.base import Figure
from seedbed.venture.allocate import carry, curves, solve
from seedbed.venture.allocate.exact import Group, split
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Cash, Limit, Problem, Use
from seedbed.venture.result import Said

USES = 1_000
TIMES = 15
PERIODS, MANY, DRAWS = 8, 6, 1_000


def run() -> list[Figure]:
    return [one_period(), eight_quarters()]


def one_period() -> Figure:
    groups, budget = thousand(), 500_000.0
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        found = split(groups, budget)
        taken.append(1000 * (time.perf_counter() - began))
    off = abs(found.spend.sum() - budget) / budget
    for group in groups:
        free = found.spend[group.at] > 1e-6
        slope = group.curve.slope(found.spend[group.at])[free]
        off = max(off, float(np.max(np.abs(slope / found.worth - 1), initial=0.0)))
    return Figure(
        f"one period split exactly over {USES:,} uses of five kinds",
        "≤ 50 ms",
        f"{median(taken):.0f} ms; slopes equal to {off:.0e}",
        median(taken) <= 50,
        {"milliseconds": taken, "off": off, "worth": found.worth},
    )


def thousand() -> list[Group]:
    rng = np.random.default_rng(0)
    a, b = rng.lognormal(7, 1, USES), rng.lognormal(6, 1, USES)
    at = [np.arange(kind, USES, 5) for kind in range(5)]
    return [
        Group(at[0], curves.Log(a[at[0]], b[at[0]])),
        Group(at[1], curves.Power(a[at[1]] / 30, rng.uniform(0.2, 0.8, len(at[1])))),
        Group(at[2], curves.Saturating(a[at[2]], 1 / b[at[2]])),
        Group(at[3], curves.Logistic(a[at[3]], 1 / b[at[3]])),
        Group(at[4], curves.Hill(a[at[4]], b[at[4]], rng.uniform(0.5, 1, len(at[4])))),
    ]


def eight_quarters() -> Figure:
    problem, aim = quarters(), Aim(risk=0.5, tail=0.05)
    taken, gaps = [], []
    for _ in range(3):
        began = time.perf_counter()
        found = solve.best(problem, aim)
        taken.append(time.perf_counter() - began)
        gaps.append(found.gap / abs(found.value))
    return Figure(
        f"{PERIODS} quarters × {MANY} uses × {DRAWS:,} draws, mean and CVaR, by months",
        "≤ 10 s",
        f"{median(taken):.1f} s; no split is better by more than {max(gaps):.0e} of it",
        median(taken) <= 10,
        {"seconds": taken, "gaps": gaps, "steps": found.steps, "residual": found.residual},
    )


def quarters() -> Problem:
    """Six uses with carry-over and lags, a most share in each quarter, least cash in each month."""
    rng = np.random.default_rng(0)
    months, after = 3 * PERIODS, 21
    groups = carry.groups(months, 3)
    uses = tuple(_use(u, rng, groups, months, after) for u in range(MANY))
    discount = 1.2 ** (-np.arange(1, months + after + 1) / 12)
    size = MANY * PERIODS
    eye, none = np.eye(size), Said("", "")
    limits = [Limit(f"floor.{i}", -eye[i], 0.0, none, plain=True) for i in range(size)]
    for p in range(PERIODS):
        row = eye[p] - 0.3 * eye[p::PERIODS].sum(axis=0)
        limits.append(Limit(f"share.first.{p}", row, 0.0, none, (0,)))
    start = 120_000.0 - 9_000.0 * np.arange(1, months + 1)
    out = np.cumsum(np.hstack([groups] * MANY), axis=0)
    return Problem(
        uses=uses,
        periods=PERIODS,
        discount=discount,
        price=np.tile(discount[:months] @ groups, MANY),
        weights=np.full(DRAWS, 1 / DRAWS),
        limits=tuple(limits),
        cash=Cash(start, out, (none,) * months),
        scale=200_000.0,
    )


def _use(u: int, rng: np.random.Generator, groups: np.ndarray, months: int, after: int) -> Use:
    a = rng.lognormal(np.log(8000), 0.4, (DRAWS, 1))
    kinds: list[curves.Curve] = [
        curves.Log(a, rng.lognormal(np.log(3000), 0.3, (DRAWS, 1))),
        curves.Saturating(a, rng.lognormal(np.log(3e-4), 0.3, (DRAWS, 1))),
        curves.Power(a / 300, rng.uniform(0.4, 0.6, (DRAWS, 1))),
    ]
    keep, lag = (0.6, 0.8, 0.3)[u % 3], (2, 1, 0)[u % 3]
    acts = carry.geometric(months, keep, lag=lag, after=after) @ groups
    before = carry.left(keep, 1000.0, months=months + after, lag=lag)
    return Use(f"use{u}", kinds[u % 3], acts, before)
