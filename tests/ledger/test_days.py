"""What is kept of a day is what its calls add up to, whatever becomes of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from books import Books, at
from sqlalchemy import delete, event, insert, select, update

from seedbed.ledger import days as kept
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.days import SUMS, Days
from seedbed.ledger.ids import new_id
from seedbed.ledger.periods import DAY, moment
from seedbed.ledger.schema.calls import calls, days
from seedbed.ledger.statements import EMPTY_CALL
from seedbed.ledger.usage import BY, By, Wanted

STEPS = 120


@pytest.fixture
def books(database: Database, clock: Manual) -> Books:
    clock.set(at("2026-01-01"))
    return Books(database, clock)


class History:
    """Customers who call, at random, and an office that closes and corrects."""

    def __init__(self, books: Books, seed: int) -> None:
        self.books, self.lot = books, random.Random(seed)
        self.customers = [books.customer(plan) for plan in ("graduated", "graduated", "volume")]
        self.begun: list[tuple[str, Any]] = []

    def step(self) -> None:
        """Do one of the things that can be done to calls."""
        deeds = (self.begin, self.begin, self.end, self.end, self.free, self.wait, self.late)
        self.lot.choice((*deeds, self.take_back, self.draft, self.close, self.read))()

    def begin(self) -> None:
        customer = self.lot.choice(self.customers)
        release, key = self.lot.choice(("bank", "travel")), self.lot.choice(("key_1", None))
        units = self.lot.randrange(1, 30)
        told = {"key_id": key, "rows": units, "tokens": 3 * units}
        self.begun.append((customer, self.books.begin(customer, units, release, **told)))

    def end(self) -> None:
        if self.begun:
            customer, held = self.begun.pop(self.lot.randrange(len(self.begun)))
            self.books.end(customer, held, self.lot.randrange(held[1].units + 1))

    def free(self) -> None:
        status = self.lot.choice(("failed", "refused", "replayed", "cancelled", "shadow"))
        self.books.free(self.lot.choice(self.customers), status)

    def wait(self) -> None:
        self.books.clock.advance(hours=self.lot.choice((1, 5, 30, 200)))

    def late(self) -> None:
        """Write the row of a call that came days ago, such as a clock set back would leave."""
        then = self.books.clock.now() - self.lot.randrange(20 * DAY)
        row: dict[str, Any] = {"customer_id": self.lot.choice(self.customers)}
        row |= {"id": new_id("call", then), "at": then, "status": "failed"}
        row |= {"price": self.lot.choice((0, -7, 3))}
        with self.books.database.writing() as connection:
            connection.execute(insert(calls), EMPTY_CALL | row)

    def take_back(self) -> None:
        """Take a charge back, or a call out, of any day that no invoice has."""
        free = (calls.c.invoice_id.is_(None), calls.c.status == "answered")
        with self.books.database.writing() as connection:
            ids = connection.execute(select(calls.c.id).where(*free)).scalars().all()
            if not ids:
                return
            same = calls.c.id == self.lot.choice(sorted(ids))
            if self.lot.random() < 0.5:
                connection.execute(delete(calls).where(same))
            else:
                change = update(calls).where(same)
                connection.execute(change.values(status="failed", units=0, price=5))

    def draft(self) -> None:
        self.books.invoices.close_due(grace=40 * DAY)

    def close(self) -> None:
        self.books.invoices.close_due(grace=DAY // 24)

    def read(self) -> None:
        for customer in self.customers:
            self.books.usage.totals(Wanted(customer))


def added(books: Books, wanted: Wanted, by: tuple[By, ...]) -> list[dict[str, Any]]:
    """Return what the rows of calls add up to, one after the other."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    with books.database.reading() as connection:
        rows = connection.execute(select(calls).where(*wanted.conditions())).mappings().all()
    for row in rows:
        told = dict(row) | {"day": f"{moment(row['at']):%Y-%m-%d}", "calls": 1}
        group = tuple(told[name] for name in by)
        sums = found.setdefault(group, dict(zip(by, group, strict=True)) | dict.fromkeys(SUMS, 0))
        counted = ("calls",) if row["status"] == "reserved" else SUMS
        sums |= {name: sums[name] + told[name] for name in counted}
    return [found[group] for group in sorted(found, key=lambda g: [(e is not None, e) for e in g])]


