"""`seedbed audit`: who did what, and whether the log is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from seedbed.cli import books, show


def audit(context: typer.Context, *, json: show.Json = False) -> None:
    """List who did what, and verify that no row of it was altered.

    Examples:
        seedbed audit
        seedbed audit list --action key.revoke
        seedbed audit verify
    """
    if books.alone(context, json=json):
        list_audit(json=json)


def list_audit(
    *,
    subject: Annotated[str | None, typer.Option(help="Only what was done to this id.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this, such as key.revoke.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most rows.")] = 50,
    json: show.Json = False,
) -> None:
    """List the newest rows, newest first.

    Examples:
        seedbed audit list --action invoice.final --limit 10
    """
    from seedbed.ledger.audit import canonical

    with books.opened() as ledger:
        found = ledger.audit.list(subject=subject, action=action, limit=limit)
    if json:
        show.emit([books.told(entry) for entry in found])
        return
    table = show.table("row", "when", "who", "what", "to what", "details", right=("row",))
    for entry in found:
        details = canonical(entry.details) if entry.details else ""
        table.add_row(
            str(entry.seq),
            books.when(entry.at),
            entry.actor,
            entry.action,
            entry.subject,
            details,
        )
    show.out().print(table)


def verify(
    *,
    head: Annotated[
        str | None, typer.Option(help="A hash that this printed earlier, kept elsewhere.")
    ] = None,
    json: show.Json = False,
) -> None:
    """Verify the whole log, and print its last row's hash: keep that elsewhere.

    Examples:
        seedbed audit verify
        seedbed audit verify --head 9f2c…
    """
    from seedbed.errors import AuditBroken

    with books.opened() as ledger:
        broken = ledger.audit.verify(head)
        rows, last = ledger.audit.head()
    if broken is not None:
        raise AuditBroken(
            expected=f"row {broken.seq} to follow from the row before it",
            got=broken.why,
            do="Keep the database as it is, and compare it with your last backup.",
            where=f"row {broken.seq}",
        )
    if json:
        show.emit({"rows": rows, "whole": True, "head": last})
    else:
        show.out().print(f"{rows:,} rows, none altered.")
        show.out().print(last)


ACTIONS = {"list": list_audit, "verify": verify}
