"""Whole hires by outer approximation: a mixed-integer program over tangents, and exact splits.

Each tangent of a concave worth lies above it, so the mixed-integer program (HiGHS) bounds what any
whole split is worth; fixing its hires and solving the rest exactly gives a split that can be had,
and new tangents. The two meet; where time ends first, the gap is stated. Source: M. Duran and
I. Grossmann, "An outer-approximation algorithm for mixed-integer nonlinear programs" (1986).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from seedbed.venture.allocate import linear, solve
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Array, Look, Problem
from seedbed.venture.allocate.solve import Solution

CLOSE = 1e-4
"""Of the value: a gap at which the search ends."""
SECONDS = 20.0
ROUNDS = 60


def best(problem: Problem, aim: Aim) -> Solution:
    """Return the best split in which uses with a step get whole steps; some split keeps all limits.

    `ceiling` of the answer bounds every whole split.
    """
    began = time.monotonic()
    relaxed = solve.smooth(problem, aim)
    model = _Tangents(problem, aim)
    for by in (1.0, 0.5, 2.0):  # tangents hold wherever they are laid
        model.add(relaxed.x.ravel() * by)
    top, found = relaxed.ceiling, None
    for _ in range(ROUNDS):
        trial = model.highest()
        if trial is None:
            break
        x, bound = trial
        top = min(top, bound)
        model.add(x)
        steps = _whole(problem, x)
        if (
            linear.kept(problem, range(len(problem.limits)), _months(problem), fixed=steps)
            is not None
        ):
            one = solve.smooth(problem, aim, fixed=steps)
            model.add(one.x.ravel())
            found = one if found is None or one.value > found.value else found
        enough = found is not None and top - found.value <= CLOSE * max(abs(found.value), 1e-6)
        if enough or time.monotonic() - began > SECONDS:
            break
    if found is None:
        found = _nearest_kept(problem, aim)
    return replace(found, ceiling=max(top, found.value))


def _nearest_kept(problem: Problem, aim: Aim) -> Solution:
    """Return a whole split that keeps all limits, found without regard to its worth."""
    wholes = [u for u, use in enumerate(problem.uses) if use.step]
    kept = linear.kept(problem, range(len(problem.limits)), _months(problem), wholes)
    if kept is None:
        from seedbed.venture.allocate import infeasible

        raise infeasible.clash(problem)
    return solve.smooth(problem, aim, fixed=_whole(problem, kept))


def _months(problem: Problem) -> range:
    return range(0 if problem.cash is None else len(problem.cash.start))


def _whole(problem: Problem, x: Array) -> Array:
    """Return the variables of uses with a step, to the whole step; NaN for the others."""
    fixed = np.full(problem.size, np.nan)
    for u, use in enumerate(problem.uses):
        if use.step:
            at = slice(u * problem.periods, (u + 1) * problem.periods)
            fixed[at] = np.round(x[at] / use.step) * use.step
    return fixed


class _Tangents:
    """The mixed-integer program. Columns: levels (in steps, or in the scale), one θ a use, one φ.

    θ_u bounds the mean of what a use gives, φ the CVaR's part: tangents of each use apart are
    tighter than of the sum.
    """

    def __init__(self, problem: Problem, aim: Aim) -> None:
        self.problem = problem
        self.aim = aim
        self.units = np.repeat(
            [(use.step or problem.scale) / problem.scale for use in problem.uses], problem.periods
        )
        self.whole = np.repeat([1.0 if use.step else 0.0 for use in problem.uses], problem.periods)
        self.price = np.atleast_2d(problem.price).mean(axis=0)
        if problem.price.ndim == 2:
            self.price = problem.weights @ problem.price
        wide = len(problem.uses) + 1
        self.rows = [np.append(row * self.units, np.zeros(wide)) for row in problem.rows]
        self.mosts = list(problem.mosts / problem.scale)

    def add(self, x: Array) -> None:
        """Add the tangents at a split."""
        x = np.maximum(x, 1e-6 * self.problem.scale)  # at zero a slope may be infinite
        look = self.problem.look(x)
        gain = self.problem.weights @ look.slope + self.price
        for u in range(len(self.problem.uses)):
            at = slice(u * self.problem.periods, (u + 1) * self.problem.periods)
            slope = np.zeros(self.problem.size)
            slope[at] = gain[at]
            self._cut(slope, look.by_use[u], x, u)
        if self.aim.risk:
            worst = self.aim.worst(look.worth, self.problem.weights)
            self._cut(worst @ look.slope, float(worst @ look.worth), x, len(self.problem.uses))
        self._cash(look, x)

    def _cut(self, slope: Array, value: float, x: Array, column: int) -> None:
        wide = np.zeros(len(self.problem.uses) + 1)
        wide[column] = 1.0
        self.rows.append(np.append(-slope * self.units, wide))
        self.mosts.append((value - slope @ x) / self.problem.scale)

    def _cash(self, look: Look, x: Array) -> None:
        tangents = linear.Tangents()
        tangents.add(look, x)
        wide = np.zeros(len(self.problem.uses) + 1)
        self.rows += [np.append(row * self.units, wide) for row in tangents.rows]
        self.mosts += [most / self.problem.scale for most in tangents.mosts]

    def highest(self) -> tuple[Array, float] | None:
        """Return what the tangents hold for best, and their bound; None where none fits."""
        n, uses = self.problem.size, len(self.problem.uses)
        mean = 1 - self.aim.risk
        cost = np.concatenate(
            [mean * self.price * self.units, np.full(uses, -mean), [-self.aim.risk]]
        )
        low = np.concatenate([np.zeros(n), np.full(uses + 1, -np.inf)])
        rows, mosts = np.array(self.rows), np.array(self.mosts)
        if not self.aim.risk:
            low[-1] = 0.0
        whole = np.append(self.whole, np.zeros(uses + 1))
        found = linear.program(cost, rows, mosts, whole=whole, low=low, seconds=SECONDS)
        if found is None:
            return None
        return found.x[:n] * self.units * self.problem.scale, -found.bound * self.problem.scale
