"""Customers, what they subscribe to, and the traffic that is set for them."""

from __future__ import annotations

from typing import Any

import pytest

from seedbed.errors import RecordConflict, RecordMissing, RequestWrong
from seedbed.ledger.clock import DAY, Manual
from seedbed.ledger.database import Database
from seedbed.ledger.ledger import Ledger

PLAN: dict[str, Any] = {
    "name": "pay",
    "currency": "USD",
    "period": "day",
    "charges": [{"tiers": [{"price": "1"}]}],
}


@pytest.fixture
def ledger(database: Database, clock: Manual) -> Ledger:
    return Ledger(database, clock)


@pytest.fixture
def customer(ledger: Ledger) -> str:
    return ledger.customers.create("Acme").id


def test_a_customer_is_what_was_told(ledger: Ledger, clock: Manual) -> None:
    told: dict[str, Any] = {"email": "a@b.example", "language": "zh", "currency": "CNY"}
    told |= {"keep_texts_days": 30, "spend_cap": 5, "settings": {"address": ["1 Road"]}}
    made = ledger.customers.create("甲公司", **told)
    assert (made.name, made.made_at, made.erased_at) == ("甲公司", clock.now(), None)
    assert {name: getattr(made, name) for name in told} == told
    assert ledger.customers.get(made.id) == made
    assert ledger.customers.list() == [made]


def test_a_customer_changes(ledger: Ledger, customer: str) -> None:
    pins = {"bank": 3, "cards": 1}
    changed = ledger.customers.change(customer, name="New", keep_texts_days=7, pins=pins)
    assert (changed.name, changed.keep_texts_days, changed.pins) == ("New", 7, pins)
    assert ledger.customers.list() == [changed]
    assert ledger.customers.change(customer, pins={}).pins == {}
    assert ledger.customers.change(customer, keep_texts_days=None).keep_texts_days is None


@pytest.mark.parametrize(
    "told",
    [
        {"name": " "},
        {"name": "n" * 201},
        {"language": "fr"},
        {"currency": "XXX"},
        {"keep_texts_days": 0},
        {"keep_texts_days": True},
        {"spend_cap": -1},
        {"spend_cap": 1.5},
        {"settings": []},
        {"colour": "red"},
    ],
)
def test_what_makes_no_sense_changes_nothing(
    ledger: Ledger, customer: str, told: dict[str, Any]
) -> None:
    before = ledger.customers.get(customer)
    with pytest.raises(RequestWrong) as wrong:
        ledger.customers.change(customer, **told)
    assert wrong.value.where == next(iter(told))
    assert ledger.customers.get(customer) == before


def test_a_customer_that_is_none_is_missing(ledger: Ledger) -> None:
    for ask in (ledger.customers.get, ledger.customers.change, ledger.subscriptions.cancel):
        with pytest.raises(RecordMissing):
            ask("customer_0")
    ledger.plans.publish(PLAN)
    with pytest.raises(RecordMissing):
        ledger.subscriptions.subscribe("customer_0", "pay")


def test_names_and_addresses_stay_out_of_the_audit_log(ledger: Ledger) -> None:
    made = ledger.customers.create("Jane Doe", email="jane@doe.example")
    ledger.customers.change(made.id, email="other@doe.example", name="J. Doe", actor="me")
    found = ledger.audit.list()
    assert [(one.action, one.actor) for one in found] == [
        ("customer.change", "me"),
        ("customer.create", "system"),
    ]
    assert "oe" not in repr([one.details for one in found])


def test_a_first_plan_begins_at_once_or_earlier(
    ledger: Ledger, customer: str, clock: Manual
) -> None:
    ledger.plans.publish(PLAN)
    assert ledger.subscriptions.current(customer) is None
    early = clock.now() - DAY // 2
    made = ledger.subscriptions.subscribe(customer, "pay", start=early)
    assert (made.from_at, made.until_at) == (early, None)
    assert ledger.subscriptions.current(customer) == made
    with ledger.database.reading() as connection:
        period = ledger.accounts.read(connection, customer).period
    assert period is not None
    assert (period.start, period.end) == (early, early + DAY)


