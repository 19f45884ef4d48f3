"""`seedbed invoice`: what customers are asked to pay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli import books, show, trying
from seedbed.cli.books import CustomerName
from seedbed.cli.invoice_shown import (
    Csv,
    Html,
    Spoken,
    say_document,
    say_list,
    say_notes,
    write_calls,
)

if TYPE_CHECKING:
    from seedbed.ledger.invoice import Invoice
    from seedbed.ledger.ledger import Ledger

InvoiceId = Annotated[str, typer.Argument(help="The invoice's id (inv_…), or its number.")]


def invoice(context: typer.Context, *, json: show.Json = False) -> None:
    """Preview, write, show and correct invoices; try a year of a plan.

    Examples:
        seedbed invoice
        seedbed invoice preview "Acme GmbH" --html preview.html
        seedbed invoice close
        seedbed invoice show 12 --html invoice.html --calls calls.csv
        seedbed invoice try starter --monthly 20000
    """
    if books.alone(context, json=json):
        list_invoices(json=json)


def list_invoices(
    customer: Annotated[str | None, typer.Argument(help="Only this customer's.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most invoices.")] = 50,
    json: show.Json = False,
) -> None:
    """List invoices, the latest period first.

    Examples:
        seedbed invoice list "Acme GmbH"
    """
    with books.opened() as ledger:
        known = None if customer is None else books.customer(ledger, customer).id
        found = ledger.invoices.list(known, limit=limit)
    say_list(found, json=json)


def preview(
    customer: CustomerName,
    *,
    html: Html = None,
    csv: Csv = None,
    language: Spoken = None,
    json: show.Json = False,
) -> None:
    """Show what a customer's period under way comes to so far; nothing is written down.

    Examples:
        seedbed invoice preview "Acme GmbH"
    """
    with books.of(customer) as (ledger, known):
        document = ledger.invoices.preview(known.id)
    say_document(document, html, csv, language, json=json)


def close(
    *,
    now: Annotated[
        bool, typer.Option("--now", help="Make drafts final without the hour of grace.")
    ] = False,
    json: show.Json = False,
) -> None:
    """Write the invoices of all periods that are over: drafts, and final after an hour.

    Examples:
        seedbed invoice close --now
    """
    from seedbed.ledger.invoices import GRACE

    with books.opened() as ledger:
        found = ledger.invoices.close_due(grace=0 if now else GRACE, actor=books.actor())
        nobody = not ledger.sellers.get().name
    say_list(found, json=json)
    if nobody and found:
        told = "These invoices name no sender. Set one: seedbed invoice seller FILE."
        show.err().print(told, soft_wrap=True)


def show_invoice(
    invoice: InvoiceId,
    *,
    html: Html = None,
    csv: Csv = None,
    calls: Annotated[
        Path | None, typer.Option("--calls", help="Write the calls it is made of to this file.")
    ] = None,
    language: Spoken = None,
    json: show.Json = False,
) -> None:
    """Show an invoice or a credit note, line by line.

    Examples:
        seedbed invoice show 12
        seedbed invoice show 12 --html invoice.html --language zh
        seedbed invoice show 12 --calls calls.csv
    """
    with books.opened() as ledger:
        if invoice.startswith("note_"):
            document = ledger.credit_notes.get(invoice).body
        else:
            document = _found(ledger, invoice).body
        if calls is not None:
            write_calls(ledger, document, calls)
    say_document(document, html, csv, language, json=json)


def finalize(invoice: InvoiceId, *, json: show.Json = False) -> None:
    """Make a draft final: it gets its number, and never changes again.

    Examples:
        seedbed invoice finalize inv_5f2c0a1b2c3d4e5f6a7b8c9d0e
    """
    with books.opened() as ledger:
        made = ledger.invoices.finalize(_found(ledger, invoice).id, actor=books.actor())
    say_list([made], json=json)


def note(
    invoice: InvoiceId,
    *,
    reason: Annotated[str, typer.Option(help="Printed on the note.")],
    line: Annotated[
        list[str] | None,
        typer.Option(help="POSITION=AMOUNT to take back; repeat it. All if left out."),
    ] = None,
    to_credit: Annotated[
        bool, typer.Option("--to-credit", help="Add it to the customer's credit.")
    ] = False,
    html: Html = None,
    language: Spoken = None,
    json: show.Json = False,
) -> None:
    """Correct a final invoice with a credit note, in whole or line by line.

    Examples:
        seedbed invoice note 12 --line 2=5.00 --reason "An hour of errors" --to-credit
    """
    lines = None if line is None else dict(map(_line, line))
    with books.opened() as ledger:
        made = ledger.credit_notes.issue(
            _found(ledger, invoice).id,
            lines,
            reason=reason,
            to_credit=to_credit,
            actor=books.actor(),
        )
    say_document(made.body, html, None, language, json=json)


def draft(
    customer: CustomerName,
    *,
    at: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="A day in the period (UTC).")],
    json: show.Json = False,
) -> None:
    """Write the draft of a customer's period that is over, anew if there is one.

    Examples:
        seedbed invoice draft "Acme GmbH" --at 2026-10-15
    """
    with books.of(customer) as (ledger, known):
        made = ledger.invoices.draft(known.id, books.moment(at), actor=books.actor())
    say_list([made], json=json)


def notes(
    customer: Annotated[str | None, typer.Argument(help="Only this customer's.")] = None,
    *,
    invoice: Annotated[
        str | None, typer.Option(help="Only of this invoice: its id (inv_…), or its number.")
    ] = None,
    json: show.Json = False,
) -> None:
    """List credit notes, by number.

    Examples:
        seedbed invoice notes "Acme GmbH"
        seedbed invoice notes --invoice 12
    """
    with books.opened() as ledger:
        known = None if customer is None else books.customer(ledger, customer).id
        of = None if invoice is None else _found(ledger, invoice).id
        found = ledger.credit_notes.list(of, customer_id=known)
    say_notes(found, json=json)


def seller(
    file: Annotated[Path | None, typer.Argument(help="YAML; none shows what is set.")] = None,
    *,
    json: show.Json = False,
) -> None:
    """Set who sends the invoices: name, address, tax_id, pay_by, terms_days, logo, prefix.

    Examples:
        seedbed invoice seller company.yaml
        seedbed invoice seller
    """
    import yaml

    from seedbed.ledger.seller import read

    with books.opened() as ledger:
        if file is not None:
            ledger.sellers.set(read(file), actor=books.actor())
        found = ledger.sellers.get().model_dump(mode="json")
    if json:
        show.emit(found)
        return
    if found["logo"]:
        found["logo"] = f"{found['logo'][:30]}…"
    text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True)
    show.out().print(text, end="", soft_wrap=True)


ACTIONS = {
    **{"list": list_invoices, "preview": preview, "close": close, "show": show_invoice},
    **{
        "draft": draft,
        "finalize": finalize,
        "note": note,
        "notes": notes,
        "try": trying.try_plan,
        "seller": seller,
    },
}


def _found(ledger: Ledger, named: str) -> Invoice:
    if named.isdecimal():
        return ledger.invoices.numbered(int(named))
    return ledger.invoices.get(named)


def _line(typed: str) -> tuple[int, int]:
    position, _, amount = typed.partition("=")
    if not position.isdecimal() or not amount:
        raise typer.BadParameter(f"give a line as POSITION=AMOUNT, such as 2=5.00, not {typed!r}")
    return int(position), books.nanos(amount)
