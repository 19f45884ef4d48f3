"""`seedbed invoice try`: a year of a plan in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seedbed.cli import books, show
from seedbed.cli.invoice_shown import amount, period, told


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
        show.emit([told(one) for one in found])
        return
    table = show.table("period", "lines", "tax", "total", right=("tax", "total"))
    for one in found:
        lines = ", ".join(f"{line['kind']} {line['amount']}" for line in one.body["lines"])
        table.add_row(period(one), lines, one.body["tax"], one.body["total"])
    total = sum(one.total for one in found)
    show.out().print(table)
    show.out().print(f"The year: {amount(total, found[0].currency)}" if found else "Nothing.")


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
