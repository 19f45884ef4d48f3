"""Credit notes: what corrects a final invoice, in whole or line by line.

A note never takes back more of a line than was asked for. Its tax is the difference that it makes
to the tax on all that has been taken back, so notes for every line give back the whole tax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from seedbed.errors import RecordConflict, RecordMissing, RequestWrong
from seedbed.ledger import audit, numbers
from seedbed.ledger import invoice as records
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.document import FORMAT, line, sealed, summed
from seedbed.ledger.ids import new_id
from seedbed.ledger.invoice import FINAL
from seedbed.ledger.lines import Line, Totals, taxed
from seedbed.ledger.money import minor_step, plain, to_nanos
from seedbed.ledger.plan import Plan
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.billing import credit_entries, credit_notes, invoice_lines, invoices

SERIES = "credit_note"


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note.

    Attributes:
        number: From 1, without gaps.
        amount: Nanos taken back, tax included; above nought.
        body: The document; its amounts are below nought.
        hash: The document's SHA-256.
    """

    id: str
    number: int
    invoice_id: str
    reason: str
    amount: int
    body: Mapping[str, Any]
    hash: str
    at: int


class CreditNotes:
    """The credit notes of a ledger.

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

    def issue(
        self,
        invoice_id: str,
        lines: Mapping[int, int] | None = None,
        *,
        reason: str,
        to_credit: bool = False,
        actor: str = "system",
    ) -> CreditNote:
        """Take back lines of a final invoice.

        Args:
            invoice_id: Of the invoice.
            lines: Nanos by the line's position, before tax where tax comes on top; by default all
                that has not been taken back.
            reason: Printed on the note.
            to_credit: Add the amount to the customer's credit, instead of paying it back.
            actor: Who issues it, for the audit log.

        Raises:
            RecordMissing: there is no such invoice or line.
            RecordConflict: the invoice is a draft, or nothing is left to take back.
            RequestWrong: an amount is not above nought, more than is left of its line, or in parts
                of what the currency is paid in; or there is no reason.
        """
        if not reason.strip():
            raise _wrong("reason", "a reason, which the note prints", "none")
        with self._database.writing() as connection:
            invoice = records.load(connection, invoice_id, lock=True)
            plan = self._plans.by_id(invoice.plan_id, connection).plan
            body = _body(connection, invoice, plan, lines)
            body |= {"reason": reason, "to_credit": to_credit}
            note = self._numbered(connection, invoice, body)
            values = {name: getattr(note, name) for name in CreditNote.__dataclass_fields__}
            connection.execute(credit_notes.insert().values(**values))
            told = {"number": note.number, "invoice": invoice.number, "total": body["total"]}
            audit.append(connection, note.at, actor, "credit_note.issue", note.id, told)
        return note

    def get(self, note_id: str, customer_id: str | None = None) -> CreditNote:
        """Return a credit note; with a customer, only if it is theirs.

        Raises:
            RecordMissing: there is none, or it is another customer's.
        """
        found = [one for one in self.list(customer_id=customer_id) if one.id == note_id]
        if not found:
            raise RecordMissing(
                expected="a credit note", got=repr(note_id), do="See its invoice for its id."
            )
        return found[0]

    def list(
        self, invoice_id: str | None = None, *, customer_id: str | None = None
    ) -> Sequence[CreditNote]:
        """Return the credit notes of an invoice, of a customer, or all, in order."""
        query = select(credit_notes).order_by(credit_notes.c.number)
        if invoice_id is not None:
            query = query.where(credit_notes.c.invoice_id == invoice_id)
        if customer_id is not None:
            query = query.join(invoices).where(invoices.c.customer_id == customer_id)
        with self._database.reading() as connection:
            return [CreditNote(**row._mapping) for row in connection.execute(query)]

    def _numbered(
        self, connection: Connection, invoice: Row[Any], body: dict[str, Any]
    ) -> CreditNote:
        now, amount = self._clock.now(), -to_nanos(body["total"])
        note_id = new_id("note", now)
        if body["to_credit"]:
            account = self._accounts.one(connection, invoice.customer_id)
            account.credit += amount
            self._accounts.save(connection, [account])
            entry = {"id": new_id("crd", now), "customer_id": invoice.customer_id, "at": now}
            entry |= {"kind": "grant", "amount": amount, "reference": note_id}
            connection.execute(credit_entries.insert().values(**entry))
        number = numbers.take(connection, SERIES)
        shown = f"{body['seller']['note_prefix']}{number:06d}"
        whole = body | {"id": note_id, "number": shown, "issued_at": now}
        told = (note_id, number, invoice.id, body["reason"], amount)
        return CreditNote(*told, body=whole, hash=sealed(whole), at=now)


def _body(
    connection: Connection, invoice: Row[Any], plan: Plan, lines: Mapping[int, int] | None
) -> dict[str, Any]:
    """Return the note as a document, but for its number and reason."""
    left, before = _left(connection, invoice)
    asked = _all(left) if lines is None else _some(left, lines, invoice)
    currency = invoice.currency
    taken = [
        Line("credit", row.description, -asked[row.position], details={"of": row.position})
        for row, _ in left
        if row.position in asked
    ]
    base = sum(asked.values())
    tax = taxed(before + base, plan.tax, currency) - taxed(before, plan.tax, currency)
    included = plan.tax is not None and plan.tax.included
    total = base if included else base + tax
    kept = ("seller", "customer", "plan", "period", "currency")
    return {
        **{"format": FORMAT, "kind": "credit_note", "status": FINAL},
        "invoice": {"id": invoice.id, "number": invoice.body["number"]},
        **{key: invoice.body[key] for key in kept},
        "lines": [line(i, one, plan) for i, one in enumerate(taken, 1)],
        **summed(Totals(tax - total, -tax, -total), plan.tax, currency),
    }


def _left(connection: Connection, invoice: Row[Any]) -> tuple[list[tuple[Row[Any], int]], int]:
    """Return the lines with what is left of each, and what was taken back before, in nanos."""
    if invoice.status != FINAL:
        raise RecordConflict(
            expected="a final invoice",
            got="a draft",
            do="Leave it: until it is final, a draft is written again from the calls.",
        )
    gone: dict[int, int] = {}
    notes = select(credit_notes.c.body).where(credit_notes.c.invoice_id == invoice.id)
    for body in connection.execute(notes).scalars():
        for one in body["lines"]:
            position = one["details"]["of"]
            gone[position] = gone.get(position, 0) - to_nanos(one["amount"])
    query = select(invoice_lines).where(invoice_lines.c.invoice_id == invoice.id)
    rows = connection.execute(query.order_by(invoice_lines.c.position)).all()
    return [(row, row.amount - gone.get(row.position, 0)) for row in rows], sum(gone.values())


def _all(left: Sequence[tuple[Row[Any], int]]) -> dict[int, int]:
    asked = {row.position: amount for row, amount in left if amount}
    if sum(asked.values()) > 0:
        return asked
    raise RecordConflict(
        expected="an invoice of which something is left to take back",
        got="nothing left",
        do="See its credit notes: seedbed invoice show.",
    )


def _some(
    left: Sequence[tuple[Row[Any], int]], lines: Mapping[int, int], invoice: Row[Any]
) -> dict[int, int]:
    amounts = {row.position: amount for row, amount in left}
    currency = invoice.currency
    for position, amount in lines.items():
        if position not in amounts:
            raise RecordMissing(
                expected=f"a line from 1 to {len(amounts)}",
                got=str(position),
                do=f"See the lines: seedbed invoice show {invoice.id}.",
            )
        most = plain(amounts[position], currency)
        if not 0 < amount <= amounts[position] or amount % minor_step(currency):
            expected = f"above nought, at most {most}, in what {currency} is paid in"
            raise _wrong(f"line {position}", expected, plain(amount, currency))
    if not lines:
        raise _wrong("lines", "one line or more", "none")
    return dict(lines)


def _wrong(where: str, expected: str, got: str) -> RequestWrong:
    return RequestWrong(expected=expected, got=got, do="Correct it.", where=where)
