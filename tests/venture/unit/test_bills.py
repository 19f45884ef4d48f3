"""Bills: the same, to the cent, as the invoices that the ledger would write."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.ledger.money import to_decimal
from seedbed.ledger.plan import Plan
from seedbed.ledger.plan_file import example, examples, parse, read
from seedbed.ledger.trial import year
from seedbed.venture.unit.bills import Used, bill

MONTHLY = {
    "commitment": 1_000_000,
    "compute": 7_200,
    "free": 900,
    "graduated": 250_000,
    "pay-per-use": 1_234_567,
    "prepaid": 12_345,
    "starter": 33_333,
    "volume": 100_001,
}


def used(plan: Plan, monthly: int, release: str = "bank") -> Used:
    """Return a use of so many units of whatever the plan's last charge meters."""
    meter = plan.charges[-1].meter
    counts = {"answers": "answers", "tokens": "tokens", "compute_seconds": "compute_us"}
    units = monthly * plan.charges[-1].scale
    return Used(release, **({"answers": 0} | {counts[meter]: units}))


@pytest.mark.parametrize(("name", "monthly"), MONTHLY.items())
def test_every_example_is_billed_as_its_invoices_are(name: str, monthly: int) -> None:
    """Real calls on a real ledger for a year, against arithmetic."""
    plan = parse(example(name))
    invoiced = sum(invoice.subtotal for invoice in year(plan, monthly))
    told = bill(plan, [used(plan, monthly)])
    assert told.served == 1
    assert told.amount * 12 == to_decimal(invoiced)


def test_every_example_is_tried() -> None:
    assert set(MONTHLY) == set(examples())


def test_what_a_quota_refuses_is_not_served() -> None:
    told = bill(parse(example("free")), [Used("bank", 4000)])
    assert told.amount == 0
    assert told.served == pytest.approx(0.25, abs=1e-5)


def test_a_spending_cap_holds() -> None:
    told = bill(parse(example("starter")), [Used("bank", 10**6)])
    assert Decimal("228.99") <= told.amount <= Decimal("229.00")  # the fee and a cap of 200
    assert told.served == pytest.approx((20_000 + 200 / 0.0015) / 10**6, abs=1e-5)


def test_releases_go_by_their_own_charge_and_unpriced_ones_are_free() -> None:
    plan = read(
        {
            "name": "two",
            "currency": "USD",
            "charges": [
                {"release": "vision-*", "tiers": [{"price": "2.00"}]},
                {"release": "bank", "tiers": [{"price": "1.00"}]},
            ],
        }
    )
    told = bill(plan, [Used("vision-a", 3), Used("vision-b", 2), Used("bank", 4), Used("else", 9)])
    assert told.amount == Decimal(14)


def test_a_plan_by_the_day_is_counted_for_a_month() -> None:
    plan = read(
        {
            "name": "daily",
            "currency": "USD",
            "period": "day",
            "fee": "1.00",
            "charges": [{"tiers": [{"price": "0.01"}]}],
        }
    )
    told = bill(plan, [Used("bank", 36_500)])  # 1,200 a day: 12 and the fee
    assert float(told.amount) == pytest.approx(13 * 365 / 12)


def test_nothing_used_owes_the_fee() -> None:
    assert bill(parse(example("starter")), []).amount == Decimal(29)


@given(st.sampled_from(sorted(MONTHLY)), st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=60)
def test_who_uses_more_never_pays_less_but_under_volume_tiers(
    name: str, one: int, other: int
) -> None:
    plan = parse(example(name))
    low, high = sorted((one, other))
    less, more = (bill(plan, [used(plan, many)]) for many in (low, high))
    assert 0 <= more.served <= less.served <= 1
    if name != "volume":
        assert less.amount <= more.amount + Decimal("0.01")
