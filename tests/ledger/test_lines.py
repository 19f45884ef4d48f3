"""Golden invoices, worked out by hand; and what holds of every invoice."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_sample import plans

from seedbed.ledger.lines import Counted, Late, build, taxed, totals
from seedbed.ledger.money import minor_step, rounded, to_nanos
from seedbed.ledger.plan import Plan, Tax
from seedbed.ledger.plan_file import example, parse, read
from seedbed.ledger.pricing import cost

HOUR = 3_600_000_000


def used(plan: Plan, *units: int) -> list[Counted]:
    """Return usage of the plan's charges, one number a charge."""
    pairs = zip(plan.charges, units, strict=False)
    return [Counted(i, "bank", 9, n, cost(c, n)) for i, (c, n) in enumerate(pairs) if n]


# Worked out by hand: plan, units by charge; lines; subtotal, tax, total.
GOLDEN: list[tuple[str, tuple[int, ...], list[tuple[str, str]], tuple[str, str, str]]] = [
    ("free", (1000,), [("usage", "0")], ("0", "0", "0")),
    # 1,234.567 thousand tokens at 0.02 = 24.69134; VAT 20 % of 24.69 = 4.938
    ("pay-per-use", (1_234_567,), [("usage", "24.69")], ("24.69", "4.94", "29.63")),
    ("starter", (0,), [("fee", "29")], ("29", "5.80", "34.80")),
    # 13.333 thousand beyond the 20 that are included, at 1.50 = 19.9995; VAT 20 % of 49
    ("starter", (33_333,), [("fee", "29"), ("usage", "20")], ("49", "9.80", "58.80")),
    # 10 x 2.00 + 90 x 1.20 + 150 x 0.80 = 248; VAT 19 % = 47.12
    ("graduated", (250_000,), [("usage", "248")], ("248", "47.12", "295.12")),
    ("volume", (100_000,), [("usage", "150")], ("150", "0", "150")),
    ("volume", (100_001,), [("usage", "100")], ("100", "0", "100")),
    # 12.345 thousand at 8 = 98.76, of which tax 98.76 x 6 / 106 = 5.5901...
    ("prepaid", (12_345,), [("usage", "98.76")], ("93.17", "5.59", "98.76")),
    # 100 x 2.50 + 1,000 x 0.90 = 1,150: topped up to 6,000
    (
        "commitment",
        (100_000, 1_000_000),
        [("usage", "250"), ("usage", "900"), ("minimum", "4850")],
        ("6000", "0", "6000"),
    ),
    # 5,000 x 0.90 + 3,000 x 0.70 = 6,600: no top-up
    ("commitment", (0, 8_000_000), [("usage", "6600")], ("6600", "0", "6600")),
    # two hours, ten minutes of them included: 1 5/6 x 0.90
    ("compute", (2 * HOUR,), [("usage", "1.65")], ("1.65", "0", "1.65")),
]


@pytest.mark.parametrize(("name", "units", "lines", "sums"), GOLDEN)
def test_golden_invoices(
    name: str, units: tuple[int, ...], lines: list[tuple[str, str]], sums: tuple[str, ...]
) -> None:
    plan = parse(example(name))
    made = build(plan, used(plan, *units))
    assert [(line.kind, line.amount) for line in made] == [(k, to_nanos(a)) for k, a in lines]
    found = totals((line.amount for line in made), plan.tax, plan.currency)
    assert (found.subtotal, found.tax, found.total) == tuple(map(to_nanos, sums))


@pytest.mark.parametrize(
    ("base", "percent", "included", "currency", "tax"),
    [
        ("10.00", "20", False, "USD", "2"),
        ("0.02", "19", False, "USD", "0"),  # 0.0038
        ("0.03", "19", False, "USD", "0.01"),  # 0.0057
        ("0.10", "7.5", False, "USD", "0.01"),  # 0.0075
        ("0.20", "2.5", False, "USD", "0.01"),  # 0.005: a half goes up
        ("-0.20", "2.5", False, "USD", "-0.01"),  # and away from nought
        ("119.00", "19", True, "EUR", "19"),
        ("1.00", "20", True, "GBP", "0.17"),  # 0.1666...
        ("1000", "10", False, "JPY", "100"),
        ("5", "10", False, "JPY", "1"),  # 0.5
        ("4", "10", False, "JPY", "0"),
    ],
)
def test_golden_taxes(base: str, percent: str, included: bool, currency: str, tax: str) -> None:
    rate = Tax(percent=percent, included=included)  # type: ignore[arg-type]
    assert taxed(to_nanos(base), rate, currency) == to_nanos(tax)


