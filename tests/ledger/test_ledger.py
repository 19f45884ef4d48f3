"""Calls through the writer, on both databases: reserved, charged, released; each leaves one row."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from shop import PREPAID, WAIT, Shop, until
from sqlalchemy import Connection, select

from seedbed.errors import (
    CreditHeld,
    CreditSpent,
    KeyInvalid,
    LedgerUnavailable,
    Refused,
    RequestWrong,
    ScopeMissing,
    SpendCapReached,
)
from seedbed.ledger import admission, recovery, shelf
from seedbed.ledger import ledger as ledgers
from seedbed.ledger.account import Account, Ask, Hold
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.call import Admitted
from seedbed.ledger.clock import DAY, Manual
from seedbed.ledger.database import Database
from seedbed.ledger.group import Group
from seedbed.ledger.ids import new_id
from seedbed.ledger.invoices import Invoices
from seedbed.ledger.ledger import Ledger
from seedbed.ledger.money import NANOS
from seedbed.ledger.prepared import Prepared
from seedbed.ledger.schema.calls import texts


@pytest.fixture
def shop(database: Database, clock: Manual) -> Iterator[Shop]:
    with Shop(database, clock) as opened:
        yield opened


class Gate:
    """Stops the writer before it writes, so that operations gather behind it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()
        write = Group.write

        def wait(group: Group) -> None:
            self.reached.set()
            assert self._open.wait(WAIT)
            write(group)

        monkeypatch.setattr(Group, "write", wait)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


def test_a_call_is_reserved_then_charged(shop: Shop) -> None:
    key = shop.key()
    admitted = shop.claim(key, 3).result(WAIT)
    assert isinstance(admitted, Admitted)
    assert admitted.limits.credit_left == 97 * NANOS
    until(lambda: len(shop.rows()) == 1)
    assert shop.rows()[0]["status"] == "reserved"
    shop.exact(key)
    assert shop.settle(admitted.call_id, key, tokens=21).result(WAIT) == 3 * NANOS
    row = shop.rows()[0]
    assert {name: row[name] for name in ("status", "units", "price", "engine", "tokens")} == {
        "status": "answered",
        "units": 3,
        "price": 3 * NANOS,
        "engine": "onnx",
        "tokens": 21,
    }
    assert (row["reason"], row["alias"], row["charge"]) == (None, "champion", 0)
    shop.exact(key)


def test_a_refused_call_leaves_its_row_and_costs_nothing(shop: Shop) -> None:
    key = shop.key(credit=2)
    with pytest.raises(CreditSpent):
        shop.claim(key, 3).result(WAIT)
    until(lambda: bool(shop.rows()))
    row = shop.rows()[0]
    assert (row["status"], row["reason"], row["price"]) == ("refused", "CreditSpent", 0)
    assert (row["rows"], row["customer_id"], row["key_id"]) == (3, key.customer_id, key.id)
    shop.exact(key, 2)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_call_that_was_not_answered_costs_nothing(shop: Shop, status: Any) -> None:
    key = shop.key(credit=1)
    call = shop.claim(key).result(WAIT).call_id
    with pytest.raises(CreditHeld):
        shop.claim(key).result(WAIT)
    shop.ledger.release(call, key, status=status, reason="DeadlinePassed").result(WAIT)
    row = shop.rows(id=call)[0]
    assert (row["status"], row["reason"]) == (status, "DeadlinePassed")
    assert (row["units"], row["price"]) == (0, 0)
    shop.exact(key, 1)
    assert shop.call(key) == NANOS


def test_what_is_not_reserved_cannot_be_charged(shop: Shop) -> None:
    key = shop.key()
    with pytest.raises(LedgerUnavailable, match="no reservation"):
        shop.settle(new_id("call", 0), key).result(WAIT)
    call = shop.claim(key).result(WAIT).call_id
    shop.ledger.release(call, key, status="failed", reason="x").result(WAIT)
    with pytest.raises(LedgerUnavailable, match="failed"):
        shop.settle(call, key).result(WAIT)
    shop.exact(key)


