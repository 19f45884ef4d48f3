"""What is asked of a ledger of many calls is found by an index, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from books import Books, at
from sqlalchemy import Engine, event, select

from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.money import NANOS
from seedbed.ledger.schema.calls import calls as rows
from seedbed.ledger.usage import Wanted

Statements = list[tuple[str, Any]]


@pytest.fixture
def books(database: Database, clock: Manual) -> Books:
    clock.set(at("2026-01-01"))
    return Books(database, clock)


@contextmanager
def noted(engine: Engine) -> Iterator[Statements]:
    """Note the statements about calls that are sent, with their parameters."""
    found: Statements = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if " calls" in statement and not statement.startswith("INSERT"):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def read_through(database: Database, statements: Statements) -> list[str]:
    """Return what of the plans reads a whole table of calls; on PostgreSQL though told not to."""
    whole = []
    with database.engine.begin() as connection:
        if database.on_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if database.on_postgres else "EXPLAIN QUERY PLAN"
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            told = "\n".join(str(row[-1]) for row in plan)
            if "Seq Scan on calls" in told or "SCAN calls" in told:
                whole.append(f"{statement}\n{told}")
    return whole


def preview(books: Books, customer: str) -> None:
    books.invoices.preview(customer)


def usage(books: Books, customer: str) -> None:
    books.usage.totals(Wanted(customer))
    books.usage.totals(Wanted(customer, since=at("2026-01-02")), by=("release", "status"))
    books.usage.totals(Wanted(release="bank"), by=("key_id",))


def calls(books: Books, customer: str) -> None:
    newest = books.usage.calls(Wanted(customer), limit=2)
    books.usage.calls(Wanted(customer, status="answered"), before=newest[-1]["id"])
    books.usage.call(newest[0]["id"], customer)
    list(books.usage.every(Wanted(customer)))


def close(books: Books, customer: str) -> None:
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(customer_id=customer, grace=0)
    list(books.usage.every(Wanted(invoice_id=made.id)))
    books.notes.issue(made.id, {1: NANOS // 50}, reason="an hour of errors")


@pytest.mark.parametrize("work", [preview, usage, calls, close])
def test_a_customers_calls_are_found_by_an_index(
    books: Books, work: Callable[[Books, str], None]
) -> None:
    customer, other = books.customer("graduated"), books.customer("graduated")
    for owner in (customer, other):
        books.answer(owner, *[1] * 20)
        books.free(owner, "failed")
    books.subscriptions.cancel(other, when="now")
    books.invoices.close_due(customer_id=other, grace=0)
    with noted(books.database.engine) as statements:
        work(books, customer)
    assert statements
    assert read_through(books.database, statements) == []


def test_a_scan_would_be_seen(books: Books) -> None:
    customer = books.customer("graduated")
    books.answer(customer, 1)
    with noted(books.database.engine) as statements, books.database.reading() as connection:
        connection.execute(select(rows).where(rows.c.release == "bank"))
    assert len(read_through(books.database, statements)) == 1
