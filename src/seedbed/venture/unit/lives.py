"""How long customers were seen: what the models of staying are fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seedbed.errors import VentureWrong
from seedbed.venture.unit.numbers import Doubles, at_least_zero


@dataclass(frozen=True, slots=True)
class Lives:
    """How long customers were seen, in whole periods.

    Attributes:
        left: left[t-1] left at the end of period t.
        stayed: stayed[t-1] were seen for t periods and are still there.
    """

    left: Doubles
    stayed: Doubles

    @property
    def customers(self) -> float:
        """How many that have been seen for a period or more."""
        return float(self.left.sum() + self.stayed.sum())

    @property
    def gone(self) -> float:
        """How many have left."""
        return float(self.left.sum())

    def churn(self) -> float:
        """Return the pooled rate: those that left over all periods lived."""
        ages = np.arange(1, len(self.left) + 1)
        lived = float(((self.left + self.stayed) * ages).sum())
        return self.gone / lived


def lives_of(alive: ArrayLike, where: str = "retention") -> Lives:
    """Return the lives behind a retention table: how many (or what share) were there at 0, 1, 2 …

    Raises:
        VentureWrong: fewer than three rows, a count that rises, a start of zero, NaN, negatives.
    """
    there = at_least_zero(alive, where)
    if there.ndim != 1 or len(there) < 3:
        raise _wrong("at least three rows: the start and two periods", f"{there.size}", where)
    if there[0] <= 0:
        raise _wrong("customers at the start", f"{there[0]:g}", where)
    rises = np.flatnonzero(np.diff(there) > 0)
    if rises.size:
        t = int(rises[0])
        raise _wrong(
            "a table that never rises: who has left does not come back",
            f"{there[t]:g} after {t} periods and {there[t + 1]:g} after {t + 1}",
            where,
        )
    stayed = np.zeros(len(there) - 1)
    stayed[-1] = there[-1]
    return Lives(-np.diff(there), stayed)


def check(lives: Lives) -> None:
    """Refuse lives from which nothing can be learned.

    Raises:
        VentureWrong: no customer has been seen for a period, none has left, or all left at once.
    """
    if lives.customers <= 0:
        raise _wrong("customers that have been seen for a period or more", "none")
    if lives.gone <= 0:
        raise _wrong("customers of whom some have left", "none that has")
    if lives.left[0] >= lives.customers:
        raise _wrong("customers of whom some stayed a period", "all left in the first")


def _wrong(expected: str, got: str, where: str = "retention") -> VentureWrong:
    return VentureWrong(
        expected=expected,
        got=got,
        do="Correct the table, or leave it out: the range of customers.churn is used then.",
        where=where,
    )
