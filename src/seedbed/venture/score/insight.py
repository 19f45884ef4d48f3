"""α of R = C·η·α·β·γ: how good past forecasts were, as one number."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.errors import SeedbedError
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said


@dataclass(frozen=True, slots=True)
class Skill:
    """What scored forecasts tell.

    Attributes:
        value: The mean skill, at most 1, below 0 where "same as last month" was better; None where
            nothing can be told.
        why: Why it cannot, where there is a forecast.
    """

    value: float | None = None
    why: Said | None = None


def insight(plan: Plan) -> Skill:
    """Return the mean skill, against "same as last month", of the forecast that `choose` takes.

    It has none where no forecast was frozen, fewer of its months can be scored than `plan score`
    asks for before it gives a verdict, or nothing was known before it.
    """
    from seedbed.venture.score.compare import LAST, LEAST, compare
    from seedbed.venture.score.section import choose
    from seedbed.venture.score.truth import from_ledger

    try:
        if (truth := from_ledger(plan)) is None:
            return Skill()
        scored = compare(choose(plan, truth)[0], truth, seed=plan.venture.seed)
    except SeedbedError:
        return Skill()
    months = min(len(each.months) for each in scored)
    if months < LEAST:
        return Skill(why=_few(months, LEAST))
    against = [one for each in scored for one in each.against if one.name == LAST]
    known = [one.skill for one in against if one.skill is not None]
    return Skill(sum(known) / len(known)) if known else Skill()


def _few(months: int, least: int) -> Said:
    return Said(
        f"too few to say: {months} of the {least} months that a forecast is scored by are over",
        f"数据太少：评价预测需要 {least} 个月，目前只有 {months} 个月",
    )
