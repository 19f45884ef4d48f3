"""Who is served: name, address and what a customer has settled for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from seedbed.errors import RecordConflict, RequestWrong
from seedbed.ledger import audit
from seedbed.ledger.accounts import Accounts, missing
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.money import LARGEST, minor_digits
from seedbed.ledger.schema.accounts import customers
from seedbed.ledger.schema.traffic import pins

LANGUAGES = ("en", "zh")
LONGEST = 3650
"""Days that texts may be kept at most."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer.

    Attributes:
        language: Of its invoices, `en` or `zh`.
        keep_texts_days: For how long its texts are kept; None for not at all.
        spend_cap: The most, in nanos, that its calls of a period may cost; None for no such cap.
        erased_at: When its personal data were erased.
        settings: Whatever else is kept of it, such as its address for invoices.
        pins: Numbers of releases that answer this customer whatever others get.
    """

    id: str
    name: str
    email: str
    language: str
    currency: str
    keep_texts_days: int | None
    spend_cap: int | None
    made_at: int
    erased_at: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    pins: Mapping[str, int] = field(default_factory=dict)


class Customers:
    """The customers of a ledger."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    def create(
        self,
        name: str,
        *,
        email: str = "",
        language: str = "en",
        currency: str = "USD",
        keep_texts_days: int | None = None,
        spend_cap: int | None = None,
        settings: Mapping[str, Any] | None = None,
        actor: str = "system",
    ) -> Customer:
        """Make a customer, with an empty account and no plan yet.

        Raises:
            RequestWrong: an empty name, an unknown language or currency, or a number out of range.
        """
        now = self._clock.now()
        told: dict[str, Any] = {
            "name": name,
            "email": email,
            "language": language,
            "currency": currency,
        }
        told |= {"keep_texts_days": keep_texts_days, "spend_cap": spend_cap}
        _check(told)
        customer = new_id("customer", now)
        row = told | {"id": customer, "made_at": now, "settings": dict(settings or {})}
        with self._database.writing() as connection:
            connection.execute(insert(customers), row)
            self._accounts.open(connection, customer)
            # Names and addresses stay out of the audit log, from which nothing can be erased.
            audit.append(connection, now, actor, "customer.create", customer, {})
        return self.get(customer)

    def get(self, customer: str) -> Customer:
        """Return a customer.

        Raises:
            RecordMissing: there is none of this id.
        """
        with self._database.reading() as connection:
            return _read(connection, customer)

    def list(self) -> Sequence[Customer]:
        """Return every customer that was not erased, oldest first."""
        query = select(customers).where(customers.c.erased_at.is_(None)).order_by(customers.c.id)
        with self._database.reading() as connection:
            pinned: dict[str, dict[str, int]] = {}
            for row in connection.execute(select(pins)):
                pinned.setdefault(row.customer_id, {})[row.release] = row.number
            return [_customer(row, pinned.get(row.id, {})) for row in connection.execute(query)]

    def change(self, customer: str, *, actor: str = "system", **changes: Any) -> Customer:
        """Change what is named: name, email, language, keep_texts_days, spend_cap, settings, pins.

        Raises:
            RecordMissing: there is no such customer.
            RecordConflict: its data were erased.
            RequestWrong: a value makes no sense, or there is no such field.
        """
        pinned = changes.pop("pins", None)
        _check(changes)
        with self._database.writing() as connection:
            if _read(connection, customer).erased_at is not None:
                raise _erased(customer)
            if changes:
                row = update(customers).where(customers.c.id == customer).values(changes)
                connection.execute(row)
            if pinned is not None:
                _pin(connection, customer, pinned)
            named = sorted([*changes, *(["pins"] if pinned is not None else [])])
            details: dict[str, Any] = {"changed": named}
            if pinned is not None:
                details["pins"] = dict(pinned)
            audit.append(connection, self._clock.now(), actor, "customer.change", customer, details)
            return _read(connection, customer)


def _pin(connection: Connection, customer: str, pinned: Mapping[str, int]) -> None:
    connection.execute(delete(pins).where(pins.c.customer_id == customer))
    rows = [
        {"customer_id": customer, "release": release, "number": number}
        for release, number in pinned.items()
    ]
    if rows:
        connection.execute(insert(pins), rows)


def _read(connection: Connection, customer: str) -> Customer:
    row = connection.execute(select(customers).where(customers.c.id == customer)).first()
    if row is None:
        raise missing("customer", customer)
    pinned = connection.execute(select(pins).where(pins.c.customer_id == customer))
    return _customer(row, {one.release: one.number for one in pinned})


def _customer(row: Row[Any], pinned: Mapping[str, int]) -> Customer:
    return Customer(**row._mapping, pins=pinned)


def _check(told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        if name not in _FIELDS:
            raise _wrong(name, f"one of {', '.join(_FIELDS)}", name)
        expected, fits = _FIELDS[name]
        if not fits(value):
            raise _wrong(name, expected, value)


def _wrong(name: str, expected: str, value: Any) -> RequestWrong:
    return RequestWrong(expected=expected, got=repr(value), do="Correct it.", where=name)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= 200


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 320


def _is_currency(value: Any) -> bool:
    try:
        return isinstance(value, str) and minor_digits(value) >= 0
    except ValueError:
        return False


def _between(low: int, high: int, value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value is None or (whole and low <= value <= high)


_FIELDS: dict[str, tuple[str, Any]] = {
    "name": ("a name of 1 to 200 characters", _is_text),
    "email": ("an address of at most 320 characters", _is_short),
    "language": (f"one of {', '.join(LANGUAGES)}", lambda value: value in LANGUAGES),
    "currency": ("a currency of ISO 4217, such as USD or CNY", _is_currency),
    "keep_texts_days": (
        f"1 to {LONGEST} days, or null for not at all",
        lambda value: _between(1, LONGEST, value),
    ),
    "spend_cap": ("nanos, or null for no cap", lambda value: _between(0, LARGEST, value)),
    "settings": ("a mapping", lambda value: isinstance(value, Mapping)),
}


def _erased(customer: str) -> RecordConflict:
    return RecordConflict(
        expected="a customer whose data are there",
        got=f"{customer}, whose data were erased",
        do="Make a new customer.",
    )
