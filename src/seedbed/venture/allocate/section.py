"""The split for the plan document: fewer draws, and as many months as the money lasts."""

from __future__ import annotations

from dataclasses import replace

from seedbed.venture.allocate.build import Asked, build
from seedbed.venture.allocate.infeasible import Named, smallest
from seedbed.venture.allocate.infeasible import clash as clash_of
from seedbed.venture.allocate.study import QUICK, study
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
    asked = Asked(scenarios=SCENARIOS)
    clash = smallest(build(plan, asked).problem)
    if not clash:
        return told(study(plan, asked, effort=QUICK))
    months = _lasting(clash)
    if months < LEAST_MONTHS:
        raise clash_of(build(plan, asked).problem)
    why = "; ".join(one.said.en for one in clash), "；".join(one.said.zh for one in clash)
    said = Said(
        f"The money does not last {plan.venture.months} months, whatever the split ({why[0]}):"
        f" the first {months} are split.",
        f"无论如何分配，资金都撑不到 {plan.venture.months} 个月（{why[1]}）："
        f"只分配前 {months} 个月。",
    )
    caution = Caution("allocate.shorter", said, "limits.least_cash")
    return told(study(plan, replace(asked, months=months), effort=QUICK), (caution,))


def _lasting(clash: list[Named]) -> int:
    """Return the whole quarters, in months, before the first whose least cash cannot be kept."""
    months = min((one.at for one in clash if one.kind == "cash"), default=0)
    return months // 3 * 3
