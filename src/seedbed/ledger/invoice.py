"""An invoice as the ledger keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from seedbed.errors import RecordMissing
from seedbed.ledger.schema.billing import invoices

FINAL = "final"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A draft or a final invoice.

    Attributes:
        number: From 1, without gaps; None while it is a draft.
        period_start: In µs.
        period_end: In µs, the first moment that is no longer in it.
        status: `draft` or `final`.
        subtotal: Nanos before tax; `tax`, `total` and `due` (what credit has not paid) likewise.
        body: The document.
        hash: Its SHA-256 once it is final.
    """

    id: str
    number: int | None
    customer_id: str
    subscription_id: str
    plan_id: str
    period_start: int
    period_end: int
    status: str
    currency: str
    subtotal: int
    tax: int
    total: int
    due: int
    body: Mapping[str, Any]
    hash: str | None
    made_at: int
    final_at: int | None


def id_of(subscription_id: str, period_start: int) -> str:
    """Return the id of the invoice for a subscription's period: there can be no other."""
    told = f"{subscription_id}\n{period_start}".encode()
    return f"inv_{hashlib.sha256(told).hexdigest()[:26]}"


def load(connection: Connection, invoice_id: str, *, lock: bool = False) -> Row[Any]:
    """Return an invoice's row, locked until the transaction's end where asked.

    Raises:
        RecordMissing: there is none.
    """
    query = select(invoices).where(invoices.c.id == invoice_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise missing(invoice_id)
    return row


def missing(invoice_id: str) -> RecordMissing:
    """Return the error that there is no such invoice, or that it is another customer's."""
    return RecordMissing(
        expected="an invoice",
        got=repr(invoice_id),
        do="List them: seedbed invoice list.",
    )


def made(row: Row[Any]) -> Invoice:
    """Return a row of `invoices` as an `Invoice`."""
    names = Invoice.__dataclass_fields__
    return Invoice(**{name: getattr(row, name) for name in names})
