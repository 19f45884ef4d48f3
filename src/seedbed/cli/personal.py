"""`seedbed customers export` and `erase`: personal data, handed over or gone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import books, show
from seedbed.cli.books import CustomerName


def export(
    customer: CustomerName,
    *,
    out: Annotated[Path, typer.Option("--out", help="A new .zip file, or a new folder.")],
    json: show.Json = False,
) -> None:
    """Hand over all that is kept of a customer: one file of JSON lines for each table.

    Examples:
        seedbed customers export "Acme GmbH" --out acme.zip
    """
    with books.of(customer) as (ledger, known):
        made = ledger.retention.export(known.id, out.absolute())
    books.say(
        f"{out}: all that is kept of {known.name}",
        {"customer": known.id, "written": str(made)},
        json=json,
    )


def erase(
    customer: CustomerName,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone: say so.")] = False,
    json: show.Json = False,
) -> None:
    """Erase a customer's personal data, and end its keys and its plan; its invoices stay.

    The plan ends now, and its last invoice is written first. Final invoices do not change: they
    keep the name and address that they were made out to.

    Examples:
        seedbed customers erase "Acme GmbH" --yes
    """
    if not yes:
        raise typer.BadParameter("it cannot be undone: type --yes behind it")
    with books.of(customer) as (ledger, known):
        ledger.erase(known.id, actor=books.actor())
    books.say(f"{known.id}: erased", {"customer": known.id, "erased": True}, json=json)
