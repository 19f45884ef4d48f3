"""α of R = C·η·α·β·γ: how good past forecasts were, as one number."""

from __future__ import annotations

from seedbed.errors import SeedbedError
from seedbed.venture.plan import Plan


def insight(plan: Plan) -> float | None:
    """Return the mean skill of the last scored forecast against "same as last month", 0 to 1.

    None where no forecast was frozen, none of its months is over, or nothing was known before it.
    """
    from seedbed.venture.score.compare import LAST, compare
    from seedbed.venture.score.section import newest
    from seedbed.venture.score.truth import from_ledger

    try:
        if (truth := from_ledger(plan)) is None:
            return None
        scored = compare(newest(plan, truth), truth, seed=plan.venture.seed)
    except SeedbedError:
        return None
    against = [one for each in scored for one in each.against if one.name == LAST]
    known = [one.skill for one in against if one.skill is not None]
    return min(max(sum(known) / len(known), 0.0), 1.0) if known else None
