"""What every table shares: one MetaData, names for constraints, and portable types.

Money is in nanos (1e-9 of the currency's main unit), a time in microseconds since the epoch.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the ledger."""

WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both databases; SQLite numbers rows by itself only in a column named INTEGER."""


def identifier() -> Column[str]:
    """Return the column `id` of a record named by `ids.new_id`."""
    return Column("id", String, primary_key=True)


def moment(name: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    """Return a column of microseconds since the epoch."""
    return Column(name, WHOLE, nullable=nullable, index=index)


def money(name: str, *, nullable: bool = False) -> Column[int]:
    """Return a column of nanos."""
    return Column(name, WHOLE, nullable=nullable)
