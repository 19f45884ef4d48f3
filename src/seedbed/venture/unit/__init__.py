"""What an answer costs, what a customer is worth, and how many machines the promise needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan
    from seedbed.venture.result import Section
    from seedbed.venture.unit.pieces import Asked

__all__ = ["section"]


def section(plan: Plan, asked: Asked | None = None) -> Section:
    """Return the section of `plan unit`; see `study.section`."""
    from seedbed.venture.unit import study

    return study.section(plan, asked)