def test_a_call_is_charged_once_and_ends_once(shop: Shop) -> None:
    key = shop.key()
    call = shop.claim(key).result(WAIT).call_id
    settled = [shop.settle(call, key) for _ in range(4)]
    answers = [one.exception(WAIT) for one in settled]
    assert [type(one) for one in answers].count(LedgerUnavailable) == 3
    shop.ledger.release(call, key, status="failed", reason="too late").result(WAIT)
    assert shop.rows(id=call)[0]["status"] == "answered"
    shop.exact(key)


def test_releasing_what_never_was_is_nothing(shop: Shop) -> None:
    key = shop.key()
    shop.ledger.release("call_0", key, status="failed", reason="x").result(WAIT)
    assert shop.rows() == []


def test_a_claim_may_be_followed_by_its_end_at_once(shop: Shop) -> None:
    key, call = shop.key(), new_id("call", 0)
    claimed = shop.claim(key, call_id=call, idempotency_key="k")
    ended = shop.ledger.release(call, key, status="cancelled", reason="Cancelled")
    assert isinstance(claimed.result(WAIT), Admitted)
    ended.result(WAIT)
    assert shop.rows(id=call)[0]["status"] == "cancelled"
    shop.exact(key)
    assert isinstance(shop.claim(key, idempotency_key="k").result(WAIT), Admitted)


def test_a_key_that_was_revoked_elsewhere_lets_nothing_in(
    shop: Shop, another: Callable[[], Database]
) -> None:
    key = shop.key()
    with Shop(another(), shop.ledger.clock) as other:
        other.ledger.keys.revoke(key.id)
    with pytest.raises(KeyInvalid):
        shop.claim(key).result(WAIT)


def test_a_key_expires_by_the_ledgers_clock(shop: Shop, clock: Manual) -> None:
    made = shop.key()
    key, _ = shop.ledger.keys.create(made.customer_id, expires_at=clock.now() + DAY)
    shop.call(key)
    clock.advance(days=1)
    with pytest.raises(KeyInvalid, match="expired"):
        shop.claim(key).result(WAIT)


def test_an_admin_key_answers_for_nobody(shop: Shop) -> None:
    key, _ = shop.ledger.keys.create(None, scopes={"verbs": ["admin"]})
    with pytest.raises(ScopeMissing):
        shop.claim(key).result(WAIT)
    until(lambda: len(shop.rows(status="refused")) == 1)


def test_a_customer_without_a_plan_is_refused(shop: Shop) -> None:
    made = shop.ledger.customers.create("nobody's")
    key, _ = shop.ledger.keys.create(made.id)
    with pytest.raises(ScopeMissing):
        shop.claim(key).result(WAIT)


def test_a_customers_own_cap_counts(shop: Shop) -> None:
    key = shop.key(spend_cap=2 * NANOS)
    shop.call(key, 2)
    with pytest.raises(SpendCapReached):
        shop.claim(key).result(WAIT)
    shop.ledger.customers.change(key.customer_id or "", spend_cap=None)
    shop.call(key)


def test_texts_are_kept_only_where_the_customer_says_so(shop: Shop, clock: Manual) -> None:
    told = {"inputs": ["a text", "another"], "answers": [{"label": "x"}, {"label": "y"}]}
    silent, open_ = shop.key(), shop.key(keep_texts_days=7)
    for key in (silent, open_):
        call = shop.claim(key, 2).result(WAIT).call_id
        shop.settle(call, key, **told).result(WAIT)
    with shop.database.reading() as connection:
        kept = connection.execute(select(texts)).mappings().all()
    assert [row["customer_id"] for row in kept] == [open_.customer_id]
    assert (kept[0]["inputs"], kept[0]["answers"]) == (told["inputs"], told["answers"])
    assert kept[0]["expires_at"] == clock.now() + 7 * DAY


def test_a_free_row_is_noted(shop: Shop) -> None:
    key = shop.key()
    row = {"customer_id": key.customer_id, "release": "x", "verb": "predict", "route": "/"}
    shop.ledger.note(row | {"status": "shadow", "reason": None, "price": 5})
    until(lambda: shop.statuses() == {"shadow": 1})
    assert shop.rows()[0]["price"] == 0
    for status in ("answered", "reserved", None):
        with pytest.raises(RequestWrong):
            shop.ledger.note(row | {"status": status})


