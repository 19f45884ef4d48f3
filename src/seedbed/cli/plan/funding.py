"""`seedbed plan funding`: who owns the company today, and after each planned round."""

from __future__ import annotations

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell


def funding(
    file: File = VENTURE,
    *,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Show dilution by holder: SAFEs, option pool and priced rounds, in whole shares.

    Examples:
        seedbed plan funding
        seedbed plan funding brands/venture.yaml --language zh
    """
    from seedbed.venture.funding.section import section
    from seedbed.venture.plan import Plan

    plan = Plan.read(file)
    tell(section(plan), plan, language=language, charts=charts, json=json)
