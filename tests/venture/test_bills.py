"""Bills: the same, to the cent, as the invoices that the ledger would write."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.ledger.lines import Counted, build, totals
from seedbed.ledger.money import to_decimal, to_nanos
from seedbed.ledger.plan import Plan
from seedbed.ledger.plan_file import example, examples, parse, read
from seedbed.ledger.pricing import cost
from seedbed.ledger.trial import year
from seedbed.venture.bills import Used, bill

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


@pytest.mark.parametrize(
    ("name", "month", "owed"),
    [
        ("graduated", Used("bank", 250_000), "248"),
        ("starter", Used("bank", 33_333), "49"),  # 29 and 13,333 at 1.50: 19.9995, so 20.00
        ("volume", Used("bank", 100_001), "100"),
        ("pay-per-use", Used("bank", 10, tokens=1_234_567), "24.69"),
        ("compute", Used("bank", 10, compute_us=4_200_000_000), "0.9"),
        ("commitment", Used("bank", 1_000), "500"),  # a twelfth of the year's minimum
    ],
)
def test_bills_by_hand(name: str, month: Used, owed: str) -> None:
    told = bill(parse(example(name)), [month])
    assert (told.amount, told.refused, told.unpriced) == (Decimal(owed), 0, 0)


def test_tiers_and_tax_by_hand() -> None:
    """T31 of the problems with known answers; and a price of 1 that holds a fifth of tax."""
    tiers = [{"up_to": 100, "price": "1.00"}, {"up_to": 200, "price": "0.50"}, {"price": "0.10"}]
    told = {"name": "p", "currency": "USD", "charges": [{"tiers": tiers}]}
    assert bill(read(told), [Used("bank", 250)]).amount == 155
    told |= {"charges": [{"tiers": [{"price": "1"}]}], "tax": {"percent": "25", "included": True}}
    assert bill(read(told), [Used("bank", 100)]).amount == 80


NAMES = ("bank", "vision-a", "vision-b", "else")
price = st.integers(0, 5 * 10**9).map(lambda nanos: f"{Decimal(nanos).scaleb(-9):f}")


@st.composite
def charges(draw: st.DrawFn, release: str) -> dict[str, Any]:
    """Give any charge for a release: every meter, mode, tiers, free units."""
    ends = sorted(draw(st.sets(st.integers(1, 300_000), max_size=3)))
    return {
        "release": release,
        "meter": draw(st.sampled_from(["answers", "tokens", "compute_seconds"])),
        "per": draw(st.sampled_from([1, 7, 1000, 10**6])),
        "included": draw(st.sampled_from([0, 1, 999, 50_000])),
        "mode": draw(st.sampled_from(["graduated", "volume"])),
        "tiers": [{"up_to": end, "price": draw(price)} for end in (*ends, None)],
    }


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Give any plan by the month or the year, without limits."""
    releases = draw(st.sampled_from([["*"], ["bank", "vision-*"], ["vision-a", "vision-b"]]))
    fee = draw(st.sampled_from([0, 29, 250]))
    told = {
        "name": "any",
        "currency": draw(st.sampled_from(["USD", "CNY", "JPY"])),
        "period": draw(st.sampled_from(["month", "year"])),
        "fee": str(fee),
        "minimum": str(draw(st.sampled_from([0, fee + 1, fee + 400]))),
        "charges": [draw(charges(release)) for release in releases],
    }
    if (percent := draw(st.sampled_from([None, "7.7", "20"]))) is not None:
        told["tax"] = {"percent": percent, "included": draw(st.booleans())}
    return read(told)


counts = st.tuples(st.integers(0, 10**6), st.integers(0, 10**7), st.integers(0, 10**11))
usages = st.dictionaries(st.sampled_from(NAMES), counts, max_size=4)


def invoiced(plan: Plan, used: list[Used]) -> int:
    """Return what the ledger's own lines come to, without tax, in nanos of a period."""
    times = 12 if plan.period == "year" else 1
    by_charge: dict[int, int] = {}
    for one in used:
        if (found := plan.charge_for(one.release)) is not None:
            index, charge = found
            units = charge.units(rows=one.answers, tokens=one.tokens, compute_us=one.compute_us)
            by_charge[index] = by_charge.get(index, 0) + units * times
    counted = [
        Counted(index, "", 1, units, cost(plan.charges[index], units))
        for index, units in by_charge.items()
    ]
    lines = build(plan, counted)
    return totals([line.amount for line in lines], plan.tax, plan.currency).subtotal


@given(plans(), usages)
@settings(max_examples=80)
def test_any_bill_is_the_ledgers_to_the_nano(
    plan: Plan, usage: dict[str, tuple[int, int, int]]
) -> None:
    used = [Used(release, *of) for release, of in usage.items()]
    told = bill(plan, used)
    assert told.owed == invoiced(plan, used)
    if plan.period == "month":
        assert to_nanos(told.amount) == told.owed
    assert told.unpriced == sum(one.answers for one in used if not plan.charge_for(one.release))


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_quota_lets_through_what_it_says_to_the_unit(one: int, other: int, quota: int) -> None:
    tiers = [{"price": "0.01"}]
    told = {"name": "p", "currency": "USD", "limits": {"quota": quota}}
    told |= {"charges": [{"release": name, "tiers": tiers} for name in ("a", "b")]}
    found = bill(read(told), [Used("a", one), Used("b", other)])
    assert max(0, one + other - quota) <= found.refused <= max(0, one + other - quota) + 1


@given(st.sampled_from(sorted(MONTHLY)), st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=40)
def test_who_uses_more_never_pays_less_but_under_volume_tiers(
    name: str, one: int, other: int
) -> None:
    plan = parse(example(name))
    low, high = sorted((one, other))
    less, more = (bill(plan, [used(plan, many)]) for many in (low, high))
    assert 0 <= more.served <= less.served <= 1
    if name != "volume":
        assert less.amount <= more.amount + Decimal("0.01")
