"""Invoices as `seedbed invoice` shows them: in the terminal, as JSON, in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, show

if TYPE_CHECKING:
    from seedbed.ledger.credit_notes import CreditNote
    from seedbed.ledger.invoice import Invoice
    from seedbed.ledger.ledger import Ledger


class Language(StrEnum):
    """Of a page or a table."""

    en = "en"
    zh = "zh"


Html = Annotated[Path | None, typer.Option("--html", help="Write the page to this file.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the lines to this file.")]
Spoken = Annotated[Language | None, typer.Option(help="By default the customer's.")]


def write_calls(ledger: Ledger, document: Mapping[str, Any], path: Path) -> None:
    """Write the calls that an invoice is made of to a file."""
    from seedbed.home import written_aside
    from seedbed.ledger.invoice_page import calls_csv
    from seedbed.ledger.usage import Wanted

    rows = ledger.usage.every(Wanted(invoice_id=document["id"]))
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        file.writelines(calls_csv(rows, document["currency"]))
    show.err().print(f"{path}: written", soft_wrap=True)


def say_document(
    document: Mapping[str, Any],
    html: Path | None,
    csv: Path | None,
    language: Language | None,
    *,
    json: bool,
) -> None:
    """Write an invoice or a note to the files that were asked for; print it where none was."""
    from seedbed.ledger import invoice_page

    spoken = language.value if language else None
    if html is not None:
        books.written(html, invoice_page.html(document, spoken))
    if csv is not None:
        books.written(csv, invoice_page.lines_csv(document, spoken))
    if json:
        show.emit(document)
    elif html is None and csv is None:
        _print(document, spoken or document["customer"]["language"])


def _print(document: Mapping[str, Any], language: str) -> None:
    currency = document["currency"]
    right = ("units", "amount")
    table = show.table("line", "", *right, right=right)
    for line in document["lines"]:
        said = line["description"][language]
        table.add_row(str(line["position"]), said, line["units"], line["amount"])
    for name in ("subtotal", "tax", "total", "paid_from_credit", "due"):
        if name in document:
            table.add_row("", name.replace("_", " "), "", document[name])
    out = show.out()
    number = document["number"] or document["status"]
    out.print(f"{number} · {document['customer']['name']} · {currency}", style="bold")
    out.print(table)


def say_list(found: Sequence[Invoice], *, json: bool) -> None:
    """Print invoices, a line each."""
    if json:
        show.emit([told(one) for one in found])
        return
    right = ("total", "due")
    table = show.table("number", "id", "customer", "period", "status", *right, right=right)
    for one in found:
        table.add_row(
            one.body["number"] or "",
            one.id,
            one.body["customer"]["name"],
            period(one),
            one.status,
            amount(one.total, one.currency),
            amount(one.due, one.currency),
        )
    show.out().print(table)


def say_notes(found: Sequence[CreditNote], *, json: bool) -> None:
    """Print credit notes, a line each."""
    if json:
        show.emit([told(one) for one in found])
        return
    table = show.table(
        "number", "id", "invoice", "customer", "when", "amount", "reason", right=("amount",)
    )
    for one in found:
        table.add_row(
            one.body["number"],
            one.id,
            one.body["invoice"]["number"],
            one.body["customer"]["name"],
            books.when(one.at),
            amount(one.amount, one.body["currency"]),
            one.reason,
        )
    show.out().print(table)


def period(one: Invoice) -> str:
    """Return an invoice's period as a table shows it."""
    return f"{books.when(one.period_start)[:10]} to {books.when(one.period_end)[:10]}"


def told(one: Invoice | CreditNote) -> dict[str, Any]:
    """Return what a list tells of an invoice or a note, as JSON."""
    found = books.told(one)
    return {key: value for key, value in found.items() if key != "body"} | {
        "customer": one.body["customer"]["name"]
    }


def amount(nanos: int, currency: str) -> str:
    """Return an amount as a table shows it."""
    from seedbed.ledger.money import shown

    return shown(nanos, currency)