def test_a_plan_is_fixed_for_a_period(ledger: Ledger, customer: str, clock: Manual) -> None:
    for name in ("pay", "more", "most"):
        ledger.plans.publish(PLAN | {"name": name})
    start = clock.now()
    first = ledger.subscriptions.subscribe(customer, "pay")
    clock.advance(hours=30)
    ledger.subscriptions.subscribe(customer, "more")
    last = ledger.subscriptions.subscribe(customer, "most")  # before the other has begun
    assert ledger.subscriptions.current(customer).id == first.id
    clock.advance(hours=20)
    assert ledger.subscriptions.current(customer).id == last.id
    found = ledger.subscriptions.list(customer)
    spans = [(one.plan.name, one.from_at - start, one.until_at) for one in found]
    end = start + 2 * DAY
    assert spans == [("pay", 0, end), ("more", 2 * DAY, end), ("most", 2 * DAY, None)]


def test_a_change_at_once_ends_the_period(ledger: Ledger, customer: str, clock: Manual) -> None:
    ledger.plans.publish(PLAN)
    ledger.plans.publish(PLAN | {"name": "more"})
    ledger.subscriptions.subscribe(customer, "pay")
    clock.advance(hours=5)
    made = ledger.subscriptions.subscribe(customer, "more", when="now")
    with ledger.database.reading() as connection:
        period = ledger.accounts.read(connection, customer).period
    assert period is not None
    assert (period.subscription_id, period.start) == (made.id, clock.now())
    assert ledger.subscriptions.list(customer)[0].until_at == clock.now()


def test_a_subscription_ends_with_its_period(ledger: Ledger, customer: str, clock: Manual) -> None:
    ledger.plans.publish(PLAN)
    ledger.subscriptions.subscribe(customer, "pay")
    clock.advance(hours=5)
    end = ledger.subscriptions.cancel(customer)
    assert end == clock.now() + 19 * 3600 * 1_000_000
    assert ledger.subscriptions.current(customer) is not None
    clock.set(end)
    assert ledger.subscriptions.current(customer) is None


def test_a_plan_in_another_currency_is_refused(ledger: Ledger, customer: str) -> None:
    ledger.plans.publish(PLAN | {"currency": "CNY"})
    with pytest.raises(RecordConflict, match="CNY"):
        ledger.subscriptions.subscribe(customer, "pay")
    assert ledger.subscriptions.list(customer) == []


MOVE: dict[str, Any] = {"before": 1, "after": 2, "by": "me", "reason": "why", "measured": {"p": 1}}


def test_aliases_move_all_or_none_and_leave_a_trace(ledger: Ledger) -> None:
    traffic = ledger.traffic
    traffic.move(
        "bank", {"champion": (1, None, False), "canary": (2, 50_000, False)}, action="set", **MOVE
    )
    traffic.move("cards", {"shadow": (7, None, True)}, action="shadow", **MOVE)
    assert traffic.aliases() == {
        "bank": {"champion": (1, None, False), "canary": (2, 50_000, False)},
        "cards": {"shadow": (7, None, True)},
    }
    traffic.move("bank", {"champion": (2, None, False), "canary": None}, action="promote", **MOVE)
    assert traffic.aliases()["bank"] == {"champion": (2, None, False)}
    last = traffic.rollouts("bank")[0]
    assert (last["action"], last["from_number"], last["to_number"]) == ("promote", 1, 2)
    assert (last["by"], last["reason"], last["measured"]) == ("me", "why", {"p": 1})
    entry = ledger.audit.list(subject="bank")[0]
    assert (entry.action, entry.actor) == ("traffic.promote", "me")
    assert entry.details["aliases"] == {"champion": [2, None, False], "canary": None}
    with pytest.raises(TypeError):
        traffic.move("bank", {"champion": (3, None, False), "x": 5}, action="set", **MOVE)
    assert traffic.aliases()["bank"] == {"champion": (2, None, False)}


def test_a_customer_is_pinned_and_let_go(ledger: Ledger, customer: str) -> None:
    ledger.traffic.pin(customer, "bank", 3, by="me")
    ledger.traffic.pin(customer, "bank", 4, by="me")
    assert ledger.traffic.pins() == {(customer, "bank"): 4}
    assert ledger.customers.get(customer).pins == {"bank": 4}
    ledger.traffic.pin(customer, "bank", None, by="me")
    assert ledger.traffic.pins() == {}
    assert [one.details["number"] for one in ledger.audit.list(action="traffic.pin")] == [
        None,
        4,
        3,
    ]
