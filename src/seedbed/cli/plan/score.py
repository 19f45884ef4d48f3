"""`seedbed plan score`: how good a frozen forecast was, now that the truth is in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell


def score(
    file: File = VENTURE,
    *,
    truth: Annotated[
        Path | None,
        typer.Option(help="CSV of what came: month,customers,answers,income,cash."),
    ] = None,
    forecast: Annotated[
        Path | None,
        typer.Option(help="Which frozen forecast; otherwise the newest with six months to score."),
    ] = None,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Score what was forecast: CRPS, coverage, and against "same as last month" and a line.

    `seedbed plan write` freezes a forecast each time. The truth is the ledger's, or your own CSV;
    put the months before the forecast in it too, for the straight line.

    Examples:
        seedbed plan score
        seedbed plan score brands/venture.yaml --truth books.csv --charts charts
    """
    from seedbed.venture.plan import Plan
    from seedbed.venture.score import frozen
    from seedbed.venture.score.section import section
    from seedbed.venture.score.truth import read

    plan = Plan.read(file)
    found = section(
        plan,
        forecast=frozen.read(forecast) if forecast else None,
        truth=read(truth) if truth else None,
    )
    tell(found, plan, language=language, charts=charts, json=json)
