"""How long the money lasts: monthly cash, the chance of ruin, and what moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan
    from seedbed.venture.result import Section


def section(plan: Plan) -> Section:
    """Return how long the money of a plan lasts; see `section.section`."""
    from seedbed.venture.runway import section as words

    return words.section(plan)
