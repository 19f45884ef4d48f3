"""What is wrong with a plan's assumptions: missing, stale, bare, from nowhere, contradicted."""

from __future__ import annotations

from seedbed.venture.plan import Plan
from seedbed.venture.result import Said, Section


def section(plan: Plan) -> Section:
    """Return the register and what is wrong with it."""
    return Section("check", Said("Assumptions", "假设"), Said("", ""))
