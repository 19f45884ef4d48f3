"""The split for the plan document: fewer draws, and as many months as the money lasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seedbed.errors import VentureError
from seedbed.venture.allocate import past, tables
from seedbed.venture.allocate.build import Asked, build
from seedbed.venture.allocate.infeasible import Named, smallest
from seedbed.venture.allocate.infeasible import clash as clash_of
from seedbed.venture.allocate.problem import Problem
from seedbed.venture.allocate.study import QUICK, Effort, Study, study
from seedbed.venture.allocate.told import RESAMPLES
from seedbed.venture.allocate.told import section as told
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Said, Section

SCENARIOS = 300
LEAST_MONTHS = 3


def section(plan: Plan) -> Section:
    """Return the section of a plan's split.

    Where the money does not last the venture's months, only those are split in which it does, and
    a caution says so.

    Raises:
        Infeasible: no split keeps all limits, even over fewer months.
        MeasurementMissing: no use says what it gives.
    """
    return told(*_usual(plan))


def keep(plan: Plan) -> Path | None:
    """Keep the split that the section tells, to compare the next with; None where there is none.

    Raises:
        DiskFull: there is no room.
    """
    try:
        made, _ = _usual(plan)
    except VentureError:
        return None  # the section says why
    return past.keep(plan, tables.told(made))


def _usual(plan: Plan) -> tuple[Study, tuple[Caution, ...]]:
    return plan.once("allocate.usual", lambda: _made(plan))


def _made(plan: Plan) -> tuple[Study, tuple[Caution, ...]]:
    asked = Asked(scenarios=SCENARIOS)
    problem = build(plan, asked).problem
    effort = _effort(plan, problem)
    clash = smallest(problem)
    if not clash:
        return study(plan, asked, effort=effort), ()
    months = _lasting(clash)
    if months < LEAST_MONTHS:
        raise clash_of(problem)
    why = "; ".join(one.said.en for one in clash), "；".join(one.said.zh for one in clash)
    said = Said(
        f"The money does not last {plan.venture.months} months, whatever the split ({why[0]}):"
        f" the first {months} are split.",
        f"无论如何分配，资金都撑不到 {plan.venture.months} 个月（{why[1]}）："
        f"只分配前 {months} 个月。",
    )
    caution = Caution("allocate.shorter", said, "limits.least_cash")
    return study(plan, replace(asked, months=months), effort=effort), (caution,)


def _effort(plan: Plan, problem: Problem) -> Effort:
    """Resample where there is a split to compare with, and no search takes long."""
    quick = all(use.curve.concave and not use.step for use in problem.uses)
    if quick and past.last(plan, trial=False):
        return replace(QUICK, resamples=RESAMPLES)
    return QUICK


def _lasting(clash: list[Named]) -> int:
    """Return the whole quarters, in months, before the first whose least cash cannot be kept."""
    months = min((one.at for one in clash if one.kind == "cash"), default=0)
    return months // 3 * 3
