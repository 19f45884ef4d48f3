"""The ledger as verbs use it: opened for one command, whether or not a server runs."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, overload

import typer

if TYPE_CHECKING:
    from seedbed.ledger.customers import Customer
    from seedbed.ledger.ledger import Ledger

_MONEY = frozenset(
    ("amount", "price", "spend_cap", "subtotal", "tax", "total", "due", "credit", "held", "free")
)
_MOMENTS = frozenset(("at", "period_start", "period_end"))


CustomerName = Annotated[str, typer.Argument(help="The customer's name or id.")]


@contextmanager
def opened() -> Iterator[Ledger]:
    """Give the home's ledger (in `SEEDBED_HOME`, or the database of `SEEDBED_DB`)."""
    from seedbed.ledger.database import Database
    from seedbed.ledger.ledger import Ledger

    ledger = Ledger(Database.open())
    try:
        yield ledger
    finally:
        ledger.database.close()


@contextmanager
def of(named: str) -> Iterator[tuple[Ledger, Customer]]:
    """Give the ledger and a customer of it, by name or id; else as `customer`."""
    with opened() as ledger:
        yield ledger, customer(ledger, named)


def customer(ledger: Ledger, named: str) -> Customer:
    """Return a customer by id, or by a name that only one has.

    Raises:
        RecordMissing: there is none; the nearest name is given.
        RecordConflict: several have that name.
    """
    from seedbed.errors import RecordConflict, RecordMissing
    from seedbed.recipe import nearest

    known = ledger.customers.list()
    found = [one for one in known if named in (one.id, one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise RecordConflict(
            expected=f"one customer named {named!r}",
            got=", ".join(one.id for one in found),
            do="Name it by its id.",
        )
    near = nearest(named, [one.name for one in known])
    raise RecordMissing(
        expected="a customer, by its name or id",
        got=repr(named),
        do=f"Did you mean {near!r}?" if near else "List them: seedbed customers.",
    )


def alone(context: typer.Context, *, json: bool) -> bool:
    """Tell whether a verb with actions was typed without one; then `json` is its own."""
    if context.invoked_subcommand is None:
        return True
    if json:
        raise typer.BadParameter(f"type --json behind {context.invoked_subcommand}")
    return False


def actor() -> str:
    """Return who types, for the audit log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a process of a user without a name
        return "cli"


def nanos(amount: str) -> int:
    """Return an amount that was typed, in nanos; what is none is wrong use."""
    from seedbed.ledger.money import to_nanos

    try:
        return to_nanos(amount)
    except ValueError as wrong:
        raise typer.BadParameter(f"give {wrong}") from None


@overload
def moment(day: datetime) -> int: ...


@overload
def moment(day: datetime | None) -> int | None: ...


def moment(day: datetime | None) -> int | None:
    """Return a day or time that was typed, taken as UTC, in µs."""
    from seedbed.ledger.periods import micros

    return None if day is None else micros(day.replace(tzinfo=UTC))


def told(record: Any) -> dict[str, Any]:
    """Return a record as JSON tells it: times in ISO 8601, money as decimals in quotes."""
    values = record if isinstance(record, Mapping) else _values(record)
    return {name: _told(name, value) for name, value in values.items()}


def when(at: int | None) -> str:
    """Return a time of the ledger as tables show it, in UTC."""
    from seedbed.ledger.periods import moment as read

    return "" if at is None else f"{read(at):%Y-%m-%d %H:%M}"


def say(words: str, record: Any, *, json: bool) -> None:
    """Say what was done: in words, or as JSON."""
    from seedbed.cli import show

    if json:
        show.emit(record)
    else:
        show.out().print(words, soft_wrap=True)


def written(path: Path, content: str) -> None:
    """Write a file that was asked for, and say so."""
    from seedbed.cli import show
    from seedbed.home import write_text

    write_text(path, content)
    show.err().print(f"{path}: written", soft_wrap=True)


def _values(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _told(name: str, value: Any) -> Any:
    from seedbed.ledger.money import plain
    from seedbed.ledger.periods import moment as read

    if value is None or isinstance(value, (str, bool)):
        return value
    if name in _MONEY:
        return plain(value, "USD")
    if name in _MOMENTS or name.endswith("_at"):
        return read(value).isoformat(timespec="microseconds").replace("+00:00", "Z")
    as_dict = getattr(value, "as_dict", None)
    return as_dict() if as_dict else value
