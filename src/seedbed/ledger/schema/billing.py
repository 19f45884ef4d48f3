"""Plans, credit, invoices and what corrects them.

Published plans, sellers' details, final invoices with their lines and calls, and credit notes do
not change any more: `triggers.py` has both databases refuse it.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, event, text
from sqlalchemy import UniqueConstraint as Unique

from seedbed.ledger.schema import triggers
from seedbed.ledger.schema.base import WHOLE, identifier, metadata, moment, money
from seedbed.ledger.schema.calls import calls

plans = Table(
    "plans",
    metadata,
    identifier(),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    moment("made_at"),
    Unique("name", "version"),
)

sellers = Table(
    "sellers",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    moment("set_at"),
)
"""Who sends the invoices, as set from time to time; the highest version counts."""

credit_entries = Table(
    "credits",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("kind", String, nullable=False),
    money("amount"),
    moment("at"),
    Column("reference", String),
    Column("note", Text),
    Unique("customer_id", "kind", "reference"),
    Index("ix_credits_customer_id_at", "customer_id", "at"),
)
"""Entries of credit, signed. Those of kind `drawn` sum up what invoiced calls drew."""

invoices = Table(
    "invoices",
    metadata,
    identifier(),
    Column("number", Integer, unique=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("subscription_id", ForeignKey("subscriptions.id"), nullable=False),
    Column("plan_id", ForeignKey("plans.id"), nullable=False),
    moment("period_start"),
    moment("period_end"),
    Column("status", String, nullable=False),
    Column("currency", String, nullable=False),
    money("subtotal"),
    money("tax"),
    money("total"),
    money("due"),
    Column("body", JSON, nullable=False),
    Column("hash", String),
    Column("taken", WHOLE, nullable=False),
    moment("made_at"),
    moment("final_at", nullable=True),
    Unique("subscription_id", "period_start"),
    Index("ix_invoices_customer_id_period_start", "customer_id", "period_start"),
)
"""`taken` counts the calls that the invoice has taken; `body` is the whole document."""

invoice_lines = Table(
    "invoice_lines",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("description", JSON, nullable=False),
    Column("charge", Integer),
    Column("units", WHOLE),
    money("unit_price", nullable=True),
    money("amount"),
    Column("details", JSON, nullable=False),
)

credit_notes = Table(
    "credit_notes",
    metadata,
    identifier(),
    Column("number", Integer, nullable=False, unique=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    money("amount"),
    Column("body", JSON, nullable=False),
    Column("hash", String, nullable=False),
    moment("at"),
)

numbers = Table(
    "numbers",
    metadata,
    Column("series", String, primary_key=True),
    Column("last", WHOLE, nullable=False),
)
"""The last number of each series (invoices, credit notes, audit); its row is the series' lock."""
_UNBILLED = text("(status = 'answered' OR price != 0) AND invoice_id IS NULL")
Index(
    "ix_calls_unbilled",
    calls.c.subscription_id,
    calls.c.at,
    sqlite_where=_UNBILLED,
    postgresql_where=_UNBILLED,
)

event.listen(metadata, "after_create", triggers.create)
