"""Freezes the forecast that a document holds, so that it can be scored when the truth is in."""

from __future__ import annotations

from pathlib import Path

from seedbed.errors import VentureError
from seedbed.venture import score
from seedbed.venture.plan import Plan
from seedbed.venture.runway.paths import follow


def keep(plan: Plan) -> Path | VentureError:
    """Freeze the plan's forecast and return its file, or the reason why there is none to freeze.

    Raises:
        ForecastMissing: an earlier forecast of this plan was altered.
        DiskFull: there is no room.
    """
    try:
        paths = follow(plan, plan.draws)
    except VentureError as lacks:
        return lacks
    return score.freeze(plan, paths.outcome, cash=paths.cash)
