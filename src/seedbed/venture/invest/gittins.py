"""Gittins indices of bets that succeed or fail, and the exact stopping rule of one such bet.

A bet is tried month by month. Its chance of success is not known: a Beta(a, b) belief of it becomes
Beta(a + 1, b) after a success and Beta(a, b + 1) after a failure. The index is the sure reward a
month that is worth as much as the right to try, and to stop whenever that is better: of several
bets, try the one of the highest index (Gittins and Jones 1974; Gittins, Glazebrook and Weber,
Multi-armed Bandit Allocation Indices, 2011, chapters 1 and 8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_MONTHS = 3000
"""Most months that are looked ahead: γ = 0.995 leaves a millionth beyond them."""


def index(a: float, b: float, discount: float, *, tolerance: float = 1e-7) -> float:
    """Return the Gittins index of a bet with a Beta(a, b) belief.

    Calibration: the index is the λ at which going on for ever on λ is worth as much as trying once
    more and then choosing again. The look ahead ends where the discount leaves less than a
    millionth; there the chance counts as known.

    Args:
        a: Successes counted so far, with those of the belief before them; above 0.
        b: The same of failures.
        discount: Worth now of one unit of money next month, in (0, 1).
        tolerance: Width at which the bisection ends.
    """
    if not 0 < discount < 1 or a <= 0 or b <= 0:
        raise ValueError("a and b above 0, and a discount between 0 and 1")
    months = min(MOST_MONTHS, math.ceil(math.log(1e-6) / math.log(discount)))
    low, high = a / (a + b), 1.0
    while high - low > tolerance:
        middle = (low + high) / 2
        if _tried(a, b, discount, middle, months) > middle / (1 - discount):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _tried(a: float, b: float, discount: float, sure: float, months: int) -> float:
    """Return the worth of trying once, then choosing freely between trying and `sure`."""
    retired = sure / (1 - discount)
    after = np.maximum(_means(a, b, months) / (1 - discount), retired)
    for month in range(months - 1, 0, -1):
        mean = _means(a, b, month)
        tried = mean * (1 + discount * after[1:]) + (1 - mean) * discount * after[:-1]
        after = np.maximum(tried, retired)
    chance = a / (a + b)
    return float(chance * (1 + discount * after[1]) + (1 - chance) * discount * after[0])


def _means(a: float, b: float, tries: int) -> Floats:
    """Return the mean chance after `tries` months, by the number of successes among them."""
    return np.asarray((a + np.arange(tries + 1.0)) / (a + b + tries))


@dataclass(frozen=True, slots=True)
class Staged:
    """What a bet is worth when it may be stopped, and when to stop it.

    Attributes:
        worth: Expected discounted money, stopping as it says.
        blind: The same if it were kept up to its last month whatever happens.
        least: `least[m]` is the fewest successes after m months at which to go on: 0 says to go
            on whatever happened, m + 1 to stop whatever happened.
        months_expected: How many months it will be tried, on average.
    """

    worth: float
    blind: float
    least: tuple[int, ...]
    months_expected: float


def staged(
    a: float, b: float, *, cost: float, worth: float, months: int, discount: float
) -> Staged:
    """Return the best way to stage a bet of a limited number of months, by backward induction.

    Each month costs `cost` at its beginning and brings `worth` where it succeeds. After each month
    it may be stopped for good, at no cost.

    Args:
        a: Successes of the belief.
        b: Failures of the belief.
        cost: Money a month.
        worth: Money that a month's success brings.
        months: Most months.
        discount: Worth now of one unit of money next month, in (0, 1].
    """
    value, least = np.zeros(months + 1), [0] * months
    kept: list[NDArray[np.bool_]] = []
    for month in range(months - 1, -1, -1):
        mean = _means(a, b, month)
        tried = -cost + mean * (worth + discount * value[1:]) + (1 - mean) * discount * value[:-1]
        going = tried > 0
        kept.append(going)
        least[month] = int(np.argmax(going)) if going.any() else month + 1
        value = np.where(going, tried, 0.0)
    gain = a / (a + b) * worth - cost
    blind = gain * float(np.sum(discount ** np.arange(months)))
    return Staged(float(value[0]), blind, tuple(least), _expected(a, b, kept[::-1]))


def _expected(a: float, b: float, kept: list[NDArray[np.bool_]]) -> float:
    """Return the months that a bet lasts on average, given where it goes on."""
    reached, total = np.ones(1), 0.0
    for month, going in enumerate(kept):
        reached = reached * going
        total += float(reached.sum())
        mean = _means(a, b, month)
        reached = np.append(reached * (1 - mean), 0.0) + np.append(0.0, reached * mean)
    return total
