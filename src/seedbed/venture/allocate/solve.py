"""The best split over several periods, with a bound on what any other could be worth more.

The bound is apart from the method: whatever x̂ the method gives, and any weights q of the draws
that CVaR allows, the tangent of the weighted worth at x̂ lies above the aim everywhere. Its largest
value within the limits is one linear program, and no split can be worth more. Source: the gap of
M. Frank and P. Wolfe, "An algorithm for quadratic programming", 1956.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.venture.allocate import infeasible, interior, linear
from seedbed.venture.allocate.interior import Aim, Point
from seedbed.venture.allocate.problem import Array, Problem

MISSED = 1e-4
"""Of the scale of money: a split that misses least cash by more does not keep it."""


@dataclass(frozen=True)
class Solution:
    """A best split.

    Attributes:
        x: Level of each use and period, (U, P).
        worths: V_s of it, (S,).
        value: The aim.
        ceiling: No split within the limits has an aim above this.
        prices: What the aim gains from one more unit of each limit, (L,).
        cash_prices: What it gains from one unit less of least cash, by month.
        steps: Steps of the method.
        residual: Of the Karush-Kuhn-Tucker conditions, of the scale of money.
    """

    x: Array
    worths: Array
    value: float
    ceiling: float
    prices: Array
    cash_prices: Array
    steps: int
    residual: float

    @property
    def gap(self) -> float:
        """How much more any split could be worth, at most."""
        return max(self.ceiling - self.value, 0.0)


def best(problem: Problem, aim: Aim | None = None, start: Array | None = None) -> Solution:
    """Return the best split, whatever the curves and the steps.

    Args:
        problem: What to split.
        aim: What to make large; the mean by default.
        start: (n,) where to begin, strictly inside the bounds; the answer does not depend on it.

    Raises:
        Infeasible: no split keeps all limits; the error names a smallest set that clash.
    """
    aim = aim or Aim()
    found = _solved(problem, aim, start)
    # Only a split that misses its least cash asks for the proof that there is none that keeps it.
    if np.min(problem.look(found.x.ravel()).cash, initial=0.0) < -MISSED * problem.scale:
        raise infeasible.clash(problem)
    return found


def _solved(problem: Problem, aim: Aim, start: Array | None) -> Solution:
    if any(not use.curve.concave for use in problem.uses):
        from seedbed.venture.allocate.sshape import best as by_branching

        infeasible.refuse(problem)
        return by_branching(problem, aim)
    if any(use.step for use in problem.uses):
        from seedbed.venture.allocate.hires import best as in_whole_steps

        infeasible.refuse(problem)
        return in_whole_steps(problem, aim)
    return smooth(problem, aim, start=start)


def smooth(
    problem: Problem, aim: Aim, *, start: Array | None = None, fixed: Array | None = None
) -> Solution:
    """Return the best split where curves are concave, steps are not asked for, and some split
    keeps all limits.
    """
    given = pinned(problem) if fixed is None else np.where(np.isnan(fixed), pinned(problem), fixed)
    begin = linear.middle(problem, given) if start is None else start  # None: linear limits clash
    if begin is None:
        raise infeasible.clash(problem)
    return certified(problem, aim, interior.maximise(problem, aim, begin, given))


def certified(problem: Problem, aim: Aim, point: Point) -> Solution:
    """Return a point with what it is worth and the ceiling of all others."""
    look = problem.look(point.x)
    return Solution(
        x=point.x.reshape(len(problem.uses), problem.periods),
        worths=look.worth,
        value=aim.value(look.worth, problem.weights),
        ceiling=ceiling(problem, aim, point),
        prices=point.prices,
        cash_prices=point.cash_prices,
        steps=point.steps,
        residual=point.residual,
    )


def ceiling(problem: Problem, aim: Aim, point: Point) -> float:
    """Return what no split can exceed; infinite where the tangent has no end within the limits."""
    look = problem.look(point.x)
    under = (1 - aim.risk) * problem.weights
    if aim.risk:
        under = under + _allowed(point.worst, aim, problem.weights)
    slope = under @ look.slope
    if not np.all(np.isfinite(slope)):
        return np.inf
    tangents = linear.Tangents()
    tangents.add(look, point.x)
    rows = np.vstack([problem.rows, *tangents.rows])
    mosts = np.concatenate([problem.mosts, tangents.mosts])
    try:
        # What keeps the limits but for rounding counts as keeping them: the ceiling only rises.
        slack = 1e-9 * problem.scale
        best = linear.program(-slope, rows, (mosts + slack) / problem.scale)
    except ArithmeticError:
        return np.inf
    if best is None:
        return np.inf
    return float(under @ look.worth + slope @ (best.x * problem.scale - point.x))


def _allowed(worst: Array, aim: Aim, weights: Array) -> Array:
    """Return weights of the draws that CVaR allows: each at most p/(1 − β), w in all."""
    most = aim.risk * weights / aim.tail
    found = np.clip(worst, 0.0, most)
    short = aim.risk - found.sum()
    room = most - found if short > 0 else found
    return np.asarray(found + short * room / room.sum())


def pinned(problem: Problem) -> Array:
    """Return the variables whose bounds leave them one value; NaN for the others."""
    low, high = np.zeros(problem.size), np.full(problem.size, np.inf)
    for row, most in zip(problem.rows, problem.mosts, strict=True):
        at = np.flatnonzero(row)
        if len(at) == 1 and row[at[0]] > 0:
            high[at[0]] = min(high[at[0]], most / row[at[0]])
        elif len(at) == 1:
            low[at[0]] = max(low[at[0]], most / row[at[0]])
    return np.where(high - low <= 1e-9 * problem.scale, (low + high) / 2, np.nan)