@given(plans(), st.lists(st.integers(0, 10**6), min_size=2, max_size=2))
def test_the_lines_add_up_to_what_is_asked_for(plan: Plan, units: list[int]) -> None:
    made = build(plan, used(plan, *units))
    step = minor_step(plan.currency)
    assert all(line.amount % step == 0 for line in made)
    found = totals((line.amount for line in made), plan.tax, plan.currency)
    lines = sum(line.amount for line in made)
    assert found.subtotal + found.tax == found.total
    assert lines == (found.total if plan.tax and plan.tax.included else found.subtotal)
    assert lines >= max(plan.fee, plan.minimum)
    assert found.tax % step == 0
    for line in made:
        if line.kind == "usage":
            exact = sum(to_nanos(tier["amount"]) for tier in line.details["tiers"])
            assert rounded(exact, plan.currency) == line.amount


def test_a_line_says_what_it_is_made_of() -> None:
    plan = parse(example("starter"))
    charge = plan.charges[0]
    one, other = 15_000, 18_333
    counted = [
        Counted(0, "travel", 3, other, cost(charge, one + other) - cost(charge, one)),
        Counted(0, "bank", 5, one, cost(charge, one)),
    ]
    _, line = build(plan, counted)
    assert line.units == one + other
    assert line.unit_price == to_nanos("1.50")
    assert line.details == {
        "calls": 8,
        "meter": "answers",
        "per": 1000,
        "tiers": [
            {"units": "20000", "price": None, "amount": "0.00"},
            {"units": "13333", "price": "1.50", "amount": "19.9995"},
        ],
        "releases": [
            {"release": "bank", "calls": 5, "units": "15000", "amount": "0.00"},
            {"release": "travel", "calls": 3, "units": "18333", "amount": "19.9995"},
        ],
    }
    assert line.description == {"en": "Answers", "zh": "回答"}


def test_a_period_cut_short_owes_its_part_of_fee_and_minimum() -> None:
    plan = read(
        {
            "name": "a",
            "currency": "USD",
            "fee": "31.00",
            "minimum": "62.00",
            "charges": [{"tiers": [{"price": "1"}]}],
        }
    )
    fee, top_up = build(plan, [], lasted=Fraction(12, 31))
    assert (fee.amount, top_up.amount) == (to_nanos("12"), to_nanos("12"))
    assert fee.description["en"] == "a: subscription fee (38.7% of the period)"
    assert fee.details == {"per_period": "31.00", "lasted": "38.7%"}
    assert build(plan, [], ended=True) == []


def test_late_usage_first_uses_up_the_top_up_that_was_paid() -> None:
    plan = parse(example("commitment"))
    counted = [Counted(0, "vision-a", 1, 4000, to_nanos("10")), Counted(1, "b", 1, 1, 900_000)]
    period = (0, 1_000_000)
    covered = build(plan, [], [Late(period, counted, to_nanos("7"))], ended=True)
    assert [line.amount for line in covered] == [to_nanos("3"), 0]
    assert covered[0].details["covered_by_minimum"] == "7.00"
    bare = build(plan, [], [Late(period, counted)], ended=True)
    assert [line.amount for line in bare] == [to_nanos("10"), 0]


def test_usage_without_a_price_is_listed_for_nothing() -> None:
    plan = parse(example("starter"))
    lines: list[Any] = build(plan, [Counted(None, "other", 2, 0, 0)], ended=True)
    assert [(line.kind, line.charge, line.amount) for line in lines] == [("usage", None, 0)]
