"""What the rows of calls add up to.

A call is for an invoice if it was answered, or if its price is not nought: a charge that was taken
back leaves the difference between what the call was charged and what its units cost at the end of
the row, so that the prices of a period's rows always add up to the price of the units answered.
Such calls that no invoice has are found by an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from seedbed.ledger.days import ANSWERED, BILLABLE, Part
from seedbed.ledger.lines import Counted
from seedbed.ledger.periods import Period
from seedbed.ledger.schema.billing import credit_entries, invoices
from seedbed.ledger.schema.calls import calls

AT_ONCE = 1000
"""Calls that are marked in one transaction: few enough that nobody waits for long."""

UNBILLED: ColumnElement[bool] = and_(BILLABLE, calls.c.invoice_id.is_(None))
FREE = ("failed", "cancelled", "refused", "replayed")


def of(subscription_id: str) -> ColumnElement[bool]:
    """Return the condition that a call is of a subscription and on no invoice yet."""
    return and_(calls.c.subscription_id == subscription_id, UNBILLED)


def within(start: int, end: int) -> ColumnElement[bool]:
    """Return the condition that a call was let in between two moments, the second excluded."""
    return and_(calls.c.at >= start, calls.c.at < end)


def counted(connection: Connection, *conditions: ColumnElement[bool]) -> list[Counted]:
    """Return what calls add up to, by charge and release."""
    many = func.count().filter(ANSWERED)
    units, price = func.sum(calls.c.units), func.sum(calls.c.price)
    query = (
        select(calls.c.charge, calls.c.release, many, units, price)
        .where(*conditions)
        .group_by(calls.c.charge, calls.c.release)
        .order_by(calls.c.charge, calls.c.release)
    )
    return [
        Counted(charge, release, many, int(units), int(price))
        for charge, release, many, units, price in connection.execute(query)
    ]


def unbilled(parts: Iterable[Part], subscription_id: str) -> list[Counted]:
    """Return the same of parts of days: of a subscription's calls that no invoice has."""
    found: dict[tuple[bool, int, str], list[int]] = {}
    for part in parts:
        if part.subscription_id == subscription_id and part.billable and part.invoice_id is None:
            name = part.charge is None, part.charge or 0, part.release
            sums = found.setdefault(name, [0, 0, 0])
            sums[0] += part.calls if part.status == "answered" else 0
            sums[1] += part.units
            sums[2] += part.price
    return [
        Counted(None if none else charge, release, *sums)
        for (none, charge, release), sums in sorted(found.items())
    ]


def ended(parts: Iterable[Part]) -> dict[str, int]:
    """Return how many calls of parts of days ended in which way, as `endings`."""
    found: dict[str, int] = {}
    for part in parts:
        if part.status in ("answered", *FREE):
            found[part.status] = found.get(part.status, 0) + part.calls
    return found


def oldest(connection: Connection, *conditions: ColumnElement[bool]) -> int | None:
    """Return when the first of some calls was let in."""
    found: int | None = connection.execute(
        select(func.min(calls.c.at)).where(*conditions)
    ).scalar_one()
    return found


def endings(connection: Connection, customer_id: str, period: Period) -> dict[str, int]:
    """Return how many of a customer's calls of a period ended in which way; shadows apart."""
    query = (
        select(calls.c.status, func.count().label("many"))
        .where(calls.c.customer_id == customer_id, within(*period))
        .where(calls.c.status.in_(("answered", *FREE)))
        .group_by(calls.c.status)
    )
    return {row.status: row.many for row in connection.execute(query)}


def take(connection: Connection, invoice_id: str, subscription_id: str, before: int) -> int:
    """Put up to `AT_ONCE` calls onto a draft; return how many. The draft's row must be locked."""
    some = (
        select(calls.c.id)
        .where(of(subscription_id), calls.c.at < before)
        .order_by(calls.c.at)
        .limit(AT_ONCE)
    )
    found = update(calls).where(calls.c.id.in_(some))
    taken = connection.execute(found.values(invoice_id=invoice_id)).rowcount
    if taken:
        mine = update(invoices).where(invoices.c.id == invoice_id)
        connection.execute(mine.values(taken=invoices.c.taken + taken))
    return int(taken)


def credited(connection: Connection, customer_id: str, period: Period) -> tuple[int, int]:
    """Return a customer's credit at a period's beginning, and what was added to it within."""
    entry = credit_entries.c
    drawn, mine = entry.kind == "drawn", entry.customer_id == customer_id
    before = _sum(connection, mine, ~drawn, entry.at < period[0])
    before += _sum(connection, mine, drawn, entry.at <= period[0])
    added = _sum(connection, mine, ~drawn, entry.at >= period[0], entry.at < period[1])
    return before, added


def _sum(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    total: Any = func.coalesce(func.sum(credit_entries.c.amount), 0)
    return int(connection.execute(select(total).where(*conditions)).scalar_one())
