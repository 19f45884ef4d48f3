"""`seedbed plan unit`: what an answer costs, what it leaves, and what a customer is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell


def unit(
    file: File = VENTURE,
    *,
    retention: Annotated[
        Path | None,
        typer.Option(
            help="CSV of who is still there after each month: a column customers, percent or share,"
            " the first row at the start."
        ),
    ] = None,
    reserved: Annotated[
        float | None,
        typer.Option(min=0, help="Price of a reserved machine's hour: how many to reserve."),
    ] = None,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Say what an answer and a thousand tokens cost, what they leave, and what a customer is worth.

    Margins are by billing plan and by how much customers use; the count of machines is Erlang's;
    a customer's worth is that of customers who differ, not 1/churn. Each figure has its formula.

    Examples:
        seedbed plan unit
        seedbed plan unit brands --retention kept.csv
        seedbed plan unit brands --reserved 0.05 --charts charts
    """
    from seedbed.venture.plan import Plan
    from seedbed.venture.unit.pieces import Asked
    from seedbed.venture.unit.section import section

    plan = Plan.read(file)
    found = section(plan, Asked(retention, reserved))
    tell(found, plan, language=language, charts=charts, json=json)
