"""How a period becomes an invoice, in steps that any number of processes may take at once.

1. A draft's row is made. Its id follows from the subscription and the period, so there is one.
2. The draft takes the period's calls, some at a time: each takes part in one invoice, ever.
3. What the calls taken add up to is read, and in one transaction written: as a draft, which may be
   written again, or as final, with the next number. If calls were taken in between, it is read
   again. Every step locks the invoice's row and looks whether it is still a draft.

A crash between two steps leaves a draft that the next attempt goes on with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, update

from seedbed.ledger import audit, counting, numbers
from seedbed.ledger import invoice as records
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Clock
from seedbed.ledger.contents import Reader
from seedbed.ledger.database import Database
from seedbed.ledger.document import Content, Sums, body, sealed, sums
from seedbed.ledger.invoice import FINAL
from seedbed.ledger.schema.billing import credit_entries, invoice_lines, invoices
from seedbed.ledger.terms import Term

SERIES = "invoice"


class Closing:
    """Writes invoices."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    def write(self, term: Term, *, final: bool, actor: str) -> tuple[str, bool]:
        """Write the invoice of a term; return its id, and whether it was written.

        Args:
            term: What it is for. It must be over.
            final: Make it final; else a draft is written, anew if there is one.
            actor: Who does it, for the audit log. Drafts that Seedbed writes by itself, hour by
                hour, are not in it.

        Returns:
            False beside the id if the invoice was final before: then it is left as it is.
        """
        invoice_id = self._begin(term)
        while self._take(invoice_id, term):
            pass
        while (written := self._written(invoice_id, term, final=final, actor=actor)) is None:
            pass  # another process has taken calls meanwhile
        return invoice_id, written

    def _begin(self, term: Term) -> str:
        held, plan = term.subscription, term.subscription.plan
        invoice_id = records.id_of(held.id, term.period[0])
        zeros = dict.fromkeys(("subtotal", "tax", "total", "due", "taken"), 0)
        with self._database.writing() as connection:
            row = numbers.insert(connection, invoices).values(
                id=invoice_id,
                customer_id=term.customer_id,
                subscription_id=held.id,
                plan_id=held.plan_id,
                period_start=term.period[0],
                period_end=term.period[1],
                status="draft",
                currency=plan.currency,
                body={},
                made_at=self._clock.now(),
                **zeros,
            )
            connection.execute(row.on_conflict_do_nothing())
        return invoice_id

    def _written(self, invoice_id: str, term: Term, *, final: bool, actor: str) -> bool | None:
        """Read and write what the calls taken come to; None if more were taken in between."""
        with self._database.reading() as connection:
            taken = records.load(connection, invoice_id).taken
            content = Reader(connection, self._accounts, term).content(invoice_id)
        with self._database.writing() as connection:
            row = records.load(connection, invoice_id, lock=True)
            if row.status == FINAL:
                return False
            if row.taken != taken:
                return None
            if final:
                self._close(connection, row, content, actor)
            else:
                self._draft(connection, row, content, actor)
        return True

    def _take(self, invoice_id: str, term: Term) -> int:
        with self._database.writing() as connection:
            if records.load(connection, invoice_id, lock=True).status == FINAL:
                return 0
            # The writer holds this lock too: it takes no charge back of a call that is taken here.
            self._accounts.one(connection, term.customer_id)
            held = term.subscription.id
            return counting.take(connection, invoice_id, held, before=term.period[1])

    def _draft(self, connection: Connection, row: Row[Any], content: Content, actor: str) -> None:
        document = body(content)
        _write(connection, content, {"body": document})
        if actor != audit.SYSTEM:
            told = {"customer": row.customer_id, "total": document["total"]}
            audit.append(connection, self._clock.now(), actor, "invoice.draft", row.id, told)

    def _close(self, connection: Connection, row: Row[Any], content: Content, actor: str) -> None:
        account = self._accounts.one(connection, row.customer_id)
        if content.plan.payment == "postpaid":
            content = replace(content, available=max(0, account.credit - account.held))
        found, now = sums(content), self._clock.now()
        if content.plan.payment == "postpaid" and found.paid:
            account.credit -= found.paid
            self._accounts.save(connection, [account])
        _draw(connection, content, found, now)
        number = numbers.take(connection, SERIES)
        document = body(content, number=number, at=now)
        final = {"number": number, "body": document, "hash": sealed(document)}
        _write(connection, content, final | {"final_at": now, "status": FINAL})
        told = {"number": number, "total": document["total"], "hash": final["hash"]}
        audit.append(connection, now, actor, "invoice.final", row.id, told)


def _write(connection: Connection, content: Content, values: dict[str, Any]) -> None:
    found = sums(content)
    gone = delete(invoice_lines).where(invoice_lines.c.invoice_id == content.id)
    connection.execute(gone)
    rows = [
        {
            **{"invoice_id": content.id, "position": i, "kind": line.kind},
            **{"description": dict(line.description), "charge": line.charge},
            **{"units": line.units, "unit_price": line.unit_price, "amount": line.amount},
            "details": dict(line.details),
        }
        for i, line in enumerate(content.lines, 1)
    ]
    if rows:
        connection.execute(invoice_lines.insert(), rows)
    asked = {"subtotal": found.totals.subtotal, "tax": found.totals.tax}
    asked |= {"total": found.totals.total, "due": found.due}
    change = update(invoices).where(invoices.c.id == content.id)
    connection.execute(change.values(**asked, **values))


def _draw(connection: Connection, content: Content, found: Sums, now: int) -> None:
    """Enter into the credit's statement what the invoice's calls drew, or what paid it."""
    if content.credit is not None:
        amount, at = content.credit.drawn, content.period[1]
    else:
        amount, at = found.paid, now
    if amount:
        entry = {"id": f"crd_{content.id}", "customer_id": content.customer["id"], "at": at}
        entry |= {"kind": "drawn", "amount": -amount, "reference": content.id}
        connection.execute(credit_entries.insert().values(**entry))
