"""`seedbed plan market`: how big, how fast, and what people say they would pay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell

Csv = Annotated[Path | None, typer.Option(help="A CSV; its columns are named above.")]


def market(
    file: File = VENTURE,
    *,
    westendorp: Csv = None,
    granger: Csv = None,
    conjoint: Csv = None,
    products: Csv = None,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Say how many customers there can be, by when, and what surveys tell of prices.

    The cap D = k·S, Bass's diffusion towards it, and the market counted from below; then surveys,
    each a CSV with a heading:

    --westendorp: too_cheap, cheap, expensive, too_expensive: a person a row, four prices.

    --granger: respondent, price, buys (yes or no): a row for each price a person was asked.

    --conjoint: respondent, question, chosen (yes or no), price, and a column for each attribute; a
    row for each product of a question. Numbers count as they are, texts are levels. In a row whose
    column alternative is none, nothing was taken.

    --products: price and the same attributes, and alternative for their names: whose shares the
    conjoint simulates.

    Examples:
        seedbed plan market
        seedbed plan market --westendorp prices.csv --charts charts
        seedbed plan market --conjoint choices.csv --products ours-and-theirs.csv
    """
    from seedbed.venture.market.asked import Asked
    from seedbed.venture.market.section import section
    from seedbed.venture.plan import Plan

    plan = Plan.read(file)
    asked = Asked(westendorp, granger, conjoint, products)
    tell(section(plan, asked), plan, language=language, charts=charts, json=json)
