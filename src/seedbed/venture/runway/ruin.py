"""When the money is gone: first months, shares by month, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.tasks.statistics import wilson
from seedbed.venture.assumption import Array

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Ruin:
    """Which paths fall below a floor, and when.

    Attributes:
        first: The first month (1, 2, …) in which cash is below the floor; 0: in none. (N,)
        months: How many months were looked at.
        floor: What cash must not fall below.
    """

    first: NDArray[np.int64]
    months: int
    floor: float

    @property
    def paths(self) -> int:
        """How many paths there are."""
        return len(self.first)

    @property
    def by_month(self) -> Array:
        """Share of the paths that are ruined by the end of each month, (T,)."""
        counted = np.bincount(self.first, minlength=self.months + 1)[1:]
        return np.asarray(np.cumsum(counted) / self.paths)

    @property
    def share(self) -> float:
        """Share of the paths that are ruined within the horizon."""
        return float(np.count_nonzero(self.first) / self.paths)

    @property
    def lasting(self) -> Array:
        """Months that each path lasts, at most the horizon, (N,)."""
        return np.where(self.first == 0, self.months, self.first - 1).astype(np.float64)

    def intervals(self, confidence: float = CONFIDENCE) -> list[tuple[float, float]]:
        """Return Wilson's interval of each month's share: the error of counting paths alone."""
        return [self._interval(share, confidence) for share in self.by_month]

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Return the interval of `share`; see `intervals`."""
        return self._interval(self.share, confidence)

    def month_at(self, share: float) -> int | None:
        """Return the month by which so many of the paths are ruined; None: not in the horizon."""
        reached = np.flatnonzero(self.by_month >= share)
        return int(reached[0]) + 1 if len(reached) else None

    def _interval(self, share: float, confidence: float) -> tuple[float, float]:
        found = wilson(round(share * self.paths), self.paths, confidence=confidence)
        return found.low, found.high


def ruin(cash: Array, floor: float = 0.0) -> Ruin:
    """Return when each path first ends a month below the floor.

    Cash is looked at where a month ends, as invoices and salaries are paid; what dips in between
    is not seen (see `closed.looked_at`).

    Args:
        cash: At the end of each month, (N, T).
        floor: Cash of exactly the floor is not below it.
    """
    by_month = cash.T  # (T, N): the model's own layout, read in the order it lies in
    below = by_month < floor
    first = np.where(below.any(axis=0), below.argmax(axis=0) + 1, 0)
    return Ruin(first.astype(np.int64), cash.shape[1], floor)
