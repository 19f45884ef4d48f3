"""Fill a sum: which of the options that pay to take together, and what is left of it.

A knapsack with groups: maximise the sum of mean worths after cost, at most one option of a group,
costs (their medians) within the sum. Solved exactly by branch and bound (HiGHS, through scipy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.venture.invest.option import Floats, Option


@dataclass(frozen=True, slots=True)
class Filled:
    """What the sum is put to.

    Attributes:
        taken: The options, in the order they were given.
        cost: The median of what they cost together.
        left: What of the sum that leaves; 0 where it leaves less.
        enough: Chance that the sum covers what they turn out to cost.
    """

    taken: tuple[Option, ...]
    cost: float
    left: float
    enough: float


def fill(options: Sequence[Option], money: float) -> Filled:
    """Return what to take with a sum; nothing is taken that does not pay in most draws.

    Args:
        options: To choose from.
        money: The sum.
    """
    able = [one for one in options if one.pays and _cost(one) <= money]
    chosen = _solved(able, money) if able else []
    taken = tuple(one for one in options if one in chosen)
    costs = sum((one.cost for one in taken), np.zeros(1))
    spent = float(np.median(costs))
    return Filled(taken, spent, max(money - spent, 0.0), float(np.mean(costs <= money)))


def _cost(option: Option) -> float:
    return float(np.median(option.cost))


def _solved(able: list[Option], money: float) -> list[Option]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    worth = np.array([float(one.net.mean()) for one in able])
    groups = sorted({one.group for one in able})
    rows = [[float(one.group == group) for one in able] for group in groups]
    limits: list[Floats] = [np.array([[_cost(one) for one in able]]), np.array(rows)]
    scale = max(float(np.abs(worth).max()), 1e-300)
    found = milp(
        -worth / scale,
        constraints=[
            LinearConstraint(limits[0] / max(money, 1e-300), -np.inf, 1.0),
            LinearConstraint(limits[1], -np.inf, 1.0),
        ],
        bounds=Bounds(0, 1),
        integrality=np.ones(len(able)),
    )
    if found.x is None:
        return []
    return [one for one, x in zip(able, found.x, strict=True) if x > 0.5]
