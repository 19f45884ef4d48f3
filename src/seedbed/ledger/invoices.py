"""Invoices: previewed at any moment, drafted when a period is over, final after a while of grace.

A final invoice has a number and does not change. What comes to light after it goes to the next one
as a line of its own; what was wrong is corrected by a credit note.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, select, tuple_

from seedbed.errors import InvoiceFinal, LedgerUnavailable, RecordConflict, RecordMissing
from seedbed.ledger import counting, document, words
from seedbed.ledger import invoice as records
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.audit import SYSTEM
from seedbed.ledger.clock import Clock
from seedbed.ledger.closing import Closing
from seedbed.ledger.contents import Reader
from seedbed.ledger.database import Database
from seedbed.ledger.days import Days
from seedbed.ledger.due import Due
from seedbed.ledger.invoice import Invoice
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.billing import invoice_lines, invoices
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.terms import Term

log = logging.getLogger(__name__)

GRACE = 3_600_000_000
"""How long (µs) a period's invoice stays a draft: time for the last calls, and for a look at it."""


class Invoices:
    """The invoices of a ledger.

    Args:
        database: Of the ledger.
        accounts: Loads and saves accounts.
        clock: Tells the time.
    """

    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._plans = Plans(database, clock)
        self._days = Days(database)
        self._closing = Closing(database, accounts, clock)

    def preview(self, customer_id: str, now: int | None = None) -> dict[str, Any]:
        """Return the document that the period under way comes to so far; it is not kept.

        Raises:
            RecordMissing: there is no such customer, or it has no plan.
        """
        at = self._clock.now() if now is None else now
        with self._database.reading() as connection:
            term = Due(connection, self._accounts, self._plans).current(customer_id, at)
        self._days.count(customer_id, *term.period)
        with self._database.reading() as connection:
            content = Reader(connection, self._accounts, term).content()
        return document.body(content) | {"status": "preview"}

    def draft(self, customer_id: str, at: int, *, actor: str = SYSTEM) -> Invoice:
        """Write the draft for the period that a moment lies in, anew if there is one.

        Args:
            customer_id: Whose.
            at: The moment, in µs.
            actor: Who asks for it, for the audit log.

        Raises:
            RecordMissing: the customer had no plan then.
            RecordConflict: the period is not over; `preview` shows what it comes to.
            InvoiceFinal: the invoice is final.
        """
        with self._database.reading() as connection:
            term = Due(connection, self._accounts, self._plans).current(customer_id, at)
        _check_over(term, self._clock.now())
        invoice_id, written = self._closing.write(term, final=False, actor=actor)
        if not written:
            raise InvoiceFinal(
                expected="a draft",
                got=f"{invoice_id}, which is final",
                do="Correct it with a credit note: seedbed invoice note.",
            )
        return self.get(invoice_id)

    def finalize(self, invoice_id: str, *, actor: str = SYSTEM) -> Invoice:
        """Make a draft final: it takes what calls there are, gets its number, and never changes.

        One that is final already is returned as it is.

        Raises:
            RecordMissing: there is no such invoice.
        """
        with self._database.reading() as connection:
            term = Due(connection, self._accounts, self._plans).of_invoice(
                records.load(connection, invoice_id)
            )
        self._closing.write(term, final=True, actor=actor)
        return self.get(invoice_id)

    def close_due(
        self,
        now: int | None = None,
        *,
        customer_id: str | None = None,
        grace: int = GRACE,
        actor: str = SYSTEM,
    ) -> list[Invoice]:
        """Write the invoices of all periods that are over, however many were missed.

        One that cannot be written is logged and stops no other; its error is raised at the end.

        Args:
            now: The moment; by default the clock's.
            customer_id: Close this customer's alone.
            grace: Microseconds after a period's end during which its invoice stays a draft.
            actor: Who closes, for the audit log.

        Returns:
            The invoices that were written, drafts among them, by customer and period.

        Raises:
            LedgerUnavailable: the database is locked, full or away; some may be written already.
        """
        at = self._clock.now() if now is None else now
        terms: list[Term] = []
        made: list[Invoice] = []
        failed: list[Exception] = []
        with self._database.reading() as connection:
            due = Due(connection, self._accounts, self._plans)
            for row in due.begun(at, customer_id=customer_id):
                with _set_aside(failed, row.customer_id):
                    terms.extend(due.first(row, at))
        for term in terms:
            with _set_aside(failed, term.customer_id):
                made.extend(self._closed(term, at, grace, actor))
        if failed:
            raise failed[0]
        return made

    def get(self, invoice_id: str, customer_id: str | None = None) -> Invoice:
        """Return an invoice; with a customer, only if it is theirs.

        Raises:
            RecordMissing: there is none, or it is another customer's.
        """
        with self._database.reading() as connection:
            row = records.load(connection, invoice_id)
        if customer_id is not None and row.customer_id != customer_id:
            raise records.missing(invoice_id)
        return records.made(row)

    def numbered(self, number: int) -> Invoice:
        """Return a final invoice by its number.

        Raises:
            RecordMissing: there is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(invoices).where(invoices.c.number == number)).first()
        if row is None:
            raise records.missing(str(number))
        return records.made(row)

    def list(
        self,
        customer_id: str | None = None,
        *,
        status: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Invoice]:
        """Return invoices, the latest period first; `before` goes on from an earlier answer.

        Args:
            customer_id: Whose; all if left out.
            status: `draft` or `final`; both if left out.
            before: The id that an earlier answer ended with.
            limit: How many at most.

        Raises:
            RecordMissing: there is no invoice of the id `before`, or it is another customer's.
        """
        place = tuple_(invoices.c.period_start, invoices.c.id)  # many periods begin together
        query = select(invoices).order_by(invoices.c.period_start.desc(), invoices.c.id.desc())
        for column, value in ((invoices.c.customer_id, customer_id), (invoices.c.status, status)):
            query = query if value is None else query.where(column == value)
        if before is not None:
            last = self.get(before, customer_id)
            query = query.where(place < (last.period_start, last.id))
        with self._database.reading() as connection:
            return [records.made(row) for row in connection.execute(query.limit(limit))]

    def calls(
        self, invoice_id: str, position: int | None = None, *, after: str = "", limit: int = 1000
    ) -> Sequence[Row[Any]]:
        """Return the calls that an invoice, or one of its lines, is made of, ordered by id.

        Args:
            invoice_id: Of the invoice.
            position: Of the line; all lines by default.
            after: The last id of an earlier answer.
            limit: How many at most.

        Raises:
            RecordMissing: there is no such invoice or line.
        """
        with self._database.reading() as connection:
            row = records.load(connection, invoice_id)
            query = select(calls).where(calls.c.invoice_id == invoice_id, calls.c.id > after)
            if position is not None:
                query = query.where(_of_line(connection, row, position))
            return connection.execute(query.order_by(calls.c.id).limit(limit)).all()

    def _closed(self, term: Term, at: int, grace: int, actor: str) -> Iterator[Invoice]:
        """Close a subscription's terms one after the other, up to one that is still in grace."""
        following = [term]
        while following:
            final = following[0].period[1] + grace <= at
            invoice_id, _ = self._closing.write(following[0], final=final, actor=actor)
            yield self.get(invoice_id)
            if not final:
                return
            with self._database.reading() as connection:
                due = Due(connection, self._accounts, self._plans)
                rows = due.begun(at, subscription_id=term.subscription.id)
                following = [one for row in rows for one in due.first(row, at)]


