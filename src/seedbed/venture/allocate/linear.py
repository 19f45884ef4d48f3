"""Linear programs over a problem's limits, by HiGHS: what can be kept, and where to start.

Least cash is a concave limit; its tangents are linear and hold everywhere, so a program with
tangents allows all that the problem allows. If it has no answer, the problem has none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seedbed.venture.allocate.problem import Array, Look, Problem

MOST_CUTS = 60
NEGLIGIBLE = 1e-9
"""Of the scale of money: what a linear program may be off by."""
KEPT = 1e-6
"""Of the scale of money: least cash that is missed by no more is kept."""


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


@dataclass(frozen=True)
class Answer:
    """What HiGHS found.

    Attributes:
        x: The minimiser, or with whole variables the best found.
        bound: No other has a lower cost; it is the cost itself but where time ended first.
    """

    x: Array
    bound: float


def program(
    cost: Array,
    rows: Array,
    mosts: Array,
    *,
    whole: Array | None = None,
    low: Array | float = 0.0,
    seconds: float = 60.0,
) -> Answer | None:
    """Return the minimiser of cost·x with rows·x ≤ mosts, x ≥ low; None where nothing fits.

    highspy and not scipy's HiGHS: that one prints to stdout from within (HiGHS issue 2783), which
    would spoil `--json`.

    Raises:
        ArithmeticError: HiGHS found neither an answer nor that there is none.
    """
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 1e-6)
    solver.passModel(_model(cost, rows, mosts, whole, low))
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")  # which of the two it is, only the simplex says
        solver.run()
    status, told = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    late = status == highspy.HighsModelStatus.kTimeLimit and told.primal_solution_status == 2
    if status != highspy.HighsModelStatus.kOptimal and not late:
        raise ArithmeticError(solver.modelStatusToString(status))
    bound = told.objective_function_value if whole is None else told.mip_dual_bound
    return Answer(np.array(solver.getSolution().col_value), float(bound))


def _model(cost: Array, rows: Array, mosts: Array, whole: Array | None, low: Array | float) -> Any:
    """Return a program as HiGHS takes it, its rows sparse."""
    import highspy

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(mosts)
    model.col_cost_ = np.asarray(cost, float)
    model.col_lower_ = np.broadcast_to(np.asarray(low, float), len(cost)).copy()
    model.col_upper_ = np.full(len(cost), np.inf)
    model.row_lower_ = np.full(len(mosts), -np.inf)
    model.row_upper_ = np.asarray(mosts, float)
    row, column = np.nonzero(rows) if len(mosts) else (np.empty(0, int), np.empty(0, int))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(row, np.arange(len(mosts) + 1)).astype(np.int32)
    model.a_matrix_.index_ = column.astype(np.int32)
    model.a_matrix_.value_ = np.asarray(rows, float)[row, column]
    if whole is not None and np.any(whole):
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(one)] for one in whole]
    return model


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
    if found is None or found.x[-1] < -NEGLIGIBLE:
        return None
    return np.asarray(found.x[:-1] * problem.scale)


def kept(
    problem: Problem,
    limits: Collection[int],
    months: Collection[int],
    steps: Collection[int] = (),
    fixed: Array | None = None,
    tangents: Tangents | None = None,
) -> Array | None:
    """Return a split that keeps some of the limits, the least cash of some months, whole steps
    of some uses, and given values; None where there is none. What is plain is always kept.
    `tangents` of earlier calls hold for this one too, and grow.
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
    tangents = Tangents() if tangents is None else tangents
    wanted = sorted(months)
    inside = np.full(problem.size, 1e-3 * problem.scale)
    if wanted and not tangents.rows:
        tangents.add(problem.look(inside), inside)
    for _ in range(MOST_CUTS):
        found = _most_cash(problem, rows, mosts, tangents, wanted, units, whole)
        if found is None or found.x[-1] < -NEGLIGIBLE:
            return None
        trial = found.x[:-1] * units * problem.scale
        # Cuts between the program's corner and the best point so far bite deeper than at corners.
        for point in (trial,) if steps else (trial, (trial + inside) / 2):
            look = problem.look(np.maximum(point, 1e-6 * problem.scale))  # slopes may be infinite
            if not wanted or np.min(look.cash[wanted]) >= -KEPT * problem.scale:
                return np.asarray(point)
            tangents.add(look, np.maximum(point, 1e-6 * problem.scale))
        inside = point
    return np.asarray(trial)  # not shown to be impossible; who solves it will see


def _most_cash(
    problem: Problem,
    rows: Array,
    mosts: Array,
    tangents: Tangents,
    months: list[int],
    units: Array,
    whole: Array,
) -> Answer | None:
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
