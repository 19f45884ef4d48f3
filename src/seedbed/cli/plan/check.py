"""`seedbed plan check`: what is believed and measured, and what is wrong with it."""

from __future__ import annotations

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, File, Language, tell


def check(file: File = VENTURE, *, language: Language = None, json: show.Json = False) -> None:
    """Show every assumption: what it is now and where from; and what is missing, stale or bare.

    Examples:
        seedbed plan check
        seedbed plan check brands/venture.yaml --language zh
    """
    from seedbed.venture.check import section
    from seedbed.venture.plan import Plan

    plan = Plan.read(file)
    tell(section(plan), plan, language=language, json=json)
