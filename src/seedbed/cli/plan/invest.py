"""`seedbed plan invest`: one list of what to do with the next sum, in money per money."""

from __future__ import annotations

from typing import Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell


def invest(
    file: File = VENTURE,
    *,
    money: Annotated[
        float | None,
        typer.Option(help="The sum; otherwise a hundredth of the capital."),
    ] = None,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Rank what the next sum could be put to, fill it, and say what to find out first.

    Labels, rungs, a larger base, every use with a curve, another price, a survey and the file's
    bets, each with what it costs, what it brings on the same draws, and the command to type next.

    Examples:
        seedbed plan invest
        seedbed plan invest brands --money 5000
        seedbed plan invest brands --money 20000 --charts charts --language zh
    """
    from seedbed.venture.invest.section import section
    from seedbed.venture.plan import Plan

    plan = Plan.read(file)
    tell(section(plan, money), plan, language=language, charts=charts, json=json)
