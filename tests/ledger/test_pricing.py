"""The cumulative price: golden figures by hand, and what holds of every plan."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_sample import charges

from seedbed.ledger import plan_file
from seedbed.ledger.money import NANOS, to_nanos
from seedbed.ledger.plan import Charge
from seedbed.ledger.pricing import cost, explained, most

UNITS = st.integers(0, 10_000)
HOUR = 3_600_000_000

# Worked out by hand: plan, charge, metered units, price.
GOLDEN = [
    ("free", 0, 1000, "0"),
    ("pay-per-use", 0, 1, "0.00002"),
    ("pay-per-use", 0, 1_234_567, "24.69134"),
    ("starter", 0, 20_000, "0"),
    ("starter", 0, 20_001, "0.0015"),
    ("starter", 0, 33_333, "19.9995"),
    ("graduated", 0, 10_000, "20"),
    ("graduated", 0, 10_001, "20.0012"),
    ("graduated", 0, 100_000, "128"),  # 10 x 2.00 + 90 x 1.20
    ("graduated", 0, 250_000, "248"),  # 128 + 150 x 0.80
    ("volume", 0, 100_000, "150"),
    ("volume", 0, 100_001, "100.001"),  # all at 1.00: cheaper than one answer less
    ("volume", 0, 1_000_000, "1000"),
    ("volume", 0, 2_000_000, "1200"),
    ("prepaid", 0, 1, "0.008"),
    ("commitment", 0, 3_000, "7.5"),
    ("commitment", 1, 6_000_000, "5200"),  # 5,000 x 0.90 + 1,000 x 0.70
    ("compute", 0, HOUR // 6, "0"),  # the ten minutes that are included
    ("compute", 0, HOUR // 6 + HOUR, "0.9"),
    ("compute", 0, HOUR // 6 + 4000, "0.000001"),  # four milliseconds: a thousand nanos
]


@pytest.mark.parametrize(("name", "charge", "units", "price"), GOLDEN)
def test_golden_prices(name: str, charge: int, units: int, price: str) -> None:
    plan = plan_file.parse(plan_file.example(name))
    assert cost(plan.charges[charge], units) == to_nanos(price)


def test_every_example_has_golden_prices() -> None:
    assert {name for name, *_ in GOLDEN} == set(plan_file.examples())


def by_definition(charge: Charge, units: int) -> Fraction:
    """Price unit by unit as the plan's text says, with no arithmetic in common."""
    billed = range(1, max(0, units - charge.included) + 1)
    prices = []
    for unit in billed:
        reached = len(billed) if charge.mode == "volume" else unit
        tier = next(t for t in charge.tiers if t.up_to is None or reached <= t.up_to)
        prices.append(tier.price)
    return Fraction(sum(prices), charge.per)


@given(charges().filter(lambda charge: charge.scale == 1), st.integers(0, 1500))
def test_a_price_is_what_the_plan_says_unit_by_unit(charge: Charge, units: int) -> None:
    assert abs(cost(charge, units) - by_definition(charge, units)) <= Fraction(1, 2)


@given(charges("graduated"), UNITS, UNITS)
def test_graduated_prices_never_fall(charge: Charge, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert 0 <= cost(charge, low) <= cost(charge, high) == most(charge, low, high)


@given(charges(), st.lists(UNITS, max_size=30))
def test_what_calls_are_charged_adds_up_to_the_whole(charge: Charge, calls: list[int]) -> None:
    drawn = used = 0
    for units in calls:
        drawn += cost(charge, used + units) - cost(charge, used)
        used += units
    assert drawn == cost(charge, sum(calls))


@given(charges(), UNITS)
def test_the_lines_of_an_explanation_add_up(charge: Charge, units: int) -> None:
    lines = explained(charge, units)
    assert sum(line.amount for line in lines) == cost(charge, units)
    assert sum(line.units for line in lines) == units
    for line in lines:
        exact = Fraction(line.units * (line.price or 0), charge.per * charge.scale)
        assert abs(line.amount - exact) <= 1


@given(charges("volume"), st.integers(0, 8000), st.integers(0, 60), st.data())
def test_nothing_in_a_range_costs_more_than_most(
    charge: Charge, low: int, span: int, data: st.DataObject
) -> None:
    between = data.draw(st.integers(low, low + span))
    found = most(charge, low, low + span)
    assert cost(charge, between) <= found
    assert found in {cost(charge, units) for units in range(low, low + span + 1)}


@given(
    charges("volume"),
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 500)), max_size=25),
    st.integers(0, 40 * NANOS),
    st.randoms(),
)
def test_a_cap_holds_under_volume_tiers_in_any_order(
    charge: Charge, calls: list[tuple[int, int]], cap: int, luck: object
) -> None:
    """Admit by `most`, settle what was admitted in any order, or let it go: the cap holds."""
    used = 0
    held: list[int] = []
    for claimed, answered in calls:
        top = used + sum(held) + claimed
        if most(charge, used, top) <= cap:
            held.append(claimed)
        if held and luck.random() < 0.6:  # type: ignore[attr-defined]
            used += min(answered, held.pop(luck.randrange(len(held))))  # type: ignore[attr-defined]
            assert cost(charge, used) <= cap
    for left in held:
        used += left
        assert cost(charge, used) <= cap


def test_crossing_into_a_cheaper_volume_tier_is_charged_less_than_nothing() -> None:
    charge = plan_file.parse(plan_file.example("volume")).charges[0]
    assert cost(charge, 100_001) - cost(charge, 100_000) == to_nanos("-49.999")
    assert most(charge, 90_000, 110_000) == to_nanos("150")


def test_a_year_of_small_calls_loses_nothing_to_rounding() -> None:
    charge = Charge.model_validate({"per": 7, "tiers": [{"price": "0.000000001"}]})
    steps = [cost(charge, units) for units in range(7 * 400 + 1)]
    assert sum(after - before for before, after in pairwise(steps)) == steps[-1] == 400
