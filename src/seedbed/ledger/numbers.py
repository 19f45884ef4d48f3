"""Numbers without gaps: invoices, credit notes, rows of the audit log.

A series' last number stands in a row of its own. Taking the next one locks that row until the
transaction ends, so two never take the same, and one that fails gives its number back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from seedbed.ledger.schema.billing import numbers


def take(connection: Connection, series: str) -> int:
    """Return the next number of a series, from 1; it is taken if the transaction commits."""
    first = insert(connection, numbers).values(series=series, last=1)
    more = first.on_conflict_do_update(
        index_elements=[numbers.c.series], set_={"last": numbers.c.last + 1}
    )
    return int(connection.execute(more.returning(numbers.c.last)).scalar_one())


def last(connection: Connection, series: str) -> int:
    """Return the last number that was taken; 0 before the first."""
    found = connection.execute(select(numbers.c.last).where(numbers.c.series == series))
    return int(found.scalar() or 0)


def insert(connection: Connection, table: Table) -> Any:
    """Return an insert that can be told what to do where the row is there already."""
    on_postgresql = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)
