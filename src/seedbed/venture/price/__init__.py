"""What an answer should cost: demand, the best price and its regret, plans compared, publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedbed.venture.plan import Plan
    from seedbed.venture.result import Section


def section(plan: Plan, compare: Sequence[str] = ()) -> Section:
    """Return what `plan price` says; see `seedbed.venture.price.answer.section`."""
    from seedbed.venture.price.answer import section as made

    return made(plan, compare)
