"""Brings a database to the tables that this Seedbed knows."""

from __future__ import annotations

from seedbed.ledger.database import Database
from seedbed.ledger.schema import metadata


def migrate(database: Database) -> None:
    """Make or change the tables, under a lock."""
    with database.writing() as connection:
        metadata.create_all(connection)
