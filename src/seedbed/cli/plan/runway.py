"""`seedbed plan runway`: how long the money lasts, and what would make it last longer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan


def runway(
    file: File = VENTURE,
    *,
    paths: Annotated[int, typer.Option(help="Paths of cash that are followed.")] = 100_000,
    ocf: Annotated[
        Path | None, typer.Option(help="Folder for today's cap table in Open Cap Format.")
    ] = None,
    legal_name: Annotated[str, typer.Option(help="Of the company, for --ocf.")] = "",
    formed: Annotated[str, typer.Option(help="Day of its formation, for --ocf.")] = "",
    country: Annotated[str, typer.Option(help="Where, such as US, for --ocf.")] = "",
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Follow cash month by month: the chance that it runs out, and what each action does to it.

    Income may be lumpy and late, rounds may fail or be late. With a cap table, `seedbed plan
    funding` shows the dilution; `--ocf` writes today's table in Open Cap Format.

    Examples:
        seedbed plan runway
        seedbed plan runway brands/venture.yaml --charts charts
        seedbed plan runway --ocf captable --legal-name "Brands Ltd" --formed 2026-03-02
            --country GB
    """
    from seedbed.venture.plan import Plan
    from seedbed.venture.runway.section import section

    plan = Plan.read(file)
    if ocf is not None:
        _export(plan, ocf, legal_name, formed, country)
    tell(section(plan, paths=paths), plan, language=language, charts=charts, json=json)


def _export(plan: Plan, folder: Path, legal_name: str, formed: str, country: str) -> None:
    from datetime import date

    from seedbed.errors import VentureWrong
    from seedbed.venture.funding.ocf import Company, export

    try:
        day = date.fromisoformat(formed)
    except ValueError:
        raise VentureWrong(
            expected="the day of the company's formation, such as 2026-03-02",
            got=repr(formed),
            do="Open Cap Format names the issuer: give --legal-name, --formed and --country.",
            where="--formed",
        ) from None
    written = export(plan, folder, Company(legal_name, day, country))
    show.err().print(f"Wrote {written}.")
