"""`seedbed feedback`: what customers say of their answers."""

from __future__ import annotations

from typing import Annotated

import typer

from seedbed.cli import books, show


def feedback(
    customer: Annotated[
        str | None, typer.Argument(help="The customer's name or id; everybody's if left out.")
    ] = None,
    *,
    before: Annotated[
        str | None, typer.Option(help="Go on behind this id, the last that was listed.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most rows.")] = 50,
    json: show.Json = False,
) -> None:
    """List what customers say of their answers: what was right, what was wrong.

    Examples:
        seedbed feedback
        seedbed feedback "Acme GmbH" --limit 200
    """
    with books.opened() as ledger:
        known = None if customer is None else books.customer(ledger, customer).id
        found = ledger.feedback.list(known, before=before, limit=limit)
    if json:
        show.emit([books.told(one) for one in found])
        return
    from seedbed.ledger.audit import canonical

    table = show.table("id", "when", "call", "row", "verdict", "correct", "comment", right=("row",))
    for one in found:
        correct = "" if one.correct is None else canonical(one.correct)
        said = (str(one.row), one.verdict, correct, one.comment or "")
        table.add_row(one.id, books.when(one.at), one.call_id, *said)
    show.out().print(table)
