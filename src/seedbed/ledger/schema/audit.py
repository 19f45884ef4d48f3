"""Who did what to keys, plans, aliases and invoices, each row sealed with the one before it."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from seedbed.ledger.schema.base import WHOLE, metadata, moment

audit = Table(
    "audit",
    metadata,
    Column("seq", WHOLE, primary_key=True, autoincrement=False),
    moment("at"),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    Index("ix_audit_subject", "subject"),
)
"""`details` is the canonical JSON text that was hashed."""
