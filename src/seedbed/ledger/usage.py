"""What was called: one call, the calls of a customer, and what they add up to by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, select

from seedbed.errors import RecordMissing, RequestWrong
from seedbed.ledger.database import Database
from seedbed.ledger.days import SUMS, Days, Part, added, parts
from seedbed.ledger.periods import DAY, moment
from seedbed.ledger.schema.accounts import customers
from seedbed.ledger.schema.calls import calls

By = Literal["day", "release", "status", "verb", "key_id"]
BY: tuple[By, ...] = ("day", "release", "status", "verb", "key_id")
PUBLIC = (
    *("id", "at", "release", "number", "alias", "verb", "status", "reason", "rows", "tokens"),
    *("compute_us", "units", "price", "latency_us", "key_id", "idempotency_key", "replay_of"),
    *("invoice_id", "customer_id"),
)
"""What a call's row tells its customer."""

_AT_ONCE = 5000
_Group = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are asked for; what is None does not narrow them.

    Attributes:
        customer_id: Whose.
        since: Let in at this moment (µs) or later.
        until: Let in before this moment (µs).
        release: The release's name.
        status: How they ended.
        key_id: By which key.
        invoice_id: On which invoice.
    """

    customer_id: str | None = None
    since: int | None = None
    until: int | None = None
    release: str | None = None
    status: str | None = None
    key_id: str | None = None
    invoice_id: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what narrows a query down to these calls."""
        for name in ("customer_id", "release", "status", "key_id", "invoice_id"):
            if (value := getattr(self, name)) is not None:
                yield calls.c[name] == value
        if self.since is not None:
            yield calls.c.at >= self.since
        if self.until is not None:
            yield calls.c.at < self.until

    def holds(self, part: Part) -> bool:
        """Tell whether a part of a customer's days is of these calls, whenever they were let in."""
        told = ((getattr(self, name), getattr(part, name)) for name in _NARROWING)
        return all(wanted is None or wanted == found for wanted, found in told)


_NARROWING = ("release", "status", "key_id", "invoice_id")


class Usage:
    """The calls of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._days = Days(database)

    def call(self, call_id: str, customer_id: str | None = None) -> dict[str, Any]:
        """Return one call; with a customer, only if it is theirs.

        Raises:
            RecordMissing: there is none, or it is another customer's.
        """
        query = _rows(Wanted(customer_id)).where(calls.c.id == call_id)
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise RecordMissing(
                expected="a call",
                got=repr(call_id),
                do="List them: seedbed usage CUSTOMER --calls.",
            )
        return found._asdict()

    def calls(
        self, wanted: Wanted, *, before: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Return the newest calls, newest first; `before` is the last id of an earlier answer."""
        query = _rows(wanted).order_by(calls.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(calls.c.id < before)
        with self._database.reading() as connection:
            return [row._asdict() for row in connection.execute(query)]

    def every(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """Yield all calls, oldest first, without holding them: for a file."""
        query, after = _rows(wanted).order_by(calls.c.id).limit(_AT_ONCE), ""
        while True:
            with self._database.reading() as connection:
                found = connection.execute(query.where(calls.c.id > after)).all()
            yield from (row._asdict() for row in found)
            if len(found) < _AT_ONCE:
                return
            after = found[-1].id

    def totals(self, wanted: Wanted, by: Sequence[By] = ("day",)) -> list[dict[str, Any]]:
        """Return what calls add up to, by day (UTC), release, status, verb or key, in that order.

        Each row has what it is grouped by, and `calls`, `rows`, `tokens`, `compute_us`, `units` and
        `price` (nanos). Units of calls under way are left out.

        Raises:
            RequestWrong: there is nothing of that name to group by.
        """
        names = [_checked(name) for name in dict.fromkeys(by)]
        owners = self._owners(wanted)
        for owner in owners:
            self._days.count(owner, wanted.since, wanted.until)
        with self._database.reading() as connection:
            found = _grouped(_parts(connection, wanted, owners), names)
        return [_told(dict(zip(names, group, strict=True)), found[group]) for group in found]

    def _owners(self, wanted: Wanted) -> Sequence[str]:
        """Return the customers whose days are asked for."""
        if wanted.customer_id is not None:
            return [wanted.customer_id]
        if wanted.invoice_id is not None:  # its calls are found by an index
            return []
        with self._database.reading() as connection:
            return connection.execute(select(customers.c.id)).scalars().all()


def _parts(connection: Connection, wanted: Wanted, owners: Sequence[str]) -> Iterator[Part]:
    for owner in owners:
        found = parts(connection, owner, wanted.since, wanted.until)
        yield from filter(wanted.holds, found)
    if wanted.customer_id is None:
        mine = wanted.conditions()
        yield from added(connection, *mine, *([calls.c.customer_id.is_(None)] if owners else []))


def _grouped(found: Iterable[Part], names: Sequence[By]) -> dict[_Group, list[int]]:
    """Add parts up by what they have in common, in order; without a name there is one sum."""
    sums: dict[_Group, list[int]] = {} if names else {(): [0] * len(SUMS)}
    for part in found:
        group = tuple(getattr(part, name) for name in names)
        before = sums.setdefault(group, [0] * len(SUMS))
        sums[group] = [old + getattr(part, name) for old, name in zip(before, SUMS, strict=True)]
    return dict(
        sorted(sums.items(), key=lambda pair: [(each is not None, each) for each in pair[0]])
    )


def _told(group: dict[str, Any], sums: Sequence[int]) -> dict[str, Any]:
    if "day" in group:
        group["day"] = f"{moment(group['day'] * DAY):%Y-%m-%d}"
    return group | dict(zip(SUMS, sums, strict=True))


def _checked(name: By) -> By:
    if name in BY:
        return name
    raise RequestWrong(
        expected=f"one of {', '.join(BY)}", got=repr(name), do="Group by one of these.", where="by"
    )


def _rows(wanted: Wanted) -> Select[Any]:
    return select(*(calls.c[name] for name in PUBLIC)).where(*wanted.conditions())