def asked(history: History) -> Iterator[tuple[Wanted, tuple[By, ...]]]:
    lot, now = history.lot, history.books.clock.now()
    for customer in (*history.customers, None):
        yield Wanted(customer), BY
        since, until = sorted(now - lot.randrange(60 * DAY) for _ in range(2))
        yield Wanted(customer, since=since, until=until), ("day",)
        whole = Wanted(customer, since=since // DAY * DAY, until=until // DAY * DAY)
        yield whole, ("release", "status")
        yield Wanted(customer, since=since, release="bank", key_id="key_1"), ("status",)


@pytest.mark.parametrize("seed", [1, 2])
def test_totals_are_what_the_rows_add_up_to_whatever_happened(books: Books, seed: int) -> None:
    history = History(books, seed)
    for step in range(STEPS):
        history.step()
        if step % 12 == 0:
            for wanted, by in asked(history):
                assert books.usage.totals(wanted, by) == added(books, wanted, by)
    with books.database.reading() as connection:
        held = connection.execute(select(days.c.totals)).scalars().all()
    assert any(held), "no day was ever kept"


@pytest.mark.parametrize("seed", [3, 4])
def test_a_preview_is_what_the_draft_of_the_same_calls_says(books: Books, seed: int) -> None:
    history = History(books, seed)
    for _ in range(STEPS):
        history.step()
        if history.lot.random() < 0.2:
            history.read()
    for customer, held in history.begun:
        books.end(customer, held, held[1].units)
    books.invoices.close_due(grace=0)
    for customer in history.customers:
        for _ in range(30):
            books.answer(customer, history.lot.randrange(1, 30))
            books.free(customer, "failed")
            books.clock.advance(hours=9)
        books.invoices.close_due(grace=0)
        before = books.clock.now()
        preview = books.invoices.preview(customer)
        books.clock.set(preview["period"]["end"])
        draft = books.invoices.draft(customer, before)
        for name in ("lines", "subtotal", "tax", "total", "calls"):
            assert preview[name] == draft.body[name], name


@contextmanager
def read_of_calls(database: Database) -> Iterator[list[str]]:
    """Note the queries that add rows of calls up."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "sum(calls" in statement:
            found.append(str(parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_day_is_read_once(books: Books) -> None:
    customer = books.customer("graduated")
    for _ in range(20):
        books.answer(customer, 10)
        books.clock.advance(hours=24)
    books.answer(customer, 1)
    first = books.usage.totals(Wanted(customer))
    edges = [str(at(edge)) for edge in ("2026-01-01", "2026-01-21")]
    with read_of_calls(books.database) as statements:
        assert books.usage.totals(Wanted(customer)) == first
        books.invoices.preview(customer)
    assert len(statements) == 3
    assert all(sum(edge in one for edge in edges) == 1 for one in statements)
    with books.database.writing() as connection:  # what is changed is read again
        connection.execute(update(calls).where(calls.c.units == 10).values(price=calls.c.price + 1))
    assert books.usage.totals(Wanted(customer), by=()) == added(books, Wanted(customer), ())


def test_a_change_while_a_day_is_counted_is_not_lost(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = books.customer("graduated")
    for _ in range(3):
        books.answer(customer, 10)
        books.clock.advance(hours=24)
    books.answer(customer, 1)
    inner: Callable[..., Any] = kept.added

    def meddling(*told: Any) -> Any:
        found = list(inner(*told))
        with books.database.writing() as connection:
            same = update(calls).where(calls.c.at < at("2026-01-02"))
            connection.execute(same.values(price=calls.c.price + 1))
        return iter(found)

    monkeypatch.setattr(kept, "added", meddling)
    Days(books.database).count(customer)
    monkeypatch.undo()
    with books.database.reading() as connection:
        query = select(days.c.day).where(days.c.totals.is_not(None))
        held = connection.execute(query.order_by(days.c.day)).scalars().all()
    assert [day - at("2026-01-01") // DAY for day in held] == [1, 2]
    assert books.usage.totals(Wanted(customer)) == added(books, Wanted(customer), ("day",))


def test_who_wrote_before_a_day_was_announced_is_waited_for(
    postgresql: Database, clock: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at("2026-01-01"))
    books = Books(postgresql, clock)
    customer = books.customer("graduated")
    for _ in range(3):
        books.answer(customer, 10)
        books.clock.advance(hours=24)
    books.answer(customer, 1)
    monkeypatch.setattr(kept, "WAIT_SECONDS", 0.1)
    first = update(calls).where(calls.c.at < at("2026-01-02"))
    with postgresql.writing() as connection:
        connection.execute(first.values(price=calls.c.price + 1))
        Days(postgresql).count(customer)
        with postgresql.reading() as another:
            held = another.execute(select(days.c.day).where(days.c.totals.is_not(None))).all()
        assert held == []
    for _ in range(2):
        assert books.usage.totals(Wanted(customer)) == added(books, Wanted(customer), ("day",))