@contextmanager
def _set_aside(failed: list[Exception], customer: str) -> Iterator[None]:
    """Log and keep what goes wrong with one customer's invoice, but where the database is away."""
    try:
        yield
    except LedgerUnavailable:
        raise
    except Exception as cause:
        log.exception("an invoice of %s cannot be written; the others are", customer)
        failed.append(cause)


def _check_over(term: Term, now: int) -> None:
    if term.period[1] > now:
        raise RecordConflict(
            expected=f"a period that is over; this one ends on {words.date(term.period[1], 'en')}",
            got="one that is under way",
            do="See what it comes to so far: seedbed invoice preview.",
        )


def _of_line(connection: Connection, invoice: Row[Any], position: int) -> ColumnElement[bool]:
    """Return the condition that a call of an invoice is part of one line."""
    query = select(invoice_lines).where(
        invoice_lines.c.invoice_id == invoice.id, invoice_lines.c.position == position
    )
    line = connection.execute(query).first()
    if line is None:
        raise RecordMissing(
            expected=f"a line of {invoice.id}", got=f"{position}", do="Lines count from 1."
        )
    if line.kind not in ("usage", "late"):
        return false()
    start = line.details.get("period_start", invoice.period_start)
    end = line.details.get("period_end", invoice.period_end)
    return and_(calls.c.charge.is_not_distinct_from(line.charge), counting.within(start, end))
