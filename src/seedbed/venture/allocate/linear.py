"""Linear programs over a problem's limits, by HiGHS: what can be kept, and where to start.

Least cash is a concave limit; its tangents are linear and hold everywhere, so a program with
tangents allows all that the problem allows. If it has no answer, the problem has none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from seedbed.venture.allocate.problem import Array, Look, Problem

MOST_CUTS = 60
NEGLIGIBLE = 1e-9
"""Of the scale of money: what counts as kept."""


@dataclass
class Tangents:
    """Tangents of the cash above its least: slope·x ≤ most, by month."""

    rows: list[Array] = field(default_factory=list)
    mosts: list[float] = field(default_factory=list)
    months: list[int] = field(default_factory=list)

    def add(self, look: Look, x: Array) -> None:
        """Add the tangents at x, one a month."""
        for month, (above, slope) in enumerate(zip(look.cash, look.cash_slope, strict=True)):
            if np.all(np.isfinite(slope)):
                self.rows.append(-slope)
                self.mosts.append(float(above - slope @ x))
                self.months.append(month)


def program(
    cost: Array,
    rows: Array,
    mosts: Array,
    *,
    whole: Array | None = None,
    low: Array | float = 0.0,
    seconds: float = 60.0,
) -> Array | None:
    """Return the minimiser of cost·x with rows·x ≤ mosts, x ≥ low; None where nothing fits.

    Raises:
        ArithmeticError: HiGHS found neither an answer nor that there is none.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        cost,
        constraints=LinearConstraint(rows, -np.inf, mosts) if len(mosts) else None,
        integrality=whole,
        bounds=Bounds(low, np.inf),
        options={"time_limit": seconds},
    )
    if found.x is not None:
        return np.asarray(found.x)
    if found.status == 2:
        return None
    raise ArithmeticError(found.message)


def middle(problem: Problem, fixed: Array) -> Array | None:
    """Return a split well inside all linear limits, or None; `fixed` as in `maximise`."""
    free = np.isnan(fixed)
    rows = problem.rows / problem.scale
    norm = np.linalg.norm(np.where(free, rows, 0.0), axis=1)
    n, reach = problem.size, 0.05
    matrix = np.column_stack([rows * problem.scale, norm * problem.scale])
    limits = [matrix, np.eye(n + 1)[-1:]]
    mosts = [problem.mosts / problem.scale, np.array([reach])]
    given = np.flatnonzero(~free)
    for sign in (1.0, -1.0):
        limits.append(sign * np.eye(n + 1)[given])
        mosts.append(sign * fixed[given] / problem.scale)
    low = np.append(np.zeros(n), -1.0)
    slack = 1e-12 * np.concatenate([np.zeros(len(mosts[0]) + 1), np.ones(2 * len(given))])
    cost = np.append(np.full(n, 1e-7), -1.0)  # of the middles, one that spends little
    found = program(cost, np.vstack(limits), np.concatenate(mosts) + slack, low=low)
    if found is None or found[-1] < -NEGLIGIBLE:
        return None
    return np.asarray(found[:-1] * problem.scale)


def kept(
    problem: Problem,
    limits: Collection[int],
    months: Collection[int],
    steps: Collection[int] = (),
    fixed: Array | None = None,
) -> Array | None:
    """Return a split that keeps some of the limits, the least cash of some months, whole steps
    of some uses, and given values; None where there is none. What is plain is always kept.
    """
    at = [i for i, one in enumerate(problem.limits) if one.plain or i in limits]
    rows, mosts = problem.rows[at], problem.mosts[at] / problem.scale
    if fixed is not None:
        given = np.flatnonzero(~np.isnan(fixed))
        unit = np.eye(problem.size)[given]
        rows = np.vstack([rows, unit, -unit])
        values = fixed[given] / problem.scale
        mosts = np.concatenate([mosts, values + 1e-12, -values + 1e-12])
    units = np.ones(problem.size)
    whole = np.zeros(problem.size + 1)
    for use in steps:
        place = slice(use * problem.periods, (use + 1) * problem.periods)
        units[place] = (problem.uses[use].step or 1.0) / problem.scale
        whole[place] = 1
    tangents = Tangents()
    trial = np.full(problem.size, 1e-3 * problem.scale)
    wanted = sorted(months)
    for _ in range(MOST_CUTS):
        if wanted:
            off = np.maximum(trial, 1e-6 * problem.scale)  # at zero a slope may be infinite
            tangents.add(problem.look(off), off)
        found = _most_cash(problem, rows, mosts, tangents, wanted, units, whole)
        if found is None or found[-1] < -NEGLIGIBLE:
            return None
        trial = found[:-1] * units * problem.scale
        if not wanted or np.min(problem.look(trial).cash[wanted]) >= -NEGLIGIBLE * problem.scale:
            return np.asarray(trial)
    return None


def _most_cash(
    problem: Problem,
    rows: Array,
    mosts: Array,
    tangents: Tangents,
    months: list[int],
    units: Array,
    whole: Array,
) -> Array | None:
    """Maximise the least of the months' cash as the tangents have it, to a cap."""
    at = [i for i, month in enumerate(tangents.months) if month in months]
    cuts = np.array([tangents.rows[i] for i in at]).reshape(len(at), problem.size)
    matrix = np.block(
        [
            [rows * units, np.zeros((len(rows), 1))],
            [cuts * units, np.ones((len(at), 1))],
            [np.zeros((1, problem.size)), np.ones((1, 1))],
        ]
    )
    ends = np.array([tangents.mosts[i] for i in at]) / problem.scale
    low = np.append(np.zeros(problem.size), -np.inf)
    cost = np.append(1e-9 * units, -1.0)
    return program(cost, matrix, np.concatenate([mosts, ends, [0.01]]), whole=whole, low=low)
