"""Credit is entered once for each payment, and what calls hold cannot be taken away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from books import Books, at

from seedbed.errors import CreditHeld, CreditSpent, RecordConflict, RecordMissing, RequestWrong
from seedbed.ledger.audit import Audit
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.money import LARGEST, NANOS, to_nanos


@pytest.fixture
def books(database: Database, clock: Manual) -> Books:
    return Books(database, clock)


def test_entries_add_up_to_the_balance(books: Books) -> None:
    customer = books.customer("prepaid")
    books.credits.top_up(customer, 10 * NANOS, reference="pay_1", actor="key_1")
    books.clock.advance(seconds=1)
    books.credits.grant(customer, 5 * NANOS, note="welcome")
    books.clock.advance(seconds=1)
    books.credits.refund(customer, 2 * NANOS, reference="back_1")
    books.clock.advance(seconds=1)
    books.credits.expire(customer, NANOS)
    entries = books.credits.list(customer)
    assert [entry.kind for entry in entries] == ["expiry", "refund", "grant", "top_up"]
    assert [entry.amount // NANOS for entry in entries] == [-1, -2, 5, 10]
    assert books.credits.balance(customer).credit == 12 * NANOS
    assert books.credits.list(customer, before=entries[1].id) == entries[2:]
    newest, *_ = Audit(books.database).list(subject=customer)
    assert (newest.action, newest.details["amount"]) == ("credit.expiry", "-1.00")


def test_a_payment_that_is_told_twice_counts_once(books: Books) -> None:
    customer, other = books.customer("prepaid"), books.customer("prepaid")
    first = books.credits.top_up(customer, 10 * NANOS, reference="pay_1")
    assert books.credits.top_up(customer, 10 * NANOS, reference="pay_1") == first
    assert books.credits.balance(customer).credit == 10 * NANOS
    with pytest.raises(RecordConflict, match="pay_1"):
        books.credits.top_up(customer, 11 * NANOS, reference="pay_1")
    books.credits.top_up(other, 10 * NANOS, reference="pay_1")
    books.credits.grant(customer, 10 * NANOS, reference="pay_1")
    assert books.credits.balance(customer).credit == 20 * NANOS


def test_what_calls_hold_cannot_be_taken_away(books: Books) -> None:
    customer = books.customer("prepaid")
    books.credits.top_up(customer, 10 * NANOS)
    begun = books.begin(customer, 1000)  # holds 8.00
    balance = books.credits.balance(customer)
    assert (balance.held, balance.free) == (8 * NANOS, 2 * NANOS)
    with pytest.raises(CreditHeld):
        books.credits.refund(customer, 2 * NANOS + 1)
    assert books.credits.expire(customer).amount == -2 * NANOS
    books.end(customer, begun, 1000)
    assert books.credits.balance(customer).credit == 0
    assert books.credits.expire(customer).amount == 0
    with pytest.raises(CreditSpent):
        books.begin(customer, 1)


@pytest.mark.parametrize("amount", [0, -1, LARGEST + 1])
def test_amounts_that_make_no_sense_are_refused(books: Books, amount: int) -> None:
    customer = books.customer("prepaid")
    with pytest.raises(RequestWrong):
        books.credits.top_up(customer, amount)
    books.credits.top_up(customer, LARGEST)
    with pytest.raises(RequestWrong):
        books.credits.top_up(customer, 1)
    with pytest.raises(RecordMissing):
        books.credits.top_up("customer_x", 1)


def test_payments_at_once_are_all_counted(books: Books, another: Callable[[], Database]) -> None:
    customer = books.customer("prepaid")
    both = [books, Books(another(), books.clock)]

    def pay(i: int) -> None:
        both[i % 2].credits.top_up(customer, to_nanos("0.01"), reference=f"pay_{i % 20}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(pay, range(40)))
    assert books.credits.balance(customer).credit == to_nanos("0.20")
    assert len(books.credits.list(customer)) == 20


def test_a_balance_follows_calls_entries_and_invoices(books: Books) -> None:
    books.clock.set(at("2026-01-01"))
    customer = books.customer("prepaid")
    for month in range(1, 5):
        books.clock.set(at(f"2026-{month:02d}-05"))
        books.credits.top_up(customer, 3 * NANOS)
        books.answer(customer, 7 * month, 11)
        books.clock.set(at(f"2026-{month + 1:02d}-02"))
        books.invoices.close_due(grace=0)
        entries = sum(entry.amount for entry in books.credits.list(customer))
        assert entries == books.credits.balance(customer).credit
        (newest, *_) = books.invoices.list(customer)
        assert to_nanos(newest.body["credit"]["closing"]) == entries
