"""Which number of a release answers whom, and how that came about."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table, Text

from seedbed.ledger.schema.base import identifier, metadata, moment

aliases = Table(
    "aliases",
    metadata,
    Column("release", String, primary_key=True),
    Column("alias", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("share", Integer),
    Column("shadow", Boolean, nullable=False),
    moment("set_at"),
    Column("set_by", String, nullable=False),
)
"""`share` is in parts per million, for a canary alone."""

pins = Table(
    "pins",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("release", String, primary_key=True),
    Column("number", Integer, nullable=False),
)

rollouts = Table(
    "rollouts",
    metadata,
    identifier(),
    moment("at"),
    Column("release", String, nullable=False, index=True),
    Column("action", String, nullable=False),
    Column("from_number", Integer),
    Column("to_number", Integer),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("measured", JSON, nullable=False),
)
