"""What was called: one call, the calls of a customer, and what they add up to by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select

from seedbed.errors import RecordMissing, RequestWrong
from seedbed.ledger.database import Database
from seedbed.ledger.periods import DAY, moment
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
_DAY = (calls.c.at // DAY).label("day")


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


class Usage:
    """The calls of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        groups = [_group(name) for name in dict.fromkeys(by)]
        query = select(*groups, *_SUMS).where(*wanted.conditions()).group_by(*groups)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(*groups)).all()
        return [_total(row._asdict()) for row in found]


def _group(name: str) -> ColumnElement[Any]:
    if name == "day":
        return _DAY
    if name in BY:
        return calls.c[name]
    raise RequestWrong(
        expected=f"one of {', '.join(BY)}", got=repr(name), do="Group by one of these.", where="by"
    )


def _settled(name: str) -> ColumnElement[Any]:
    total = func.sum(calls.c[name]).filter(calls.c.status != "reserved")
    return func.coalesce(total, 0).label(name)


_SUMS = (
    func.count().label("calls"),
    *(_settled(name) for name in ("rows", "tokens", "compute_us", "units", "price")),
)


def _rows(wanted: Wanted) -> Select[Any]:
    return select(*(calls.c[name] for name in PUBLIC)).where(*wanted.conditions())


def _total(row: dict[str, Any]) -> dict[str, Any]:
    told = {key: int(value) if key in _WHOLE else value for key, value in row.items()}
    if "day" in told:
        told["day"] = f"{moment(told['day'] * DAY):%Y-%m-%d}"
    return told


_WHOLE = ("day", "calls", "rows", "tokens", "compute_us", "units", "price")
