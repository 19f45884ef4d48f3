"""The smallest change that flips a decision: how wrong an assumption may be before it matters.

One assumption goes through its own range, in both directions from its median; where the decision
becomes another, bisection finds the value. "No value in its range flips it" is an answer too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

RANGE = (0.05, 0.95)
STEPS = 4
"""Looks between the median and each end before bisection: a decision that flips and flips back
between two of them is missed."""
HALVINGS = 9


@dataclass(frozen=True, slots=True)
class Flip:
    """Where a decision changes as one assumption moves.

    Attributes:
        name: The assumption's path.
        now: The decision with the assumption at its median.
        at: Nearest share of its range (0 to 1) at which the decision is another; None: nowhere.
        then: The decision there.
    """

    name: str
    now: Hashable
    at: float | None = None
    then: Hashable = None

    @property
    def distance(self) -> float:
        """How far from the median it lies, in shares of the range; infinite where nowhere."""
        return float("inf") if self.at is None else abs(self.at - 0.5)


def flip(name: str, decide: Callable[[float], Hashable], now: Hashable) -> Flip:
    """Return where one assumption flips a decision.

    Args:
        name: The assumption's path.
        decide: Gives the decision with the assumption at its quantile of a share.
        now: The decision at its median.
    """
    sides = [_side(decide, now, end) for end in RANGE]
    found = [one for one in sides if one is not None]
    if not found:
        return Flip(name, now)
    at, then = min(found, key=lambda one: abs(one[0] - 0.5))
    return Flip(name, now, at, then)


def _side(
    decide: Callable[[float], Hashable], now: Hashable, end: float
) -> tuple[float, Hashable] | None:
    before = 0.5
    for at in np.linspace(0.5, end, STEPS + 1)[1:]:
        then = decide(float(at))
        if then != now:
            return _between(decide, now, before, float(at), then)
        before = float(at)
    return None


def _between(
    decide: Callable[[float], Hashable], now: Hashable, same: float, other: float, then: Hashable
) -> tuple[float, Hashable]:
    for _ in range(HALVINGS):
        middle = (same + other) / 2
        found = decide(middle)
        if found == now:
            same = middle
        else:
            other, then = middle, found
    return other, then
