"""Two releases beside each other: kept with the call, judged by feedback whenever it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shop import WAIT, Shop
from sqlalchemy import func, select

from seedbed.ledger.call import Comparison
from seedbed.ledger.clock import Manual
from seedbed.ledger.comparisons import Compared
from seedbed.ledger.database import Database
from seedbed.ledger.key import Key
from seedbed.ledger.schema.calls import comparisons
from seedbed.tasks.schema import Schema

COPY = {"release": "x", "number": 2, "verb": "predict", "route": "", "status": "shadow"}


@pytest.fixture
def shop(database: Database, clock: Manual) -> Iterator[Shop]:
    with Shop(database, clock) as opened:
        yield opened


def compared(shop: Shop, key: Key, *answers: tuple[Any, Any], texts: bool = False) -> str:
    """Make a call of `x/1` that `x/2` is compared with, and return its id."""
    call = shop.claim(key, len(answers)).result(WAIT).call_id
    shop.settle(call, key).result(WAIT)
    told = Comparison(
        call,
        key.customer_id or "",
        "x",
        1,
        2,
        answers=answers,
        agreed=[ours == theirs for ours, theirs in answers],
        texts=texts,
    )
    shop.ledger.note(COPY, told)
    shop.call(key)  # so that the note is written
    return call


def kept(shop: Shop) -> int:
    with shop.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(comparisons)).scalar_one()


def counted(shop: Shop, output: str = "label") -> list[Compared]:
    return shop.ledger.comparisons.of("x", lambda *_: (output, Schema(("a", "b"))))


def test_what_feedback_says_late_is_counted_and_its_last_word_counts(
    shop: Shop, clock: Manual
) -> None:
    key, began = shop.key(), clock.now()
    customer = key.customer_id or ""
    call = compared(shop, key, ("a", "a"), ("a", "b"), ("a", "b"), ("a", "b"))
    assert counted(shop) == [Compared(1, 2, 4, 1, 0, 0, 0, began, began)]
    clock.advance(days=3)
    other = compared(shop, key, (["a"], ["a", "b"]))
    last = clock.now()
    say = shop.ledger.feedback.record
    say(customer, call, "right", row=0)
    say(customer, call, "wrong", row=1, correct="a")
    say(customer, call, "wrong", row=1, correct="b")
    say(customer, call, "right", row=2)
    say(customer, call, "wrong", row=3)  # nobody knows what would have been right
    say(customer, other, "wrong", correct=["b", "a"])
    assert counted(shop) == [Compared(1, 2, 5, 1, 4, 2, 3, began, last)]
    assert shop.ledger.comparisons.of("y", lambda *_: None) == []


def test_of_releases_that_have_gone_only_what_was_right_is_known(shop: Shop) -> None:
    key = shop.key()
    call = compared(shop, key, ("a", "b"), ("a", "b"))
    shop.ledger.feedback.record(key.customer_id or "", call, "right")
    shop.ledger.feedback.record(key.customer_id or "", call, "wrong", row=1, correct="b")
    (found,) = shop.ledger.comparisons.of("x", lambda *_: None)
    assert (found.judged, found.right, found.other_right) == (1, 1, 0)


def test_texts_are_kept_only_where_the_customer_keeps_texts_and_as_long(
    shop: Shop, clock: Manual
) -> None:
    silent, week = shop.key(), shop.key(keep_texts_days=7)
    compared(shop, silent, ("a text", "another"), texts=True)
    compared(shop, silent, ("a", "b"))
    assert kept(shop) == 1
    compared(shop, week, ("a text", "another"), texts=True)
    assert kept(shop) == 2
    clock.advance(days=7, microseconds=-1)
    assert shop.ledger.retention.expire()["comparisons"] == 0
    clock.advance(microseconds=1)
    assert shop.ledger.retention.expire()["comparisons"] == 1
    assert kept(shop) == 1


def test_a_customers_go_when_it_is_erased(shop: Shop) -> None:
    key, other = shop.key(), shop.key()
    for each in (key, other):
        compared(shop, each, ("a", "b"))
    shop.ledger.retention.erase(key.customer_id or "")
    assert kept(shop) == 1
