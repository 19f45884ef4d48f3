"""`seedbed plan risk`: what may go wrong, what the plan hangs on, and what flips a decision."""

from __future__ import annotations

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell


def risk(
    file: File = VENTURE,
    *,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """List the risks with chance, cost and watcher, and say which assumptions the plan hangs on.

    The tornado takes each assumption over its own range, Sobol's indices say where the doubt comes
    from, and bisection finds the smallest change of each that flips a decision.

    Examples:
        seedbed plan risk
        seedbed plan risk brands --charts charts
        seedbed plan risk brands --json
    """
    from seedbed.venture.plan import Plan
    from seedbed.venture.risk.section import section

    plan = Plan.read(file)
    tell(section(plan), plan, language=language, charts=charts, json=json)
