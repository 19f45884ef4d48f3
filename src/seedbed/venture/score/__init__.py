"""Forecasts: frozen when a plan is written, scored when the truth is in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedbed.venture.assumption import Array
    from seedbed.venture.model import Outcome
    from seedbed.venture.plan import Plan


def freeze(plan: Plan, outcome: Outcome, *, cash: Array | None = None) -> Path:
    """Freeze what a plan forecasts; see `frozen.freeze`."""
    from seedbed.venture.score import frozen

    return frozen.freeze(plan, outcome, cash=cash)
