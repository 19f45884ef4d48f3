"""What a customer is worth, and when what it cost to win has come back: over draws.

    margin   = answers · (price - cost of an answer) - support
    worth    = margin · Σ S(t) / (1+d)^t, paid `pays_after` months later
    paid back after the first n months with  margin · (S(0) + … + S(n-1)) ≥ acquisition cost

S falls as customers leave, so that the margin of those who stay pays for those who do not. `never`
is told by draws: the margin is not above zero, or S falls too fast, within ten years.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from seedbed.venture.unit import sbg
from seedbed.venture.unit.numbers import Doubles, finite, positive

LONGEST = 120
"""Months after which nobody waits for the money any more."""


def monthly_rate(yearly: ArrayLike) -> Doubles:
    """Return the discount of a month from that of a year."""
    return (1.0 + finite(yearly, "discount")) ** (1 / 12) - 1.0


def worth(
    margin: ArrayLike, alpha: Doubles, beta: Doubles, rate: ArrayLike, *, pays_after: int = 0
) -> Doubles:
    """Return the worth of a new customer.

    Args:
        margin: Money a month while it stays.
        alpha: Of the chance to leave in a month.
        beta: Of the chance to leave in a month.
        rate: Discount of a month, above zero.
        pays_after: Months from an answer to its money; costs are counted as paid then too.
    """
    d = positive(rate, "discount")
    lasts = sbg.discounted_lifetime(alpha, beta, d)
    return finite(margin, "margin") * lasts * (1.0 + d) ** -pays_after


def worth_within(
    margin: ArrayLike, alpha: Doubles, beta: Doubles, rate: ArrayLike, months: int
) -> Doubles:
    """Return what a new customer brings within so many months, discounted; any rate will do."""
    d = finite(rate, "discount")
    there = np.ones(np.broadcast_shapes(np.shape(alpha), np.shape(d)))
    total = np.zeros_like(there)
    for month in range(months):
        total += there
        there = there * (beta + month) / (alpha + beta + month) / (1.0 + d)
    return finite(margin, "margin") * total


def payback(margin: ArrayLike, cost: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Doubles:
    """Return after how many months a customer's margin has paid what winning it cost.

    Infinite where it has not within `LONGEST` months.
    """
    each, owed, a, b = np.broadcast_arrays(
        *(finite(one, "payback") for one in (margin, cost, alpha, beta))
    )
    months, there = np.full(each.shape, np.inf), np.ones(each.shape)
    paid = np.zeros(each.shape)
    months[owed <= 0] = 0.0
    for month in range(1, LONGEST + 1):
        paid += each * there
        months = np.where(np.isinf(months) & (paid >= owed), float(month), months)
        there = there * (b + month - 1) / (a + b + month - 1)
    return months
