"""The best price: against its formula, on bounds, and what holds whatever the numbers are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import NoOptimum
from seedbed.venture.demand import Kind
from seedbed.venture.price import formulas
from seedbed.venture.price.demand import Demand
from seedbed.venture.price.optimum import Case, bounds, optimise

KINDS: tuple[Kind, ...] = ("isoelastic", "linear", "logit")
N = 400


def case(
    kind: Kind = "isoelastic", seed: int = 0, low: float = 0.2, high: float = 30.0, n: int = N
) -> Case:
    chance = np.random.default_rng(seed)
    demand = Demand(kind, np.ones(n), chance.uniform(1.2, 4, n), chance.uniform(0, 0.5, n))
    cost, volume = chance.uniform(0.1, 0.8, n), chance.uniform(1e3, 1e4, n)
    return Case(demand, cost, volume, 1.0, low, high)


@given(st.floats(1.05, 8), st.floats(0.01, 5))
def test_the_markup_of_constant_elasticity_inside_the_bounds(e: float, cost: float) -> None:
    one = np.ones(1)
    best = cost * e / (e - 1)
    demand = Demand("isoelastic", one, e * one, 0 * one)
    found = optimise(Case(demand, cost * one, one, 1.0, best / 3, best * 3))
    assert found.price == pytest.approx(best, rel=1e-4)
    assert formulas.cost_plus(cost, formulas.markup(e)) == pytest.approx(best)
    assert not found.bound


@pytest.mark.parametrize("kind", KINDS)
def test_the_formula_of_each_curve_is_where_profit_is_highest(kind: Kind) -> None:
    one = case(kind, n=40)
    found = one.demand.best(one.cost)
    top = one.volume * one.demand.relative(found) * (found - one.cost)
    for near in (0.99, 0.999, 1.001, 1.01):
        other = one.volume * one.demand.relative(found * near) * (found * near - one.cost)
        assert (other <= top * (1 + 1e-9)).all()


def test_logit_demand_without_a_share_is_exponential() -> None:
    demand = Demand("logit", np.ones(3), np.array([1.0, 2.0, 4.0]), np.zeros(3))
    assert demand.best(np.full(3, 0.5)) == pytest.approx([1.5, 1.0, 0.75])


def test_logit_demand_at_a_huge_scale_neither_overflows_nor_misses() -> None:
    demand = Demand("logit", np.ones(1), np.array([2000.0]), np.array([0.5]))
    best = demand.best(np.zeros(1))[0]
    prices = np.linspace(0.9, 1.1, 200_001)
    profit = demand.relative(prices[:, None])[:, 0] * prices
    assert best == pytest.approx(prices[np.argmax(profit)], abs=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_elasticity_at_a_price_is_the_slope_of_the_logarithms(kind: Kind) -> None:
    demand = case(kind, n=20).demand
    for price in (0.8, 1.0, 1.1):
        near = np.log(demand.relative(price * 1.0001)) - np.log(demand.relative(price))
        assert demand.at(price) == pytest.approx(-near / np.log(1.0001), rel=1e-2)
    assert demand.at(1.0) == pytest.approx(demand.elasticity)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 50), scale=st.sampled_from([0.001, 7.0, 1000.0]))
def test_another_currency_changes_nothing_but_the_numbers(
    kind: Kind, seed: int, scale: float
) -> None:
    one = case(kind, seed, n=50)
    demand = replace(one.demand, now=one.demand.now * scale)
    ends = (one.today * scale, one.low * scale, one.high * scale)
    other = Case(demand, one.cost * scale, one.volume, *ends)
    mine, theirs = optimise(one), optimise(other)
    assert theirs.price == pytest.approx(mine.price * scale, rel=1e-5)
    assert theirs.regret == pytest.approx(mine.regret * scale, rel=1e-6, abs=1e-6 * scale)
    assert (theirs.at_low, theirs.at_high, theirs.bound) == (mine.at_low, mine.at_high, mine.bound)


@pytest.mark.parametrize("kind", [*KINDS, "inverse"])
@given(seed=st.integers(0, 200))
def test_today_is_never_better_than_the_best(kind: Kind, seed: int) -> None:
    found = optimise(case(kind, seed, n=30))
    assert found.inside
    assert found.regret >= 0
    assert found.known >= 0
    assert found.profit.mean() >= found.mean.max() - 1e-9


@given(seed=st.integers(0, 50), order=st.randoms())
def test_the_order_of_draws_changes_nothing(seed: int, order: object) -> None:
    one = case(seed=seed, n=30)
    rows = np.arange(30)
    order.shuffle(rows)  # type: ignore[attr-defined]
    demand = replace(
        one.demand, elasticity=one.demand.elasticity[rows], share=one.demand.share[rows]
    )
    other = replace(one, demand=demand, cost=one.cost[rows], volume=one.volume[rows])
    assert optimise(other).price == pytest.approx(optimise(one).price, rel=1e-5)


@pytest.mark.parametrize(("low", "high", "bound"), [(0.2, 0.3, "high"), (20, 30, "low")])
def test_a_corner_is_named(low: float, high: float, bound: str) -> None:
    found = optimise(case(low=low, high=high))
    assert found.bound == bound
    assert found.price == (high if bound == "high" else low)
    assert not found.inside


def test_wider_bounds_never_earn_less() -> None:
    narrow = optimise(case(low=0.9, high=1.2))
    wide = optimise(case(low=0.5, high=5))
    assert wide.profit.mean() >= narrow.profit.mean()


def test_draws_at_one_or_below_are_counted_and_stand_at_the_upper_bound() -> None:
    one = case()
    elasticity = np.where(np.arange(N) < N // 4, 0.9, 3.0)
    found = optimise(replace(one, demand=replace(one.demand, elasticity=elasticity)))
    assert found.endless == pytest.approx(0.25)
    assert found.at_high == pytest.approx(0.25)


def test_bounds_are_not_needed_where_every_draw_has_a_peak() -> None:
    one = case("linear")
    low, high = bounds(one.demand, one.cost, None, None)
    found = optimise(replace(one, low=low, high=high))
    assert not found.bound
    wide = optimise(replace(one, low=0.1, high=50))
    assert found.price == pytest.approx(wide.price, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "elasticity", "high", "said"),
    [
        ("inverse", 2.0, None, "U = k/P in 100.0% of the draws"),
        ("isoelastic", 0.8, None, "at or below 1 in 100.0%"),
        ("isoelastic", 1.0, None, "at or below 1"),
        ("linear", 2.0, 0.05, "below the least that an answer costs"),
    ],
)
def test_no_finite_best_is_refused(
    kind: Kind, elasticity: float, high: float | None, said: str
) -> None:
    one = np.ones(5)
    with pytest.raises(NoOptimum) as caught:
        bounds(Demand(kind, one, elasticity * one, 0 * one), 0.1 * one, None, high)
    assert said in str(caught.value)
    assert "price.high" in caught.value.do


def test_the_inverse_on_bounds_is_the_corner() -> None:
    found = optimise(case("inverse"))
    assert (found.bound, found.price, found.endless) == ("high", 30.0, 1.0)
    profit = [formulas.inverse_profit(0.1, 5, price) for price in (10, 100, 1e6)]
    assert profit == sorted(profit)
    assert profit[-1] < 0.1


def test_a_markup_at_elasticity_one_is_refused() -> None:
    with pytest.raises(NoOptimum, match="elasticity of 1"):
        formulas.markup(1.0)
