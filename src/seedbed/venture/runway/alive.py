"""Default alive or default dead, and the month of break-even.

Paul Graham, "Default Alive or Default Dead?" (2015): with expenses as they are, and income growing
as it grows today, does the company break even before its money is gone, without new money?

Here income is what answers bring beyond what it costs to serve them, so that serving more is not
free; expenses are spending, fixed costs and winning customers as in the first month, less what
spending gives and what comes besides answers on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.assumption import Array
from seedbed.venture.plan import Plan
from seedbed.venture.runway.closed import break_even_month, deepest
from seedbed.venture.runway.paths import Paths

LOOKED_AT = 3
"""Months over which the model's growth of today is taken."""


@dataclass(frozen=True, slots=True)
class Alive:
    """Whether each draw is default alive, (N,) each.

    Attributes:
        income: A month today, beyond what serving costs.
        growth: A month.
        expenses: A month, constant.
        month: Of break-even; infinite where it never comes.
        need: Money that is needed until then; infinite where it never comes.
        alive: Whether the capital covers it.
    """

    income: Array
    growth: Array
    expenses: Array
    month: Array
    need: Array
    alive: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Share of the draws that are default alive."""
        return float(np.mean(self.alive))


@dataclass(frozen=True, slots=True)
class Trough:
    """The lowest cash of each path without new money, (N,) each.

    Attributes:
        month: In which cash is lowest; 0 where it never falls below the capital.
        depth: Least cash less the capital, at most 0.
        ended: Whether cash rises after it within the horizon: the path has broken even.
    """

    month: NDArray[np.int64]
    depth: Array
    ended: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Share of the paths that break even within the horizon."""
        return float(np.mean(self.ended))

    @property
    def median(self) -> int | None:
        """The month by which half of all paths have broken even; None: not in the horizon."""
        later = np.where(self.ended, self.month + 1, np.iinfo(np.int64).max)
        middle = np.sort(later)[(len(later) - 1) // 2]
        return int(middle) if middle < np.iinfo(np.int64).max else None


def alive(plan: Plan, paths: Paths) -> Alive:
    """Return which draws are default alive."""
    outcome, draws = paths.outcome, paths.draws
    from_answers = outcome.answers * draws["price.now"][:, None]
    besides = (outcome.income - from_answers).mean(axis=1)
    first = {name: getattr(outcome, name)[:, 0] for name in ("spending", "fixed", "acquiring")}
    expenses = sum(first.values()) - outcome.gains[:, 0] - besides
    income = from_answers[:, 0] - outcome.serving[:, 0]
    growth = growth_today(plan, paths)
    month, sunk = break_even_month(income, growth, expenses), deepest(income, growth, expenses)
    return Alive(
        income, growth, expenses, month, -np.minimum(sunk, 0.0),
        float(plan.venture.capital) + sunk >= 0,
    )  # fmt: skip


def growth_today(plan: Plan, paths: Paths) -> Array:
    """Return today's growth of what is sold, a month, (N,).

    `customers.growth` where it is given, else the model's over its first months. Where nothing is
    sold in the first month there is no growth to speak of: 0.
    """
    if plan.has("customers.growth"):
        return paths.draws["customers.growth"]
    answers = paths.outcome.answers
    last = min(LOOKED_AT, answers.shape[1] - 1)
    sold = answers[:, 0] > 0
    ratio = np.divide(answers[:, last], answers[:, 0], out=np.ones(len(sold)), where=sold)
    return np.asarray(ratio ** (1 / max(last, 1)) - 1)


def trough(plan: Plan, paths: Paths) -> Trough:
    """Return the lowest point of each path without new money."""
    capital = float(plan.venture.capital)
    cash = paths.outcome.cash.T
    month = cash.argmin(axis=0) + 1
    depth = cash.min(axis=0) - capital
    month = np.where(depth >= 0, 0, month)
    return Trough(month.astype(np.int64), np.minimum(depth, 0.0), month < len(cash))
