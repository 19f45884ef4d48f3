"""Every call, what became of it, and what is kept of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from seedbed.ledger.schema.base import WHOLE, identifier, metadata, moment, money

FREE = ("refused", "failed", "cancelled", "replayed", "shadow")
"""What becomes of a call that costs nothing."""

STATUSES = ("reserved", "answered", *FREE)
"""What can become of a call."""

calls = Table(
    "calls",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id")),
    Column("key_id", String),
    Column("subscription_id", String),
    Column("plan_id", String),
    Column("charge", Integer),
    Column("release", String, nullable=False),
    Column("number", Integer),
    Column("verb", String, nullable=False),
    Column("route", String, nullable=False),
    Column("alias", String),
    Column("engine", String),
    Column("status", String, nullable=False),
    Column("reason", Text),
    Column("rows", Integer, nullable=False),
    Column("tokens", WHOLE, nullable=False),
    Column("compute_us", WHOLE, nullable=False),
    Column("units", WHOLE, nullable=False),
    money("price"),
    moment("at"),
    moment("ended_at", nullable=True),
    Column("latency_us", WHOLE, nullable=False),
    Column("instance_id", String),
    Column("idempotency_key", String),
    Column("replay_of", String),
    Column("invoice_id", ForeignKey("invoices.id")),
    Index("ix_calls_customer_id_id", "customer_id", "id"),
    Index("ix_calls_customer_id_at", "customer_id", "at"),
)
"""While a call is under way `units` are those reserved for it; then those that it is charged."""


def _where(condition: ColumnElement[bool]) -> dict[str, Any]:
    """Return what limits an index to some rows, so that the others need not pay for it."""
    return {"sqlite_where": condition, "postgresql_where": condition}


_RESERVED = calls.c.status == "reserved"
Index("ix_calls_reserved", calls.c.instance_id, **_where(_RESERVED))
_BILLED = calls.c.invoice_id.is_not(None)
Index("ix_calls_invoice_id", calls.c.invoice_id, calls.c.id, **_where(_BILLED))

replays = Table(
    "replays",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("idempotency_key", String, primary_key=True),
    Column("call_id", String, nullable=False),
    Column("body_hash", String, nullable=False),
    Column("route", String, nullable=False),
    Column("state", String, nullable=False),
    Column("status_code", Integer),
    Column("headers", JSON(none_as_null=True)),
    Column("body", LargeBinary),
    moment("made_at"),
    moment("expires_at", index=True),
)
"""What was answered to a request with an Idempotency-Key; `state` is `running` or `answered`."""

instances = Table(
    "instances",
    metadata,
    identifier(),
    moment("started_at"),
    moment("beat_at"),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", String, nullable=False),
)
"""The processes that reserve; `born` tells a process from a later one of the same number."""

days = Table(
    "days",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("day", WHOLE, primary_key=True, autoincrement=False),
    Column("token", String, nullable=False),
    Column("totals", JSON(none_as_null=True)),
)
"""What a customer's calls of a day (since 1970, UTC) add up to; nothing while they are counted.
`days.py` writes it, and `triggers.py` forgets it where one of the calls changes."""

texts = Table(
    "texts",
    metadata,
    Column("call_id", ForeignKey("calls.id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("inputs", JSON, nullable=False),
    Column("answers", JSON, nullable=False),
    moment("expires_at", index=True),
)

feedback = Table(
    "feedback",
    metadata,
    identifier(),
    Column("call_id", ForeignKey("calls.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("verdict", String, nullable=False),
    Column("correct", JSON(none_as_null=True)),
    Column("comment", Text),
    moment("at"),
    UniqueConstraint("call_id", "row"),
)

comparisons = Table(
    "comparisons",
    metadata,
    Column("call_id", ForeignKey("calls.id"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("release", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("other", Integer, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("ours", JSON, nullable=False),
    Column("theirs", JSON, nullable=False),
    moment("at"),
    moment("expires_at", nullable=True, index=True),
    Index("ix_comparisons_release_number_other", "release", "number", "other"),
)
"""What two releases answered to the same row: `number` the caller, `other` nobody. Answers that
were written expire with the customer's texts; others are kept as long as their call."""
