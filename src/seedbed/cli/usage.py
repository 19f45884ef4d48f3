"""`seedbed usage`: what was called, and what it cost."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, show

if TYPE_CHECKING:
    from seedbed.ledger.ledger import Ledger
    from seedbed.ledger.usage import Wanted


class By(StrEnum):
    """What usage is added up by."""

    day = "day"
    release = "release"
    status = "status"
    verb = "verb"
    key_id = "key_id"


def usage(
    customer: Annotated[
        str | None, typer.Argument(help="The customer's name or id; everybody's if left out.")
    ] = None,
    *,
    by: Annotated[list[By] | None, typer.Option(help="Add up by this; repeat it.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Before this day (UTC).")
    ] = None,
    release: Annotated[str | None, typer.Option(help="Only of this release.")] = None,
    status: Annotated[str | None, typer.Option(help="Only calls that ended so.")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="List the newest calls.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most calls to list.")] = 50,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write all these calls to a file.")
    ] = None,
    json: show.Json = False,
) -> None:
    """Show what was called and what it cost, by day or by call.

    Examples:
        seedbed usage "Acme GmbH" --since 2026-01-01 --until 2026-02-01
        seedbed usage --by release --by status
        seedbed usage "Acme GmbH" --calls --status failed
        seedbed usage "Acme GmbH" --csv calls.csv
    """
    from seedbed.ledger.usage import Wanted

    with books.opened() as ledger:
        known = None if customer is None else books.customer(ledger, customer)
        wanted = Wanted(
            customer_id=known.id if known else None,
            since=books.moment(since),
            until=books.moment(until),
            release=release,
            status=status,
        )
        if csv is not None:
            _write(ledger, wanted, known.currency if known else "USD", csv)
        elif calls:
            _list(ledger.usage.calls(wanted, limit=limit), json=json)
        else:
            names: list[Any] = [one.value for one in by or [By.day]]
            _total(ledger.usage.totals(wanted, names), names, json=json)


def _write(ledger: Ledger, wanted: Wanted, currency: str, path: Path) -> None:
    from seedbed.home import written_aside
    from seedbed.ledger.invoice_page import calls_csv

    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        file.writelines(calls_csv(ledger.usage.every(wanted), currency))
    show.err().print(f"{path}: written", soft_wrap=True)


def _list(found: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        show.emit([books.told(call) for call in found])
        return
    right = ("rows", "units", "price", "ms")
    table = show.table("call", "when", "release", "status", *right, right=right)
    for call in found:
        said = f"{call['status']}: {call['reason']}" if call["reason"] else call["status"]
        table.add_row(
            call["id"],
            books.when(call["at"]),
            f"{call['release']}/{call['number']}" if call["number"] else call["release"],
            said,
            f"{call['rows']:,}",
            f"{call['units']:,}",
            books.told(call)["price"],
            f"{call['latency_us'] // 1000:,}",
        )
    show.out().print(table)


def _total(found: list[dict[str, Any]], by: list[Any], *, json: bool) -> None:
    if json:
        show.emit([books.told(row) for row in found])
        return
    right = ("calls", "rows", "tokens", "units", "price")
    table = show.table(*by, *right, right=right)
    for row in found:
        counts = (f"{row[name]:,}" for name in right[:-1])
        table.add_row(*(str(row[name]) for name in by), *counts, books.told(row)["price"])
    show.out().print(table)