def test_what_is_left_is_told_with_the_admission(shop: Shop, clock: Manual) -> None:
    limits = {"quota": 10, "rate": {"calls_per_second": 2, "burst": 4}, "spend": "8"}
    key = shop.key(PREPAID | {"name": "limited", "period": "day", "limits": limits}, credit=20)
    shop.call(key, 2)
    told = shop.claim(key, 3).result(WAIT).limits  # type: ignore[union-attr]
    assert (told.calls, told.calls_left, told.per_second, told.calls_reset) == (4, 2, 2.0, 1.0)
    assert (told.units, told.units_left, told.units_reset) == (10, 5, 86_400)
    assert (told.credit_left, told.spend_left) == (15 * NANOS, 3 * NANOS)
    assert (told.currency, told.meter) == ("USD", "answers")
    clock.advance(seconds=1)
    assert shop.claim(key).result(WAIT).limits.calls_left == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("keys", [1, 5])
def test_many_callers_get_exactly_what_the_credit_covers(shop: Shop, keys: int) -> None:
    first = shop.key(credit=40)
    others = [shop.ledger.keys.create(first.customer_id)[0] for _ in range(keys - 1)]

    def tried(number: int) -> int | type[Refused]:
        try:
            return shop.call([first, *others][number % keys])
        except Refused as refused:
            return type(refused)

    with ThreadPoolExecutor(32) as pool:
        got = list(pool.map(tried, range(400)))
    assert got.count(NANOS) == 40
    assert set(got) <= {NANOS, CreditSpent, CreditHeld}
    until(lambda: len(shop.rows()) == 400)
    assert shop.statuses() == {"answered": 40, "refused": 360}
    shop.exact(first, 40)


