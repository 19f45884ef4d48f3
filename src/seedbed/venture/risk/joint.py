"""Risks together: what they cost on average, and in the worst year in twenty.

Each risk happens or does not, by its own chance; what it costs is drawn from its own range; the
sums of many draws give the distribution. A risk's share of the tail is its average cost in the
worst draws (Euler's allocation of the tail mean: the shares add up to the whole).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TAIL = 0.95


@dataclass(frozen=True, slots=True)
class Joint:
    """The sum of all risks.

    Attributes:
        expected: Mean cost.
        tail: 95 % point of the cost.
        beyond: Mean cost of the draws at or above that point.
        none: Chance that nothing happens at all.
        each: (R,) mean cost of each risk.
        shares: (R,) mean cost of each risk in the draws at or above the 95 % point.
        total: (N,) the sums.
    """

    expected: float
    tail: float
    beyond: float
    none: float
    each: Floats
    shares: Floats
    total: Floats


def together(
    chances: Sequence[Floats], costs: Sequence[Floats], draw: np.random.Generator
) -> Joint:
    """Return what risks cost together; they happen independently of each other.

    Args:
        chances: One (N,) array for each risk: the chance that it happens within the plan.
        costs: One (N,) array for each: what it costs if it happens.
        draw: Behind whether each happens.
    """
    chance, cost = np.stack(chances, axis=1), np.stack(costs, axis=1)
    happens = draw.random(chance.shape) < chance
    paid = np.where(happens, cost, 0.0)
    total = paid.sum(axis=1)
    tail = float(np.quantile(total, TAIL, method="inverted_cdf"))  # one of the draws
    worst = total >= tail
    return Joint(
        expected=float(total.mean()),
        tail=tail,
        beyond=float(total[worst].mean()),
        none=float(1 - happens.any(axis=1).mean()),
        each=paid.mean(axis=0),
        shares=paid[worst].mean(axis=0),
        total=total,
    )
