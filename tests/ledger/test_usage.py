"""Usage: one call, pages of calls, and totals, each customer's own."""

from __future__ import annotations

import pytest
from books import Books, at

from seedbed.errors import RecordMissing, RequestWrong
from seedbed.ledger import usage
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.money import to_nanos
from seedbed.ledger.usage import Wanted


@pytest.fixture
def books(database: Database, clock: Manual) -> Books:
    clock.set(at("2026-01-01"))
    return Books(database, clock)


@pytest.fixture
def customer(books: Books) -> str:
    """Give a customer with five calls on two days, one of them free, one under way."""
    made = books.customer("graduated")
    for units, release in ((10, "bank"), (20, "travel"), (30, "bank")):
        books.clock.advance(hours=10)
        books.answer(made, units, release=release, rows=units, tokens=units * 3)
    books.free(made, "failed")
    books.clock.advance(seconds=1)
    books.begin(made, 1000)
    books.answer(books.customer("starter"), 7)
    return made


def test_calls_come_in_pages_newest_first(books: Books, customer: str) -> None:
    everything = books.usage.calls(Wanted(customer))
    assert [call["status"] for call in everything[:1]] == ["reserved"]
    assert sorted(call["units"] for call in everything) == [0, 10, 20, 30, 1000]
    first = books.usage.calls(Wanted(customer), limit=2)
    rest = books.usage.calls(Wanted(customer), before=first[-1]["id"])
    assert first + rest == everything
    assert [c["units"] for c in books.usage.calls(Wanted(customer, release="travel"))] == [20]
    assert [c["status"] for c in books.usage.calls(Wanted(customer, status="failed"))] == ["failed"]
    day = Wanted(customer, since=at("2026-01-01"), until=at("2026-01-02"))
    assert sorted(call["units"] for call in books.usage.calls(day)) == [10, 20]


def test_all_calls_can_be_streamed(
    books: Books, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "_AT_ONCE", 2)
    streamed = list(books.usage.every(Wanted(customer)))
    assert streamed == books.usage.calls(Wanted(customer))[::-1]
    assert len(list(books.usage.every(Wanted()))) == 6


def test_one_call_is_shown_to_its_customer_alone(books: Books, customer: str) -> None:
    call = books.usage.calls(Wanted(customer, release="travel"))[0]
    assert books.usage.call(call["id"], customer) == call
    assert books.usage.call(call["id"]) == call
    for other in ("customer_x", ""):
        with pytest.raises(RecordMissing):
            books.usage.call(call["id"], other)
    with pytest.raises(RecordMissing):
        books.usage.call("call_x", customer)


def test_totals_by_day_and_by_release(books: Books, customer: str) -> None:
    by_day = books.usage.totals(Wanted(customer))
    assert [(row["day"], row["calls"], row["units"]) for row in by_day] == [
        ("2026-01-01", 2, 30),
        ("2026-01-02", 3, 30),
    ]
    by_release = books.usage.totals(Wanted(customer, status="answered"), by=("release",))
    assert by_release == [
        {
            **{"release": "bank", "calls": 2, "rows": 40, "tokens": 120, "compute_us": 0},
            **{"units": 40, "price": to_nanos("0.08")},
        },
        {
            **{"release": "travel", "calls": 1, "rows": 20, "tokens": 60, "compute_us": 0},
            **{"units": 20, "price": to_nanos("0.04")},
        },
    ]
    whole = books.usage.totals(Wanted(customer), by=())
    assert [(row["calls"], row["units"]) for row in whole] == [(5, 60)]
    both = books.usage.totals(Wanted(customer), by=("day", "status"))
    assert {row["status"] for row in both} == {"answered", "failed", "reserved"}
    assert books.usage.totals(Wanted("customer_x")) == []


def test_what_cannot_be_grouped_by_is_refused(books: Books) -> None:
    with pytest.raises(RequestWrong, match="release"):
        books.usage.totals(Wanted(), by=("price",))  # type: ignore[arg-type]