def test_a_claim_is_answered_before_its_commit_and_a_settling_after(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.key()
    gate = Gate(monkeypatch)
    admitted = shop.claim(key).result(WAIT)
    assert shop.rows() == []
    settled = shop.settle(admitted.call_id, key)
    gate.reached.clear()
    gate.open()
    assert settled.result(WAIT) == NANOS
    again = Gate(monkeypatch)
    waiting = shop.claim(key)
    second = shop.settle(waiting.result(WAIT).call_id, key)
    assert again.reached.wait(WAIT)
    assert not second.done()
    again.open()
    second.result(WAIT)
    shop.exact(key)


def test_the_disk_is_waited_for_when_a_call_is_settled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, seen, inner = shop.key(), [], Database.committing

    def watched(database: Database, *, flush: bool = True) -> Any:
        seen.append(flush)
        return inner(database, flush=flush)

    monkeypatch.setattr(Database, "committing", watched)
    shop.call(key)
    shop.ledger.release("call_x", key, status="failed", reason="x").result(WAIT)
    assert seen == [False, True, True]


def test_callers_share_commits(
    database: Database, clock: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    told = {"committed": lambda operations, seconds: commits.append(operations)}
    with Shop(database, clock, **told) as shop:
        key = shop.key()
        gate = Gate(monkeypatch)
        first = shop.claim(key)
        assert gate.reached.wait(WAIT)
        others = [shop.claim(key) for _ in range(63)]
        gate.open()
        calls = [one.result(WAIT).call_id for one in (first, *others)]
        until(lambda: sum(commits) == 64)
        assert len(commits) == 2
        for one in [shop.settle(call, key) for call in calls]:
            one.result(WAIT)
        shop.exact(key)
        account = shop.account(key)
    assert account.version < 20  # each commit writes an account once


def test_a_fault_in_one_operation_fails_that_one_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = shop.key(keep_texts_days=1)
    calls = [shop.claim(key).result(WAIT).call_id for _ in range(3)]
    gate = Gate(monkeypatch)
    first = shop.claim(key)
    assert gate.reached.wait(WAIT)
    bad = shop.settle(calls[0], key, inputs=["x"], answers=[object()])
    good = [shop.settle(call, key) for call in calls[1:]]
    twice = shop.claim(key, call_id=calls[1])  # an id that is there already
    gate.open()
    assert [one.result(WAIT) for one in good] == [NANOS, NANOS]
    assert isinstance(bad.exception(WAIT), TypeError)
    twice.exception(WAIT)
    assert "each is tried alone" in caplog.text
    until(lambda: shop.rows(id=calls[0])[0]["status"] == "failed")
    shop.settle(first.result(WAIT).call_id, key).result(WAIT)
    shop.exact(key)
    assert shop.ledger.healthy()


def test_a_fault_in_a_claim_leaves_its_row(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key, decide = shop.key(), admission.decide

    def broken(account: Account, ask: Ask, now: int) -> Hold:
        if ask.release == "bad":
            raise ZeroDivisionError
        return decide(account, ask, now)

    monkeypatch.setattr(admission, "decide", broken)
    assert isinstance(shop.claim(key, release="bad").exception(WAIT), ZeroDivisionError)
    assert shop.call(key) == NANOS
    (failed,) = shop.rows(status="failed")
    assert (failed["release"], failed["reason"]) == ("bad", "ZeroDivisionError")
    assert (failed["customer_id"], failed["price"]) == (key.customer_id, 0)
    shop.exact(key)


def test_what_a_caller_gave_up_leaves_a_row_and_holds_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.key()
    call = shop.claim(key).result(WAIT).call_id
    gate = Gate(monkeypatch)
    shop.claim(key)
    assert gate.reached.wait(WAIT)
    claimed, settled = shop.claim(key), shop.settle(call, key)
    assert claimed.cancel()
    assert settled.cancel()
    gate.open()
    until(lambda: shop.statuses() == {"cancelled": 2, "reserved": 1})
    shop.exact(key)


def test_a_ledger_that_is_closed_takes_nothing(shop: Shop) -> None:
    key = shop.key()
    left = shop.claim(key).result(WAIT).call_id
    last = shop.settle(shop.claim(key).result(WAIT).call_id, key)
    shop.ledger.close()
    assert last.result(0) == NANOS
    with pytest.raises(LedgerUnavailable, match="closed"):
        shop.claim(key).result(WAIT)
    assert shop.rows(id=left)[0]["status"] == "failed"
    assert not shop.ledger.healthy()
    shop.exact(key)


def test_a_call_under_way_when_the_period_ends_is_priced_by_its_own(
    shop: Shop, clock: Manual
) -> None:
    tiers = [{"up_to": 2, "price": "5"}, {"price": "1"}]
    plan = PREPAID | {"name": "tiered", "period": "day", "charges": [{"tiers": tiers}]}
    key = shop.key(plan)
    shop.call(key, 2)
    late = shop.claim(key, 3).result(WAIT).call_id
    clock.advance(days=1)
    assert shop.call(key) == 5 * NANOS
    account = shop.account(key)
    assert [(one.calls, one.used) for one in account.earlier] == [(1, 2)]
    shop.exact(key)
    assert shop.settle(late, key).result(WAIT) == 3 * NANOS
    assert shop.account(key).earlier == []


def test_a_clock_set_back_an_hour_charges_nothing_wrong(shop: Shop, clock: Manual) -> None:
    plan = PREPAID | {"name": "included", "period": "day"}
    plan["charges"] = [{"included": 2, "tiers": [{"price": "1"}]}]
    key = shop.key(plan)
    clock.advance(days=1)
    assert [shop.call(key) for _ in range(3)] == [0, 0, NANOS]
    clock.advance(hours=-30)  # to a period that is over, whose two free units were not used
    assert shop.call(key) == NANOS
    ats = [row["at"] for row in shop.rows()]
    assert ats == sorted(ats)
    shop.exact(key)


def test_a_change_of_plan_counts_from_the_next_period_or_at_once(shop: Shop, clock: Manual) -> None:
    key = shop.key(PREPAID | {"period": "day"})
    dear = PREPAID | {"name": "dear", "period": "day", "charges": [{"tiers": [{"price": "2"}]}]}
    shop.ledger.plans.publish(dear)
    customer = key.customer_id or ""
    shop.ledger.subscriptions.subscribe(customer, "dear", when="next")
    assert shop.call(key) == NANOS
    clock.advance(days=1)
    assert shop.call(key) == 2 * NANOS
    late = shop.claim(key).result(WAIT).call_id
    shop.ledger.subscriptions.subscribe(customer, "prepaid", when="now")
    assert shop.call(key) == NANOS
    assert shop.settle(late, key).result(WAIT) == 2 * NANOS
    shop.exact(key)
    shop.ledger.plans.publish(PREPAID | {"period": "day", "charges": dear["charges"]})
    clock.advance(days=5)
    assert shop.call(key) == NANOS  # of the version that was agreed to
    assert shop.ledger.subscriptions.cancel(customer, when="now") == clock.now()
    with pytest.raises(ScopeMissing):
        shop.claim(key).result(WAIT)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_others_change_is_seen_by_the_next_call(
    shop: Shop, another: Callable[[], Database], elsewhere: bool
) -> None:
    key = shop.key(credit=1)
    customer = key.customer_id or ""
    other = Ledger(another(), shop.ledger.clock) if elsewhere else shop.ledger
    shop.call(key)
    with pytest.raises(CreditSpent):
        shop.claim(key).result(WAIT)
    other.credits.grant(customer, 5 * NANOS)
    shop.call(key)
    other.customers.change(customer, spend_cap=2 * NANOS)
    with pytest.raises(SpendCapReached):
        shop.claim(key).result(WAIT)
    other.customers.change(customer, spend_cap=None)
    shop.call(key)
    other.keys.revoke(key.id)
    with pytest.raises(KeyInvalid):
        shop.claim(key).result(WAIT)
    shop.exact(key, 6)


def test_a_call_that_another_process_ended_is_not_charged(
    shop: Shop, another: Callable[[], Database]
) -> None:
    key = shop.key()
    call = shop.claim(key).result(WAIT).call_id
    until(lambda: shop.rows() != [])
    recovery.release(another(), Accounts(), shop.ledger.clock, shop.ledger._instance.id)
    with pytest.raises(LedgerUnavailable):
        shop.settle(call, key).result(WAIT)
    shop.exact(key)


def test_little_is_read_twice_on_sqlite(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Prepared] = []
    rows = Prepared.rows

    def counted(statement: Prepared, connection: Connection, **told: Any) -> Any:
        read.append(statement)
        return rows(statement, connection, **told)

    with Shop(sqlite) as shop:
        key = shop.key()
        shop.call(key)
        monkeypatch.setattr(Prepared, "rows", counted)
        for _ in range(5):
            shop.call(key)
        assert read == []
        shop.exact(key)


def test_what_the_writer_remembers_has_an_end(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGEST", 3)
    with Shop(sqlite) as shop:
        keys = [shop.key() for _ in range(5)]
        for key in [*keys, *keys]:
            shop.call(key)
            assert len(shop.ledger._writer._shelf._accounts) <= 3
        for key in keys:
            shop.exact(key)


def test_a_step_of_the_keeper_that_fails_stops_no_other_and_comes_again(
    sqlite: Database,
    clock: Manual,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(ledgers, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(ledgers, "SWEEP_SECONDS", 0.0)
    tried: Counter[str] = Counter()

    def fails(name: str, fault: Exception) -> Callable[..., None]:
        def failing(*_: object) -> None:
            tried[name] += 1
            raise fault

        return failing

    away = LedgerUnavailable(expected="", got="locked", do="")
    with Shop(sqlite, clock) as shop:
        monkeypatch.setattr(recovery, "recover", fails("recovery", ZeroDivisionError()))
        monkeypatch.setattr(shop.ledger.retention, "_delete", fails("expiry", away))
        monkeypatch.setattr(Invoices, "_closed", fails("closing", ZeroDivisionError()))
        shop.key(PREPAID | {"name": "monthly", "fee": "1"})
        clock.advance(days=40)
        until(lambda: min(tried[name] for name in ("recovery", "expiry", "closing")) > 1)
        assert shop.ledger.healthy()
    assert "the recovery of what died failed" in caplog.text
    assert "the closing of periods failed" in caplog.text


def test_a_ledger_whose_keeper_has_died_is_not_healthy(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "BEAT_SECONDS", 0.01)
    with Shop(sqlite) as shop:
        assert shop.ledger.healthy()

        def end(*_: object) -> None:
            raise SystemExit

        monkeypatch.setattr(threading, "excepthook", lambda _: None)
        monkeypatch.setattr(recovery, "recover", end)
        until(lambda: not shop.ledger.healthy())
        assert shop.ledger._writer.alive
