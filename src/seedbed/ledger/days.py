"""What the calls of each customer's days add up to: read once, then kept beside the calls.

A day is counted when somebody asks for it and later calls have come. Whatever changes one of its
calls afterwards, by whichever program, has the database forget what was kept (`schema/triggers.py`)
and it is counted anew. So what is kept is what the rows add up to, always; the parts of a period
that are not kept, its edges and the latest day, are read from the rows.

Final invoices are made from the rows alone.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    literal_column,
    or_,
    select,
    update,
)

from seedbed.errors import LedgerUnavailable
from seedbed.ledger import numbers
from seedbed.ledger.database import Database
from seedbed.ledger.periods import DAY, Period
from seedbed.ledger.schema.calls import calls, days

log = logging.getLogger(__name__)

ANSWERED = calls.c.status == literal_column("'answered'")
BILLABLE = or_(ANSWERED, calls.c.price != literal_column("0"))
"""Spelt out, not bound: the databases use their index only where they see the text."""


class Part(NamedTuple):
    """What calls of one day that are alike add up to.

    Attributes:
        day: Days since 1970, UTC.
        billable: Whether they are for an invoice: answered, or with a price.
        invoice_id: The invoice that has taken them.
        units: As metered, as are `rows` to `price`; of calls under way nothing is counted.
    """

    day: int
    subscription_id: str | None
    charge: int | None
    release: str
    verb: str
    status: str
    key_id: str | None
    invoice_id: str | None
    billable: bool
    calls: int
    rows: int
    tokens: int
    compute_us: int
    units: int
    price: int


WAIT_SECONDS = 1.0
AGAIN_SECONDS = 0.005
"""How long, and how often, it is asked whether others that write have ended."""
SUMS = ("calls", "rows", "tokens", "compute_us", "units", "price")
_ALIKE = ("subscription_id", "charge", "release", "verb", "status", "key_id", "invoice_id")


class Days:
    """The days of a ledger's customers.

    Args:
        database: Of the ledger.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, customer_id: str, since: int | None = None, until: int | None = None) -> None:
        """Count the days between two moments (µs) that are not kept, but for the latest with calls.

        Where the database is locked or full nothing is kept, and all is read from the rows.
        """
        try:
            with self._database.reading() as connection:
                kept = {day for day, _ in _kept(connection, customer_id, since, until)}
                wanted = _whole(connection, customer_id, since, until)
            missing = [day for day in wanted if day not in kept]
            if missing:
                self._count(customer_id, missing)
        except LedgerUnavailable as cause:
            log.info("days of %s are read from their calls: %s", customer_id, cause)

    def _count(self, customer_id: str, missing: Sequence[int]) -> None:
        """Announce the days, add their calls up, and keep what none has changed meanwhile.

        A change forgets the announcement too, so what is read needs no lock.
        """
        token = secrets.token_hex(8)
        mine = and_(days.c.customer_id == customer_id, days.c.token == token)
        with self._database.writing() as connection:
            row = numbers.insert(connection, days)
            again = {"token": token, "totals": None}
            announced = row.on_conflict_do_update(
                index_elements=[days.c.customer_id, days.c.day], set_=again
            )
            rows = [{"customer_id": customer_id, "day": day, "token": token} for day in missing]
            connection.execute(announced, rows)
        if not self._writers_ended():
            return
        with self._database.reading() as connection:
            counted = {
                day: [list(part[1:]) for part in parts]
                for start, end in _runs(missing)
                for day, parts in _by_day(_added(connection, customer_id, start, end))
            }
        with self._database.writing() as connection:
            for day in missing:
                kept = update(days).where(mine, days.c.day == day)
                connection.execute(kept.values(totals=counted.get(day, [])))

    def _writers_ended(self) -> bool:
        """Wait until all that write now have ended, and return whether they have.

        One of them may have changed a call and looked for the announcement before that was there.
        Whoever begins later sees it. SQLite has one writer at a time, which has ended.
        """
        if not self._database.on_postgres:
            return True
        following, until = self._transaction("xmax"), time.monotonic() + WAIT_SECONDS
        while self._transaction("xmin") < following:
            if time.monotonic() > until:
                return False
            time.sleep(AGAIN_SECONDS)
        return True

    def _transaction(self, which: Literal["xmin", "xmax"]) -> int:
        """Return the oldest transaction that writes now, or the one that would be next."""
        query = f"SELECT CAST(CAST(pg_snapshot_{which}(pg_current_snapshot()) AS text) AS bigint)"
        with self._database.reading() as connection:
            return int(connection.exec_driver_sql(query).scalar_one())


