"""Who pays, with which key, by which plan, and what of it is used."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from seedbed.ledger.schema.base import WHOLE, identifier, metadata, moment, money

customers = Table(
    "customers",
    metadata,
    identifier(),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("keep_texts_days", Integer),
    money("spend_cap", nullable=True),
    moment("made_at"),
    moment("erased_at", nullable=True),
    Column("settings", JSON, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), index=True),
    Column("name", Text, nullable=False),
    Column("prefix", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    moment("made_at"),
    moment("expires_at", nullable=True),
    moment("revoked_at", nullable=True),
    Column("replaced_by", String),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("plan_id", ForeignKey("plans.id"), nullable=False),
    moment("from_at"),
    moment("until_at", nullable=True),
    moment("made_at"),
)
"""What a customer has agreed to: a version of a plan, its periods counted from `from_at`."""

accounts = Table(
    "accounts",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("subscription_id", String),
    Column("plan_id", String),
    moment("period_start", nullable=True),
    moment("period_end", nullable=True),
    Column("meters", JSON, nullable=False),
    Column("earlier", JSON, nullable=False),
    money("credit"),
    money("spent"),
    Column("bucket_level", WHOLE, nullable=False),
    moment("bucket_at"),
    moment("last_at"),
    Column("in_flight", Integer, nullable=False),
    Column("version", WHOLE, nullable=False),
)
"""What is used of the period under way; `earlier` holds periods that have ended before all their
calls had: [subscription_id, plan_id, start, end, meters, spent]."""
