"""`seedbed invoice`: what customers are asked to pay."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, show

if TYPE_CHECKING:
    from seedbed.ledger.invoice import Invoice
    from seedbed.ledger.ledger import Ledger

InvoiceId = Annotated[str, typer.Argument(help="The invoice's id (inv_…), or its number.")]


class Language(StrEnum):
    """Of a page or a table."""

    en = "en"
    zh = "zh"


Html = Annotated[Path | None, typer.Option("--html", help="Write the page to this file.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the lines to this file.")]
Spoken = Annotated[Language | None, typer.Option(help="By default the customer's.")]


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
    _list(found, json=json)


def preview(
    customer: Annotated[str, typer.Argument(help="The customer's name or id.")],
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
    with books.opened() as ledger:
        document = ledger.invoices.preview(books.customer(ledger, customer).id)
    _show(document, html, csv, language, json=json)


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
    _list(found, json=json)
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
            _write_calls(ledger, document, calls)
    _show(document, html, csv, language, json=json)


def finalize(invoice: InvoiceId, *, json: show.Json = False) -> None:
    """Make a draft final: it gets its number, and never changes again.

    Examples:
        seedbed invoice finalize inv_5f2c0a1b2c3d4e5f6a7b8c9d0e
    """
    with books.opened() as ledger:
        made = ledger.invoices.finalize(_found(ledger, invoice).id, actor=books.actor())
    _list([made], json=json)


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
    _show(made.body, html, None, language, json=json)


def try_plan(
    plan: Annotated[str, typer.Argument(help="A plan's file, its name, or an example's name.")],
    *,
    monthly: Annotated[
        int, typer.Option(min=0, help="Answers, tokens or seconds of compute each month.")
    ],
    release: Annotated[str | None, typer.Option(help="Which release is called.")] = None,
    json: show.Json = False,
) -> None:
    """Try a year of a plan in a second: its invoices, from the real parts and a moved clock.

    Examples:
        seedbed invoice try starter --monthly 20000
        seedbed invoice try plan.yaml --monthly 1000000 --json
    """
    from seedbed.ledger.trial import year

    with show.progress("Trying a year"):
        found = year(_plan(plan), monthly, release=release)
    if json:
        show.emit([_told(one) for one in found])
        return
    table = show.table("period", "lines", "tax", "total", right=("tax", "total"))
    for one in found:
        lines = ", ".join(f"{line['kind']} {line['amount']}" for line in one.body["lines"])
        table.add_row(_period(one), lines, one.body["tax"], one.body["total"])
    total = sum(one.total for one in found)
    show.out().print(table)
    show.out().print(f"The year: {_amount(total, found[0].currency)}" if found else "Nothing.")


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
    **{"finalize": finalize, "note": note, "try": try_plan, "seller": seller},
}


def _found(ledger: Ledger, named: str) -> Invoice:
    if named.isdecimal():
        return ledger.invoices.numbered(int(named))
    return ledger.invoices.get(named)


def _plan(named: str) -> Any:
    from seedbed.errors import RecordMissing
    from seedbed.ledger import plan_file

    if Path(named).is_file():
        return plan_file.read(named)
    with books.opened() as ledger:
        try:
            return ledger.plans.get(named).plan
        except RecordMissing:
            return plan_file.parse(plan_file.example(named), where=named)


def _line(typed: str) -> tuple[int, int]:
    position, _, amount = typed.partition("=")
    if not position.isdecimal() or not amount:
        raise typer.BadParameter(f"give a line as POSITION=AMOUNT, such as 2=5.00, not {typed!r}")
    return int(position), books.nanos(amount)


def _write_calls(ledger: Ledger, document: Mapping[str, Any], path: Path) -> None:
    from seedbed.home import written_aside
    from seedbed.ledger.invoice_page import calls_csv
    from seedbed.ledger.usage import Wanted

    rows = ledger.usage.every(Wanted(invoice_id=document["id"]))
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        file.writelines(calls_csv(rows, document["currency"]))
    show.err().print(f"{path}: written", soft_wrap=True)


def _show(
    document: Mapping[str, Any],
    html: Path | None,
    csv: Path | None,
    language: Language | None,
    *,
    json: bool,
) -> None:
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


def _list(found: Any, *, json: bool) -> None:
    if json:
        show.emit([_told(one) for one in found])
        return
    right = ("total", "due")
    table = show.table("number", "id", "customer", "period", "status", *right, right=right)
    for one in found:
        table.add_row(
            one.body["number"] or "",
            one.id,
            one.body["customer"]["name"],
            _period(one),
            one.status,
            _amount(one.total, one.currency),
            _amount(one.due, one.currency),
        )
    show.out().print(table)


def _period(one: Invoice) -> str:
    return f"{books.when(one.period_start)[:10]} to {books.when(one.period_end)[:10]}"


def _told(one: Invoice) -> dict[str, Any]:
    found = books.told(one)
    return {key: value for key, value in found.items() if key != "body"} | {
        "customer": one.body["customer"]["name"]
    }


def _amount(nanos: int, currency: str) -> str:
    from seedbed.ledger.money import shown

    return shown(nanos, currency)