def parts(
    connection: Connection, customer_id: str, since: int | None = None, until: int | None = None
) -> Iterator[Part]:
    """Yield what a customer's calls between two moments (µs) add up to, in one transaction.

    Parts of one day that are alike are yielded once.
    """
    at = since or 0
    for day, totals in _kept(connection, customer_id, since, until):
        if day * DAY > at:
            yield from _added(connection, customer_id, at, day * DAY)
        yield from (Part(day, *total) for total in totals)
        at = (day + 1) * DAY
    if until is None or at < until:
        yield from _added(connection, customer_id, at, until)


def _kept(
    connection: Connection, customer_id: str, since: int | None, until: int | None
) -> list[tuple[int, Any]]:
    """Return the whole days between two moments that are kept, with their totals, in order."""
    first = -(-(since or 0) // DAY)
    query = select(days.c.day, days.c.totals).where(
        days.c.customer_id == customer_id, days.c.totals.is_not(None), days.c.day >= first
    )
    if until is not None:
        query = query.where(days.c.day < until // DAY)
    return [(row.day, row.totals) for row in connection.execute(query.order_by(days.c.day))]


def _whole(connection: Connection, customer_id: str, since: int | None, until: int | None) -> range:
    """Return the whole days between two moments from the first with calls, but for the latest."""
    at = select(calls.c.at).where(calls.c.customer_id == customer_id).limit(1)
    first = connection.execute(at.order_by(calls.c.at)).scalar()
    last = connection.execute(at.order_by(calls.c.at.desc())).scalar()
    if first is None or last is None:
        return range(0)
    end = last // DAY
    return range(
        max(first // DAY, -(-(since or 0) // DAY)), end if until is None else min(end, until // DAY)
    )


def added(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Part]:
    """Add calls up from their rows, by day."""
    alike = [(calls.c.at // DAY).label("day"), *(calls.c[name] for name in _ALIKE)]
    alike.append(BILLABLE.label("billable"))
    ended = calls.c.status != "reserved"
    sums = [func.sum(calls.c[name]).filter(ended).label(name) for name in SUMS[1:]]
    query = select(*alike, func.count().label("calls"), *sums).where(*conditions)
    for row in connection.execute(query.group_by(*alike).order_by("day")):
        told, numbers_of = row[: len(alike) - 1], row[len(alike) :]
        yield Part._make((*told, bool(row.billable), *(int(value or 0) for value in numbers_of)))


def _added(connection: Connection, customer_id: str, start: int, end: int | None) -> Iterator[Part]:
    mine = [calls.c.customer_id == customer_id, calls.c.at >= start]
    return added(connection, *mine, *([] if end is None else [calls.c.at < end]))


def _by_day(found: Iterator[Part]) -> Iterator[tuple[int, list[Part]]]:
    for day, parts_of_day in groupby(found, key=lambda part: part.day):
        yield day, list(parts_of_day)


def _runs(wanted: Sequence[int]) -> Iterator[Period]:
    """Yield the moments between which days lie without a gap."""
    for _, run in groupby(enumerate(wanted), key=lambda pair: pair[1] - pair[0]):
        held = [day for _, day in run]
        yield held[0] * DAY, (held[-1] + 1) * DAY
