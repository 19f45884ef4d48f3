"""The same request twice is answered once and charged once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shop import WAIT, Shop, until
from sqlalchemy import func, select

from seedbed.errors import CreditSpent, IdempotencyMismatch, IdempotencyRunning
from seedbed.ledger.call import Admitted, Replay
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.key import Key
from seedbed.ledger.money import NANOS
from seedbed.ledger.schema.calls import replays


@pytest.fixture
def shop(database: Database, clock: Manual) -> Iterator[Shop]:
    with Shop(database, clock) as opened:
        yield opened


def answered(shop: Shop, key: Key, named: str = "k", **told: Any) -> str:
    call = shop.claim(key, idempotency_key=named, **told).result(WAIT).call_id
    answer = {"answer": b"\x00\xff the answer", "status_code": 201, "headers": {"a": "b"}}
    shop.settle(call, key, **answer).result(WAIT)
    return call


def kept(shop: Shop) -> int:
    with shop.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(replays)).scalar_one()


def test_the_same_request_has_the_stored_answer_for_free(shop: Shop) -> None:
    key = shop.key()
    first = answered(shop, key)
    again = shop.claim(key, idempotency_key="k").result(WAIT)
    given = 201, {"a": "b"}, b"\x00\xff the answer"
    assert again == Replay(again.call_id, first, *given, again.limits)
    assert again.limits is not None
    until(lambda: shop.statuses() == {"answered": 1, "replayed": 1})
    row = shop.rows(status="replayed")[0]
    assert (row["replay_of"], row["price"], row["units"]) == (first, 0, 0)
    shop.exact(key)


@pytest.mark.parametrize("other", [{"body_hash": "c"}, {"route": "/v1/embeddings"}])
def test_another_request_with_the_same_key_is_refused(shop: Shop, other: dict[str, str]) -> None:
    key = shop.key()
    running = shop.claim(key, idempotency_key="k").result(WAIT)
    with pytest.raises(IdempotencyMismatch):
        shop.claim(key, idempotency_key="k", **other).result(WAIT)
    shop.settle(running.call_id, key).result(WAIT)
    with pytest.raises(IdempotencyMismatch):
        shop.claim(key, idempotency_key="k", **other).result(WAIT)
    until(lambda: shop.statuses() == {"answered": 1, "refused": 2})


def test_a_request_under_way_is_not_begun_again(shop: Shop) -> None:
    key = shop.key()
    futures = [shop.claim(key, idempotency_key="k") for _ in range(8)]
    errors = [one.exception(WAIT) for one in futures]
    assert [type(one) for one in errors].count(IdempotencyRunning) == 7
    assert {one.retry_after for one in errors if one} == {1.0}
    until(lambda: shop.account(key).in_flight == 1)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_call_that_was_not_answered_frees_its_key(shop: Shop, status: Any) -> None:
    key = shop.key()
    call = shop.claim(key, idempotency_key="k").result(WAIT).call_id
    shop.ledger.release(call, key, status=status, reason="x").result(WAIT)
    assert isinstance(shop.claim(key, idempotency_key="k").result(WAIT), Admitted)


def test_a_refused_call_takes_no_key(shop: Shop) -> None:
    key = shop.key(credit=1)
    with pytest.raises(CreditSpent):
        shop.claim(key, 2, idempotency_key="k").result(WAIT)
    assert kept(shop) == 0
    answered(shop, key)
    assert kept(shop) == 1


def test_keys_of_other_customers_are_other_keys(shop: Shop) -> None:
    one, other = shop.key(), shop.key()
    answered(shop, one)
    assert isinstance(shop.claim(other, idempotency_key="k").result(WAIT), Admitted)
    second, _ = shop.ledger.keys.create(one.customer_id)
    assert isinstance(shop.claim(second, idempotency_key="k").result(WAIT), Replay)


def test_a_day_later_the_key_is_free(shop: Shop, clock: Manual) -> None:
    key = shop.key()
    answered(shop, key)
    clock.advance(hours=24, microseconds=-1)
    assert isinstance(shop.claim(key, idempotency_key="k").result(WAIT), Replay)
    clock.advance(microseconds=1)
    answered(shop, key)
    assert isinstance(shop.claim(key, idempotency_key="k").result(WAIT), Replay)
    shop.exact(key)
    assert shop.statuses()["answered"] == 2


def test_a_key_under_way_does_not_expire(shop: Shop, clock: Manual) -> None:
    key = shop.key()
    shop.claim(key, idempotency_key="k").result(WAIT)
    clock.advance(days=3)
    with pytest.raises(IdempotencyRunning):
        shop.claim(key, idempotency_key="k").result(WAIT)


def test_what_has_expired_is_deleted(shop: Shop, clock: Manual) -> None:
    key = shop.key()
    answered(shop, key)
    shop.claim(key, idempotency_key="running").result(WAIT)
    clock.advance(days=2)
    assert shop.ledger.retention.expire() == {"texts": 0, "answers": 1, "comparisons": 0}
    assert kept(shop) == 1


def test_each_request_sent_twice_is_charged_once(shop: Shop) -> None:
    key = shop.key()
    for number in range(20):
        answered(shop, key, f"k{number}")
        again = shop.claim(key, idempotency_key=f"k{number}").result(WAIT)
        assert isinstance(again, Replay)
    assert shop.account(key).credit == 80 * NANOS
    shop.exact(key)
