"""Small problems of several periods that tests share."""

from __future__ import annotations

import numpy as np

from seedbed.venture.allocate import carry
from seedbed.venture.allocate.curves import Curve, Log, Power, Saturating
from seedbed.venture.allocate.problem import Array, Cash, Limit, Problem, Use
from seedbed.venture.result import Said


def said(text: str) -> Said:
    return Said(text, text)


def floors(size: int) -> list[Limit]:
    return [
        Limit(f"floor.{i}", -row, 0.0, said(""), plain=True) for i, row in enumerate(np.eye(size))
    ]


def cap(size: int, use: int, periods: int, most: float) -> list[Limit]:
    eye = np.eye(size)
    return [
        Limit(
            f"most.use{use}.{p}",
            eye[use * periods + p],
            most,
            said(f"use{use} {p} ≤ {most}"),
            (use,),
        )
        for p in range(periods)
    ]


def problem(
    uses: int = 3,
    periods: int = 2,
    draws: int = 20,
    *,
    seed: int = 0,
    budget: float | None = None,
    cash: float | None = None,
    after: int = 6,
    unit: float = 1.0,
    order: list[int] | None = None,
    most: dict[int, float] | None = None,
) -> Problem:
    """A split of money over some uses in quarters; amounts are divided by `unit`."""
    rng = np.random.default_rng(seed)
    size, months = uses * periods, 3 * periods
    groups = carry.groups(months, 3)
    made = []
    for u in range(uses):
        a = rng.lognormal(np.log(8000), 0.4, (draws, 1))
        kinds: list[Curve] = [
            Log(a, rng.lognormal(np.log(3000), 0.3, (draws, 1))),
            Saturating(a, rng.lognormal(np.log(3e-4), 0.3, (draws, 1))),
            Power(a / 300, rng.uniform(0.4, 0.6, (draws, 1))),
        ]
        keep, lag = (0.6, 0.8, 0.3)[u % 3], (2, 1, 0)[u % 3]
        acts = carry.geometric(months, keep, lag=lag, after=after) @ groups
        before = carry.left(keep, 1000.0 / unit, months=months + after, lag=lag)
        made.append(Use(f"use{u}", kinds[u % 3].scaled(unit), acts, before))
    made = [made[u] for u in order or range(uses)]
    discount = 1.2 ** (-np.arange(1, months + after + 1) / 12)
    limits = floors(size)
    if budget is not None:
        row = np.full(size, 3.0)
        limits.append(Limit("budget.0", row, budget / unit, said("the budget"), tuple(range(uses))))
    for use, amount in (most or {}).items():
        limits += cap(size, use, periods, amount / unit)
    return Problem(
        uses=tuple(made),
        periods=periods,
        discount=discount,
        price=np.tile(discount[:months] @ groups, uses),
        weights=np.full(draws, 1 / draws),
        limits=tuple(limits),
        cash=None if cash is None else held(groups, uses, cash / unit, 4000.0 / unit),
        scale=100_000.0 / unit,
    )


def held(groups: Array, uses: int, start: float, burn: float) -> Cash:
    """Cash that begins at `start` above the least and burns steadily."""
    months = len(groups)
    path = start - burn * np.arange(1, months + 1)
    words = tuple(said(f"cash of month {t + 1}") for t in range(months))
    return Cash(path, np.cumsum(np.hstack([groups] * uses), axis=0), words)
