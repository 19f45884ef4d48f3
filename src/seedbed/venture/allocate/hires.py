"""Whole hires by outer approximation: a mixed-integer program over tangents, and exact splits.

Each tangent of a concave worth lies above it, so the mixed-integer program (HiGHS) bounds what any
whole split is worth; fixing its hires and solving the rest exactly gives a split that can be had,
and new tangents. The two meet; where time ends first, the gap is stated. Source: M. Duran and
I. Grossmann, "An outer-approximation algorithm for mixed-integer nonlinear programs" (1986).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
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
LAID = (1.0, 0.25, 0.5, 0.75, 1.35, 2.0, 4.0)
"""Where the first tangents are laid, as multiples of the best split without whole steps."""


def best(problem: Problem, aim: Aim) -> Solution:
    """Return the best split in which uses with a step get whole steps; some split keeps all limits.

    `ceiling` of the answer bounds every whole split.
    """
    began = time.monotonic()
    relaxed = solve.smooth(problem, aim)
    model = _Tangents(problem, aim)
    for by in LAID:  # tangents hold wherever they are laid
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
    """The mixed-integer program. Columns: levels (in steps, or in the scale), θ by piece, one φ.

    A θ bounds the mean of what a use gives in one month: a curve of one number, so some tangents
    fit it closely. Where carry-over differs between draws a θ stands for all months of a use. φ
    bounds CVaR's part, by tangents of the whole.
    """

    def __init__(self, problem: Problem, aim: Aim) -> None:
        self.problem = problem
        self.aim = aim
        steps = [(use.step or problem.scale) / problem.scale for use in problem.uses]
        self.units = np.repeat(steps, problem.periods)
        self.whole = np.repeat([float(bool(use.step)) for use in problem.uses], problem.periods)
        self.price = problem.weights @ np.broadcast_to(problem.price, (problem.draws, problem.size))
        months = problem.discount.shape[-1]
        counts = [1 if use.carry.ndim == 3 else months for use in problem.uses]
        self.first = np.concatenate([[0], np.cumsum(counts)])
        self.rows: list[Array] = [self._row(row, np.zeros(self.wide)) for row in problem.rows]
        self.mosts: list[float] = list(problem.mosts / problem.scale)

    @property
    def wide(self) -> int:
        """Columns besides the levels."""
        return int(self.first[-1]) + 1

    def add(self, x: Array) -> None:
        """Add the tangents at a split."""
        x = np.maximum(x, 1e-6 * self.problem.scale)  # at zero a slope may be infinite
        look = self.problem.look(x)
        for u in range(len(self.problem.uses)):
            for piece, (value, slope) in enumerate(self._pieces(look, u, x)):
                self._cut(slope, value, x, int(self.first[u]) + piece)
        if self.aim.risk:
            worst = self.aim.worst(look.worth, self.problem.weights)
            self._cut(worst @ look.slope, float(worst @ look.worth), x, self.wide - 1)
        tangents = linear.Tangents()
        tangents.add(look, x)
        self.rows += [self._row(row, np.zeros(self.wide)) for row in tangents.rows]
        self.mosts += [most / self.problem.scale for most in tangents.mosts]

    def _pieces(self, look: Look, u: int, x: Array) -> Iterator[tuple[float, Array]]:
        """Yield the mean of what a use gives, by month or in all, and its slope in x."""
        problem, use = self.problem, self.problem.uses[u]
        at = slice(u * problem.periods, (u + 1) * problem.periods)
        slope = np.zeros(problem.size)
        if use.carry.ndim == 3:
            slope[at] = (problem.weights @ look.slope + self.price)[at]
            yield float(look.by_use[u]), slope
            return
        jet = use.curve.jet(use.before + use.carry @ x[at])
        shape = (problem.draws, problem.discount.shape[-1])
        values = problem.weights @ np.broadcast_to(problem.discount * jet.value, shape)
        rises = problem.weights @ np.broadcast_to(problem.discount * jet.slope, shape)
        acts = (use.carry > 0).any(axis=1)
        for value, rise, row in zip(values, np.where(acts, rises, 0.0), use.carry, strict=True):
            slope = np.zeros(problem.size)
            slope[at] = rise * row
            yield float(value), slope

    def _cut(self, slope: Array, value: float, x: Array, column: int) -> None:
        wide = np.zeros(self.wide)
        wide[column] = 1.0
        self.rows.append(self._row(-slope, wide))
        self.mosts.append(float(value - slope @ x) / self.problem.scale)

    def _row(self, levels: Array, wide: Array) -> Array:
        return np.append(levels * self.units, wide)

    def highest(self) -> tuple[Array, float] | None:
        """Return what the tangents hold for best, and their bound; None where none fits."""
        n, mean, unit = self.problem.size, 1 - self.aim.risk, self.problem.scale
        besides = self.problem.weights @ np.broadcast_to(self.problem.offset, self.problem.draws)
        cost = np.concatenate(
            [mean * self.price * self.units, np.full(self.wide - 1, -mean), [-self.aim.risk]]
        )
        low = np.concatenate([np.zeros(n), np.full(self.wide, -np.inf)])
        if not self.aim.risk:
            low[-1] = 0.0
        whole = np.append(self.whole, np.zeros(self.wide))
        rows, mosts = np.array(self.rows), np.array(self.mosts)
        found = linear.program(cost, rows, mosts, whole=whole, low=low, seconds=SECONDS)
        if found is None:
            return None
        return found.x[:n] * self.units * unit, -found.bound * unit + mean * float(besides)
