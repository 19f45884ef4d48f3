"""Admission is exact: whatever the order of claims, settlings and releases, over any periods."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from plan_sample import plans, raw_charges

from seedbed.errors import (
    CreditHeld,
    CreditSpent,
    QuotaSpent,
    RateExceeded,
    Refused,
    ScopeMissing,
    SpendCapReached,
)
from seedbed.ledger import admission
from seedbed.ledger.account import Account, Ask, Hold, Subscription, filled, needs_roll, roll
from seedbed.ledger.clock import DAY, SECOND
from seedbed.ledger.limits import limits
from seedbed.ledger.money import NANOS
from seedbed.ledger.plan import MICROS, Plan
from seedbed.ledger.plan_file import read
from seedbed.ledger.pricing import cost

NOON = 1_767_268_800_000_000
RELEASES = ("bank-intents", "reviews")


@st.composite
def limited(draw: Any) -> Plan:
    """Draw a plan with limits that calls of some rows reach."""
    plan = draw(plans())
    if draw(st.booleans()):
        return plan
    body = plan.model_dump(mode="json") | {"minimum": "0"}
    body["charges"] = [draw(raw_charges("graduated"))]
    body["limits"] = {"quota": draw(st.integers(0, 300)), "spend": None}
    return read(body)


class Admission(RuleBasedStateMachine):
    """An account, and a book of its calls kept beside it by simple addition."""

    @initialize(first=limited(), second=limited(), credit=st.integers(0, 500 * NANOS))
    def open(self, first: Plan, second: Plan, credit: int) -> None:
        assume(first.currency == second.currency)
        self.clock = NOON
        self.subscriptions = [Subscription("one", "p1", first, NOON - DAY)]
        self.second = second
        self.account = Account("customer", credit=credit)
        self.paid_in = credit
        self.under_way: list[tuple[Hold, Any]] = []
        self.settled: dict[Any, int] = defaultdict(int)
        self.charged: dict[Any, int] = defaultdict(int)
        self.drawn = 0
        self.last = 0

    def _time(self) -> int:
        now = self.account.advance(self.clock)
        if needs_roll(self.account, now):
            roll(self.account, self.subscriptions, now)
        return now

    @rule(
        release=st.sampled_from(RELEASES),
        rows=st.integers(1, 200),
        tokens=st.integers(0, 5000),
        cap=st.none() | st.integers(0, 20 * NANOS),
    )
    def claim(self, release: str, rows: int, tokens: int, cap: int | None) -> None:
        now = self._time()
        ask = Ask(release, rows, tokens, cap)
        before = self._state()
        try:
            hold = admission.decide(self.account, ask, self.clock)
        except Refused as refused:
            assert self._state() == before
            self._rightly(refused, ask)
            return
        period = self.account.period
        assert period is not None
        assert (hold.at, hold.subscription_id) == (now, period.subscription_id)
        assert period.start <= hold.at < period.end
        self.under_way.append((hold, (period.subscription_id, period.start, hold.charge, period)))
        told = limits(self.account, period, ask, self.clock)
        for left in (told.units_left, told.credit_left, told.spend_left):
            assert left is None or left >= 0

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 10**6), share=st.integers(0, 120))
    def settle(self, which: int, share: int) -> None:
        hold, name = self.under_way.pop(which % len(self.under_way))
        units = hold.units * share // 100
        price = admission.settle(self.account, hold, units)
        self.settled[name[:3]] += min(units, hold.units)
        self.charged[name[:3]] += price
        period = name[3]
        if period.prepaid:
            self.drawn += price
        charge = period.plan.charges[hold.charge]
        assert self.charged[name[:3]] == cost(charge, self.settled[name[:3]])
        cap = period.plan.limits.spend
        assert cap is None or period.spent <= cap

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 10**6))
    def release(self, which: int) -> None:
        hold, _ = self.under_way.pop(which % len(self.under_way))
        admission.release(self.account, hold)

    @rule(by=st.integers(-2 * 3600 * SECOND, 40 * DAY))
    def pass_time(self, by: int) -> None:
        self.clock += by

    @rule(amount=st.integers(0, 20 * NANOS))
    def top_up(self, amount: int) -> None:
        self.account.credit += amount
        self.paid_in += amount

    @precondition(lambda self: len(self.subscriptions) == 1)
    @rule()
    def change_plan_at_once(self) -> None:
        now = self._time()
        first = self.subscriptions[0]
        self.subscriptions = [
            Subscription(first.id, first.plan_id, first.plan, first.from_at, now),
            Subscription("two", "p2", self.second, now),
        ]
        roll(self.account, self.subscriptions, now)

    @invariant()
    def credit_covers_what_is_held(self) -> None:
        if hasattr(self, "account"):
            assert 0 <= self.account.held <= self.account.credit
            assert self.account.credit == self.paid_in - self.drawn

    @invariant()
    def calls_under_way_are_held(self) -> None:
        if hasattr(self, "account"):
            held: dict[Any, int] = defaultdict(int)
            for hold, name in self.under_way:
                held[name[:3]] += hold.units
            for period in self.account.periods:
                for index, meter in period.meters.items():
                    name = (period.subscription_id, period.start, index)
                    assert (meter.used, meter.reserved) == (self.settled[name], held[name])
            assert self.account.in_flight == len(self.under_way)
            assert all(period.calls for period in self.account.earlier)

    @invariant()
    def time_never_goes_back(self) -> None:
        if hasattr(self, "account"):
            assert self.account.last_at >= self.last
            self.last = self.account.last_at

    def _state(self) -> Any:
        account = self.account
        meters = [(p.start, p.spent, p.calls, repr(p.meters)) for p in account.periods]
        return meters, account.credit, account.bucket_level

    def _rightly(self, refused: Refused, ask: Ask) -> None:
        """Check a refusal against the prices of what is under way, added up one by one."""
        period = self.account.period
        assert period is not None
        index, charge = period.plan.charge_for(ask.release) or pytest.fail("refused, and not sold")
        n = ask.most_units(period.plan, charge)
        used = period.meters[index].used if index in period.meters else 0
        alone = cost(charge, used + n) - cost(charge, used)
        if isinstance(refused, CreditHeld):
            assert self.under_way
            assert self.account.credit >= alone
            assert refused.retry_after == admission.SOON
        elif isinstance(refused, CreditSpent):
            assert self.account.credit < alone
        elif isinstance(refused, QuotaSpent):
            quota = period.plan.quota_units
            assert quota is not None
            assert period.taken + n > quota
        else:
            assert isinstance(refused, SpendCapReached)
            if not self.under_way and charge.mode == "graduated":
                assert period.spent + alone > min(ask.caps(period.plan))


Admission.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestAdmission = Admission.TestCase


def plan(**changes: Any) -> Plan:
    body: dict[str, Any] = {"name": "pay", "currency": "USD", "payment": "prepaid"}
    body["charges"] = [{"tiers": [{"price": "1"}]}]
    return read(body | changes)


def account(made: Plan, credit: int = 0, now: int = NOON) -> Account:
    opened = Account("customer", credit=credit)
    roll(opened, [Subscription("sub", "plan", made, NOON)], opened.advance(now))
    return opened


@given(st.permutations(range(6)), st.lists(st.integers(0, 10), min_size=6, max_size=6))
def test_the_order_in_which_calls_end_changes_no_total(order: list[int], used: list[int]) -> None:
    tiers = [{"up_to": 7, "price": "3"}, {"up_to": 20, "price": "1"}, {"price": "2"}]
    opened = account(plan(charges=[{"tiers": tiers}]), 1000 * NANOS)
    holds = [admission.decide(opened, Ask("x", 10), NOON) for _ in range(6)]
    prices = [admission.settle(opened, holds[i], used[i]) for i in order]
    assert opened.period is not None
    assert sum(prices) == cost(opened.period.plan.charges[0], sum(used))


def test_credit_for_a_hundred_lets_in_a_hundred() -> None:
    opened = account(plan(), 100 * NANOS)
    holds = [admission.decide(opened, Ask("x", 1), NOON) for _ in range(100)]
    with pytest.raises(CreditHeld):
        admission.decide(opened, Ask("x", 1), NOON)
    for hold in holds:
        admission.settle(opened, hold, 1)
    with pytest.raises(CreditSpent):
        admission.decide(opened, Ask("x", 1), NOON)
    assert opened.credit == 0


def test_what_a_failed_call_held_is_free_again() -> None:
    opened = account(plan(), NANOS)
    hold = admission.decide(opened, Ask("x", 1), NOON)
    with pytest.raises(CreditHeld) as held:
        admission.decide(opened, Ask("x", 1), NOON)
    assert held.value.retry_after == 1.0
    admission.release(opened, hold)
    admission.decide(opened, Ask("x", 1), NOON)


def test_a_quota_is_kept_and_says_when_to_come_again() -> None:
    opened = account(plan(payment="postpaid", limits={"quota": 10}))
    first = admission.decide(opened, Ask("x", 6), NOON)
    with pytest.raises(QuotaSpent) as held:
        admission.decide(opened, Ask("x", 5), NOON)
    assert held.value.retry_after == admission.SOON
    admission.settle(opened, first, 6)
    with pytest.raises(QuotaSpent) as spent:
        admission.decide(opened, Ask("x", 5), NOON)
    assert opened.period is not None
    assert spent.value.retry_after == (opened.period.end - NOON) / SECOND
    with pytest.raises(QuotaSpent) as never:
        admission.decide(opened, Ask("x", 11), NOON)
    assert never.value.retry_after is None
    admission.decide(opened, Ask("x", 4), NOON)


@pytest.mark.parametrize("own", [True, False])
def test_a_spending_cap_is_kept_the_customers_own_or_the_plans(own: bool) -> None:
    opened = account(plan(payment="postpaid", limits={} if own else {"spend": "2"}))
    cap = 2 * NANOS if own else None
    admission.settle(opened, admission.decide(opened, Ask("x", 2, cap=cap), NOON), 2)
    with pytest.raises(SpendCapReached):
        admission.decide(opened, Ask("x", 1, cap=cap), NOON)


def test_calls_by_compute_time_hold_the_cap_and_are_charged_what_they_took() -> None:
    charges = [{"meter": "compute_seconds", "tiers": [{"price": "1"}]}]
    opened = account(plan(charges=charges, limits={"compute_seconds_per_row": "2"}), 4 * NANOS)
    hold = admission.decide(opened, Ask("x", 2), NOON)
    assert hold.units == 4 * SECOND
    assert admission.settle(opened, hold, SECOND // 2) == NANOS // 2
    hold = admission.decide(opened, Ask("x", 1), NOON)
    assert admission.settle(opened, hold, 60 * SECOND) == 2 * NANOS


def test_a_release_that_no_charge_fits_is_not_sold() -> None:
    opened = account(plan(charges=[{"release": "bank-*", "tiers": [{"price": "1"}]}]), NANOS)
    admission.decide(opened, Ask("bank-intents", 1), NOON)
    with pytest.raises(ScopeMissing):
        admission.decide(opened, Ask("reviews", 1), NOON)
    with pytest.raises(ScopeMissing):
        admission.decide(Account("customer"), Ask("reviews", 1), NOON)


def rated(rate: str, burst: int) -> Account:
    limit = {"rate": {"calls_per_second": rate, "burst": burst}}
    return account(plan(payment="postpaid", limits=limit))


@given(st.sampled_from(["0.1", "3", "7.5", "1000"]), st.integers(1, 5), st.data())
def test_no_more_calls_come_than_the_rate_allows(rate: str, burst: int, data: Any) -> None:
    opened, now, let_in = rated(rate, burst), NOON, 0
    steps = data.draw(st.lists(st.integers(0, 2 * SECOND), max_size=40))
    for step in steps:
        now += step
        try:
            admission.release(opened, admission.decide(opened, Ask("x", 1), now))
            let_in += 1
        except RateExceeded as refused:
            soon = now + int((refused.retry_after or 0) * SECOND) + 1
            level = filled(opened, opened.period.plan.limits.rate, soon)[0]
            assert level >= MICROS
    assert let_in <= burst + float(rate) * (now - NOON) / SECOND


def test_a_bucket_loses_nothing_to_rounding() -> None:
    opened, now, let_in = rated("0.3", 1), NOON, 0
    for _ in range(10_000):
        now += SECOND // 10
        try:
            admission.release(opened, admission.decide(opened, Ask("x", 1), now))
            let_in += 1
        except RateExceeded:
            continue
    assert 290 <= let_in <= 301  # 1,000 s; tries come every 0.1 s and a call every 3.33


def test_a_clock_set_back_charges_nothing_wrong_and_the_bucket_fills_on() -> None:
    opened = rated("1", 1)
    admission.release(opened, admission.decide(opened, Ask("x", 1), NOON))
    back = NOON - 3600 * SECOND
    with pytest.raises(RateExceeded):
        admission.decide(opened, Ask("x", 1), back)
    hold = admission.decide(opened, Ask("x", 1), back + SECOND)
    assert hold.at == NOON
    assert opened.period is not None
    assert opened.period.start == NOON


def test_a_call_is_priced_by_the_period_it_was_let_in_by() -> None:
    tiers = [{"up_to": 10, "price": "1"}, {"price": "0.1"}]
    opened = account(plan(period="day", charges=[{"tiers": tiers}]), 12 * NANOS)
    admission.settle(opened, admission.decide(opened, Ask("x", 10), NOON), 10)
    late = admission.decide(opened, Ask("x", 10), NOON)
    morrow = NOON + DAY
    subscription = Subscription("sub", "plan", plan(period="day"), NOON)
    assert needs_roll(opened, opened.advance(morrow))
    roll(opened, [subscription], morrow)
    assert [period.calls for period in opened.earlier] == [1]
    with pytest.raises(CreditHeld):  # two are left, and one of them is held for the late call
        admission.decide(opened, Ask("x", 2), morrow)
    new = admission.decide(opened, Ask("x", 1), morrow)
    assert admission.settle(opened, late, 10) == NANOS
    assert opened.earlier == []
    assert admission.settle(opened, new, 1) == NANOS
    assert opened.credit == 0


def test_a_subscription_that_ended_lets_nothing_in() -> None:
    opened = account(plan(), NANOS)
    ended = Subscription("sub", "plan", plan(), NOON, NOON + SECOND)
    roll(opened, [ended], opened.advance(NOON + SECOND))
    assert opened.period is None
    with pytest.raises(ScopeMissing):
        admission.decide(opened, Ask("x", 1), NOON + SECOND)


def test_a_period_ends_with_its_subscription() -> None:
    opened = Account("customer")
    roll(opened, [Subscription("sub", "plan", plan(), NOON, NOON + DAY)], opened.advance(NOON))
    assert opened.period is not None
    assert (opened.period.start, opened.period.end) == (NOON, NOON + DAY)


def test_a_settling_can_be_taken_back() -> None:
    tiers = [{"up_to": 10, "price": "1"}, {"price": "2"}]
    opened = account(plan(charges=[{"tiers": tiers}]), 100 * NANOS)
    first, second = (admission.decide(opened, Ask("x", n), NOON) for n in (10, 5))
    prices = admission.settle(opened, first, 10), admission.settle(opened, second, 5)
    assert prices == (10 * NANOS, 10 * NANOS)
    assert admission.undo(opened, first) == 15 * NANOS
    assert opened.credit == 95 * NANOS
    assert opened.period is not None
    assert opened.period.spent == cost(opened.period.plan.charges[0], 5)


def test_a_settling_of_a_period_that_is_gone_stays() -> None:
    opened = account(plan(period="day"), NANOS)
    hold = admission.decide(opened, Ask("x", 1), NOON)
    admission.settle(opened, hold, 1)
    again = Subscription("sub", "plan", plan(period="day"), NOON)
    roll(opened, [again], opened.advance(NOON + DAY))
    assert admission.undo(opened, hold) is None
    assert opened.credit == 0


def test_only_the_units_of_calls_that_ended_unanswered_come_back() -> None:
    opened = account(plan(), 3 * NANOS)
    kept, freed = (admission.decide(opened, Ask("x", 1), NOON) for _ in range(2))
    admission.release(opened, freed)
    admission.settle(opened, kept, 1)
    assert (opened.credit, opened.held, opened.in_flight) == (2 * NANOS, 0, 0)
