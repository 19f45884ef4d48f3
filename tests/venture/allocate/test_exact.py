"""The exact split of one period: closed forms, the KKT conditions, invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import NoOptimum
from seedbed.venture.allocate.curves import Curve, Hill, Linear, Log, Logistic, Power, Saturating
from seedbed.venture.allocate.exact import Group, split, value

KINDS = 4


def mixed(seed: int, count: int = 40) -> list[Group]:
    """Uses of four kinds of curve, in turns."""
    rng = np.random.default_rng(seed)
    a = rng.uniform(1, 10, count)
    at = [np.arange(kind, count, KINDS) for kind in range(KINDS)]
    return [
        Group(at[0], Log(a[at[0]], rng.uniform(0.5, 5, len(at[0])))),
        Group(at[1], Power(a[at[1]], rng.uniform(0.2, 0.8, len(at[1])))),
        Group(at[2], Saturating(a[at[2]], rng.uniform(0.1, 1, len(at[2])))),
        Group(at[3], Logistic(a[at[3]], rng.uniform(0.1, 1, len(at[3])))),
    ]


def slopes(groups: list[Group], spend: np.ndarray) -> np.ndarray:
    found = np.empty(len(spend))
    for group in groups:
        found[group.at] = group.curve.slope(spend[group.at])
    return found


def test_shares_of_a_product_of_powers_are_the_powers_parts() -> None:
    powers = np.array([0.8, 0.9, 0.7, 0.8])  # Π s_i^a_i: maximise Σ a_i ln s_i
    found = split([Group(np.arange(4), Log(powers, np.full(4, 1e-12)))], 1.0)
    np.testing.assert_allclose(found.spend, powers / powers.sum(), rtol=1e-9)


@pytest.mark.parametrize(
    "curve",
    [Hill(*np.array([[5.0], [2.0], [2.0]])), Logistic(*np.array([[5.0], [1.0], [3.0]]))],
    ids=["hill", "logistic"],
)
def test_equal_slopes_are_refused_where_a_curve_begins_slowly(curve: Curve) -> None:
    with pytest.raises(NoOptimum, match="branches over concave envelopes"):
        split([Group(np.arange(1), curve)], 20.0)


def test_one_use_gets_everything() -> None:
    found = split([Group(np.arange(1), Log(np.array([100.0]), np.array([5.0])))], 20.0)
    assert found.spend == pytest.approx([20.0])
    assert found.worth == pytest.approx(100 / 25)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 500))
def test_free_uses_share_one_slope_and_the_rest_stand_at_a_bound(seed: int, budget: float) -> None:
    groups, most = mixed(seed), np.full(40, budget / 3)
    found = split(groups, budget, most=most)
    assert found.spend.sum() == pytest.approx(budget)
    slope = slopes(groups, found.spend)
    free = (found.spend > 1e-9) & (found.spend < most - 1e-9)
    np.testing.assert_allclose(slope[free], found.worth, rtol=1e-5)
    assert np.all(slope[found.spend <= 1e-9] <= found.worth * (1 + 1e-9))
    assert np.all(slope[found.spend >= most - 1e-9] >= found.worth * (1 - 1e-9))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(1, 100), st.floats(1.01, 4))
def test_the_worth_of_money_falls_as_the_budget_grows(seed: int, budget: float, by: float) -> None:
    groups = mixed(seed)
    assert split(groups, budget * by).worth <= split(groups, budget).worth * (1 + 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(1, 100), st.integers(0, 39), st.floats(0.01, 5))
def test_a_higher_bound_never_lowers_the_best(
    seed: int, budget: float, use: int, more: float
) -> None:
    groups, most = mixed(seed), np.full(40, budget / 10)
    higher = most + more * (np.arange(40) == use)
    best = split(groups, budget, most=most).value
    assert split(groups, budget, most=higher).value >= best * (1 - 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(40)))
def test_permuting_the_uses_permutes_the_split(seed: int, order: list[int]) -> None:
    groups, place = mixed(seed), np.argsort(order)
    moved = [Group(place[group.at], group.curve) for group in groups]
    before, after = split(groups, 30.0), split(moved, 30.0)
    np.testing.assert_allclose(after.spend, before.spend[order], rtol=1e-8, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.01, 6.8, 1000.0]))
def test_another_unit_of_money_changes_nothing_but_the_unit(seed: int, unit: float) -> None:
    groups = mixed(seed)
    other = [Group(group.at, group.curve.scaled(unit)) for group in groups]
    before, after = split(groups, 30.0), split(other, 30.0 / unit)
    np.testing.assert_allclose(after.spend * unit, before.spend, rtol=1e-7, atol=1e-9)
    assert after.worth == pytest.approx(before.worth, rel=1e-8)


def test_money_worth_less_than_kept_is_left() -> None:
    found = split([Group(np.arange(1), Log(np.array([10.0]), np.array([1.0])))], 100.0, floor=1.0)
    assert found.spend == pytest.approx([9.0])
    assert (found.unspent, found.worth) == (pytest.approx(91.0), 1.0)


def test_least_is_kept_where_it_does_not_pay() -> None:
    curve = Saturating(np.array([1.0, 50.0]), np.array([0.1, 0.1]))
    found = split([Group(np.arange(2), curve)], 10.0, least=[4.0, 0.0])
    np.testing.assert_allclose(found.spend, [4.0, 6.0])


def test_uses_without_diminishing_returns_are_all_or_nothing() -> None:
    found = split([Group(np.arange(3), Linear(np.array([1.1, 1.4, 1.3])))], 10.0)
    np.testing.assert_allclose(found.spend, [0, 10, 0], atol=1e-6)
    assert found.worth == pytest.approx(1.4)


def test_a_hill_of_slope_below_one_is_split_by_its_slope() -> None:
    curve = Hill(np.array([5.0, 9.0]), np.array([2.0, 4.0]), np.array([0.7, 1.0]))
    groups = [Group(np.arange(2), curve)]
    found = split(groups, 10.0)
    np.testing.assert_allclose(curve.slope(found.spend), found.worth, rtol=1e-8)
    grid = np.linspace(0.001, 9.999, 2001)
    assert found.value >= max(value(groups, np.array([x, 10 - x])) for x in grid) - 1e-9
