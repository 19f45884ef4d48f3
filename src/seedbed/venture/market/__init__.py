"""How big it is: the cap, how fast it is reached, counts from the bottom up, and surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedbed.venture.market.asked import Asked
    from seedbed.venture.plan import Plan
    from seedbed.venture.result import Section


def section(plan: Plan, asked: Asked | None = None) -> Section:
    """Return what `plan market` says; see `seedbed.venture.market.answer.section`."""
    from seedbed.venture.market.answer import NOTHING
    from seedbed.venture.market.answer import section as made

    return made(plan, asked or NOTHING)
