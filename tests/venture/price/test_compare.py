"""Plans on the same usage: the ledger's own bills, who wins and loses, and what is not billed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.ledger import plan_file
from seedbed.ledger.plan import Plan
from seedbed.venture.bills import Month, Used, answers_of
from seedbed.venture.price import offers
from seedbed.venture.price.compare import change, offer, thinned


def month(answers: int, release: str = "bank", tokens: int = 0, compute_us: int = 0) -> Month:
    return (Used(release, answers, tokens, compute_us),)


def example(name: str) -> Plan:
    return plan_file.parse(plan_file.example(name))


def plan(**told: object) -> Plan:
    charge = {"tiers": [{"price": "1"}]} | told.pop("charge", {})  # type: ignore[operator]
    return plan_file.read({"name": "p", "currency": "USD", "charges": [charge]} | told)


def test_of_very_many_months_some_are_billed_evenly() -> None:
    usage = [month(n) for n in np.random.default_rng(0).permutation(10_000).tolist()]
    kept = [answers_of(one) for one in thinned(usage, 100)]
    assert kept == list(range(50, 10_000, 100))
    assert thinned(usage[:100], 100) == usage[:100]


def test_what_a_quota_refuses_is_not_billed_and_counted() -> None:
    found = offer(example("free"), [month(5_000), month(700)])
    assert found.refused == 4_000
    assert found.mean == 0


def test_calls_without_a_price_are_counted() -> None:
    found = offer(plan(charge={"release": "other-*"}), [month(5)])
    assert (found.unpriced, found.mean) == (1, 0)


def test_who_wins_and_loses_and_what_is_at_risk() -> None:
    usage = [month(n) for n in (10, 20, 30, 40)]
    flat, fee = offer(plan(), usage), offer(plan(fee="25", charge={"included": 25}), usage)
    told = change(flat, fee, usage)
    assert list(fee.bills) == [25, 25, 30, 40]
    assert (told.winners, told.losers) == (0, 0.5)
    assert told.at_risk == pytest.approx(50 / 120)
    assert told.at[0] == (5, 10, 10.0, 25.0)
    assert told.at[-1] == (99, 40, 40.0, 40.0)
    assert told.low <= told.mean <= told.high


@settings(max_examples=25)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=12), st.randoms())
def test_the_order_of_customers_changes_nothing(answers: list[int], luck: object) -> None:
    def told(of: Sequence[int]) -> object:
        usage = [month(n) for n in of]
        before, after = (offer(example(name), usage) for name in ("starter", "graduated"))
        found = change(before, after, usage)
        return round(found.mean, 9), round(found.spread, 6), found.winners, found.at, found.low

    shuffled = list(answers)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(answers) == told(shuffled)


@given(
    st.lists(st.integers(1, 10**6), min_size=3, max_size=20),
    st.sampled_from([0.0004, 0.0011, 0.05]),
)
def test_plans_that_are_made_bring_in_the_same(answers: list[int], price: float) -> None:
    usage = [month(n) for n in answers]
    even, *others = offers.made(price, "USD", usage)
    assert even.mean == pytest.approx(price * np.mean(answers), rel=1e-3, abs=0.01)
    for one in others:
        assert one.mean == pytest.approx(even.mean, rel=2e-3, abs=0.02)


def test_customers_pay_more_evenly_by_subscription() -> None:
    usage = [month(n) for n in np.random.default_rng(0).lognormal(10, 1, 200).astype(int).tolist()]
    even, fee, tiers = offers.made(0.001, "USD", usage)
    assert fee.bills.std() < even.bills.std()
    assert tiers.bills.std() < even.bills.std()
