"""The split for the plan document: fewer draws, and as many months as the money lasts."""

from __future__ import annotations

from dataclasses import replace

from seedbed.errors import Infeasible
from seedbed.venture.allocate.build import Asked, build
from seedbed.venture.allocate.infeasible import smallest
from seedbed.venture.allocate.study import QUICK, study
from seedbed.venture.allocate.told import section as told
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Said, Section

SCENARIOS = 400
LEAST_MONTHS = 3


def section(plan: Plan) -> Section:
    """Return the section of a plan's split.

    Where the money does not last the venture's months, only those are split in which it does, and
    a caution says so.

    Raises:
        Infeasible: no split keeps all limits, even over fewer months.
        MeasurementMissing: no use says what it gives.
    """
    asked = Asked(scenarios=SCENARIOS)
    try:
        return told(study(plan, asked, effort=QUICK))
    except Infeasible as why:
        months = _lasting(plan, asked)
        if months is None:
            raise
        said = Said(
            f"The money does not last {plan.venture.months} months, whatever the split ({why.got}):"
            f" the first {months} are split.",
            f"无论如何分配，资金都撑不到 {plan.venture.months} 个月：只分配前 {months} 个月。",
        )
        caution = Caution("allocate.shorter", said, "limits.least_cash")
        shorter = replace(asked, months=months)
        return told(study(plan, shorter, effort=QUICK), (caution,))


def _lasting(plan: Plan, asked: Asked) -> int | None:
    """Return the months before the first whose least cash no split can keep."""
    clash = smallest(build(plan, asked).problem)
    months = min((one.at for one in clash if one.kind == "cash"), default=0)
    return months if months >= LEAST_MONTHS else None
