"""The stopping rule of a staged bet that brings an amount: a normal belief, month by month.

The belief of the mean is N(m, s²); a month brings the mean plus noise of standard deviation e. The
posterior mean after one more month is normal around m with the variance s⁴ / (s² + e²) (DeGroot,
Optimal Statistical Decisions, 1970, section 9.5); what going on is worth follows by backward
induction on a grid of posterior means, averaged over the middles of equally likely steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
GRID = 801
WIDE = 8.0
"""Standard deviations that the grid goes to either side."""
NODES = 401


@dataclass(frozen=True, slots=True)
class StagedNormal:
    """What such a bet is worth, and when to stop it.

    Attributes:
        worth: Expected discounted money, stopping as it says.
        blind: The same if it were kept up to its last month whatever happens.
        least: `least[m]` is the least posterior mean after m months at which to go on.
        average: `average[m]` is the least average of the months seen at which to go on, m ≥ 1;
            the first says nothing.
    """

    worth: float
    blind: float
    least: tuple[float, ...]
    average: tuple[float, ...]


def staged(
    mean: float, sd: float, noise: float, *, cost: float, months: int, discount: float
) -> StagedNormal:
    """Return the best way to stage a bet of a limited number of months.

    Args:
        mean: What a month brings, as believed.
        sd: Standard deviation of that belief, above 0.
        noise: Of one month around the truth, above 0.
        cost: Money a month, paid at its beginning.
        months: Most months.
        discount: Worth now of one unit of money next month, in (0, 1].
    """
    from scipy.special import ndtri

    grid = mean + sd * np.linspace(-WIDE, WIDE, GRID)
    nodes = ndtri((np.arange(NODES) + 0.5) / NODES)
    value, least = np.zeros(GRID), [0.0] * months
    for month in range(months - 1, -1, -1):
        step = _moves(sd, noise, month)
        after = np.interp(grid[:, None] + step * nodes, grid, value).mean(axis=1)
        going = grid - cost + discount * after
        least[month] = _crossing(grid, going)
        value = np.maximum(going, 0.0)
    blind = (mean - cost) * float(np.sum(discount ** np.arange(months)))
    average = tuple(_average(m, k, mean, sd, noise) for k, m in enumerate(least))
    return StagedNormal(float(np.interp(mean, grid, value)), blind, tuple(least), average)


def variance(sd: float, noise: float, months: int) -> float:
    """Return the variance of the belief after some months were seen."""
    return 1 / (1 / sd**2 + months / noise**2)


def _moves(sd: float, noise: float, months: int) -> float:
    """Return by how much the next month moves the posterior mean, one standard deviation."""
    left = variance(sd, noise, months)
    return left / float(np.sqrt(left + noise**2))


def _crossing(grid: Floats, going: Floats) -> float:
    """Return where going on becomes worth more than nothing; the worth rises with the mean."""
    return float(np.interp(0.0, going, grid))


def _average(least: float, months: int, mean: float, sd: float, noise: float) -> float:
    """Return the average of the months seen that makes the posterior mean the least."""
    if months == 0:
        return float("nan")
    before, seen = 1 / sd**2, months / noise**2
    return (least * (before + seen) - mean * before) / seen
