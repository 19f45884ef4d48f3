"""The best split over several periods: against cvxpy, from several starts, and its invariants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.allocate import solve
from seedbed.venture.allocate.curves import Log
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Problem
from venture.allocate.sample import problem

AIMS = [Aim(), Aim(0.5, 0.1), Aim(1.0, 0.2)]
FEW = settings(max_examples=12, deadline=None)


def by_cvxpy(given: Problem, aim: Aim) -> float:
    """The same problem as exponential cones, by Clarabel; all uses log, one carry-over each."""
    import cvxpy as cp

    x = [cp.Variable(given.periods, nonneg=True) for _ in given.uses]
    worths: list[Any] = []
    unit = given.scale
    for s in range(given.draws):
        worth: Any = -(given.price @ cp.hstack(x))
        for u, use in enumerate(given.uses):
            assert isinstance(use.curve, Log)
            a, b = float(use.curve.a[s, 0]), float(use.curve.b[s, 0])
            acts = use.before / unit + use.carry @ x[u]
            worth += a / unit * (given.discount @ cp.log(1 + acts * (unit / b)))
        worths.append(worth)
    worth = cp.hstack(worths)
    eta = cp.Variable()
    bad = eta + cp.sum(given.weights @ cp.pos(-worth - eta)) / aim.tail
    goal = cp.Maximize((1 - aim.risk) * (given.weights @ worth) - aim.risk * bad)
    limits = [row @ cp.hstack(x) <= most / unit
              for row, most in zip(given.rows, given.mosts, strict=True)]  # fmt: skip
    return float(cp.Problem(goal, limits).solve(solver="CLARABEL")) * unit


@pytest.mark.parametrize("aim", AIMS, ids=str)
def test_cvxpy_finds_the_same_value(aim: Aim) -> None:
    made = problem(4, 2, 8, budget=20_000, after=3)
    logs = tuple(made.uses[i] for i in (0, 3))
    rows = [0, 1, 6, 7]
    limits = [replace(one, row=one.row[rows]) for one in made.limits if np.any(one.row[rows])]
    small = replace(made, uses=logs, price=made.price[rows], limits=tuple(limits))
    ours = solve.best(small, aim)
    assert ours.value == pytest.approx(by_cvxpy(small, aim), rel=1e-6)


@pytest.mark.parametrize("aim", AIMS, ids=str)
def test_no_split_is_worth_more_than_the_ceiling_and_the_gap_is_closed(aim: Aim) -> None:
    made = problem(budget=30_000, cash=40_000)
    found = solve.best(made, aim)
    assert found.gap <= 1e-6 * abs(found.value)
    rng = np.random.default_rng(1)
    for x in rng.dirichlet(np.ones(made.size + 1), 300)[:, :-1] * 10_000:
        assert aim.value(made.worths(x), made.weights) <= found.ceiling


@pytest.mark.parametrize("aim", AIMS, ids=str)
def test_every_start_ends_in_the_same_split_which_is_not_the_equal_one(aim: Aim) -> None:
    made = problem(budget=60_000)
    equal = np.full(made.size, 60_000 / 3 / made.size * 0.999)
    rng = np.random.default_rng(2)
    others = [part * 19_000 for part in rng.dirichlet(np.ones(made.size), 3)]
    ends = [solve.best(made, aim, start=start).x for start in (equal, *others)]
    ends.append(solve.best(made, aim).x)
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], atol=0.5)
    assert np.max(np.abs(ends[0].ravel() - equal)) > 1000


@FEW
@given(st.integers(0, 10**6), st.floats(6_000, 50_000), st.floats(1.05, 3))
def test_worth_falls_and_value_grows_with_the_budget(seed: int, budget: float, by: float) -> None:
    less = solve.best(problem(seed=seed, budget=budget))
    more = solve.best(problem(seed=seed, budget=budget * by))
    assert more.value >= less.value - 1e-6 * abs(less.value)
    assert more.prices[-1] <= less.prices[-1] + 1e-6


@FEW
@given(st.integers(0, 10**6), st.floats(200, 3000), st.floats(1.01, 3))
def test_a_higher_bound_never_lowers_the_best(seed: int, most: float, by: float) -> None:
    low = solve.best(problem(seed=seed, budget=40_000, most={0: most}))
    high = solve.best(problem(seed=seed, budget=40_000, most={0: most * by}))
    assert high.value >= low.value - 1e-6 * abs(low.value)


@FEW
@given(st.integers(0, 10**6), st.permutations(range(3)), st.sampled_from(AIMS))
def test_permuting_the_uses_permutes_the_split(seed: int, order: list[int], aim: Aim) -> None:
    before = solve.best(problem(seed=seed, budget=30_000), aim)
    after = solve.best(problem(seed=seed, budget=30_000, order=order), aim)
    np.testing.assert_allclose(after.x, before.x[order], atol=0.5)
    assert after.value == pytest.approx(before.value, rel=1e-7)


@FEW
@given(st.integers(0, 10**6), st.sampled_from([0.01, 7.1, 1000.0]), st.sampled_from(AIMS))
def test_another_unit_of_money_changes_nothing_but_the_unit(
    seed: int, unit: float, aim: Aim
) -> None:
    before = solve.best(problem(seed=seed, budget=30_000, cash=40_000), aim)
    after = solve.best(problem(seed=seed, budget=30_000, cash=40_000, unit=unit), aim)
    np.testing.assert_allclose(after.x * unit, before.x, atol=0.5)
    np.testing.assert_allclose(after.prices, before.prices, atol=1e-5)


@FEW
@given(st.integers(0, 10**6))
def test_cvar_is_no_less_than_the_mean_loss(seed: int) -> None:
    made = problem(seed=seed, budget=30_000)
    worth = solve.best(made).worths
    assert Aim(1.0, 0.1).value(worth, made.weights) <= float(made.weights @ worth) + 1e-9


@FEW
@given(st.integers(0, 10**6))
def test_wait_and_see_recourse_and_expected_value_in_their_order(seed: int) -> None:
    made = problem(seed=seed, draws=8, budget=30_000)
    here = solve.best(made)
    known = float(np.mean([solve.best(made.of(row)).value for row in range(made.draws)]))
    middle = replace(
        made.of(0),
        uses=tuple(replace(use, curve=_mean(use.curve)) for use in made.uses),
    )
    planned = float(made.weights @ made.worths(solve.best(middle).x.ravel()))
    slack = 1e-6 * abs(here.value)
    assert known >= here.value - slack
    assert here.value >= planned - slack


def _mean(curve: Any) -> Any:
    fields = {key: np.mean(value, keepdims=True) for key, value in vars(curve).items()}
    return type(curve)(**fields)


@pytest.mark.parametrize("aim", AIMS, ids=str)
def test_less_weight_on_the_mean_never_worsens_the_bad_case(aim: Aim) -> None:
    from seedbed.venture.allocate.frontier import frontier

    steps = frontier(problem(budget=20_000), tail=0.2, weights=(0.0, 0.5, 1.0))
    means, bads = [one.mean for one in steps], [one.bad for one in steps]
    assert means == sorted(means, reverse=True)
    assert bads == sorted(bads)


def test_the_price_of_the_budget_is_what_one_more_unit_brings() -> None:
    less, more = (solve.best(problem(budget=b)) for b in (20_000.0, 20_010.0))
    assert less.prices[-1] == pytest.approx((more.value - less.value) / 10, rel=1e-3)


def test_the_price_of_cash_is_what_one_more_unit_brings() -> None:
    less, more = (solve.best(problem(cash=c)) for c in (23_800.0, 23_810.0))
    assert less.cash_prices.sum() > 0.02
    assert less.cash_prices.sum() == pytest.approx((more.value - less.value) / 10, rel=1e-2)


def test_carry_over_that_differs_between_draws_is_the_same_where_it_does_not() -> None:
    made = problem(draws=5, budget=20_000)
    wide = tuple(
        replace(
            use, carry=np.repeat(use.carry[None], 5, axis=0), before=np.tile(use.before, (5, 1))
        )
        for use in made.uses
    )
    one, other = solve.best(made), solve.best(replace(made, uses=wide))
    np.testing.assert_allclose(other.x, one.x, atol=0.1)


def test_a_use_whose_least_is_its_most_gets_just_that() -> None:
    made = problem(budget=30_000, most={1: 700.0})
    least = [replace(one, key="least.x.0", row=-one.row, most=-one.most)
             for one in made.limits if one.key.startswith("most")]  # fmt: skip
    found = solve.best(replace(made, limits=(*made.limits, *least)))
    np.testing.assert_allclose(found.x[1], 700.0)
    assert found.gap < 1e-3


@pytest.mark.parametrize("aim", AIMS, ids=str)
def test_a_draw_without_weight_counts_for_nothing(aim: Aim) -> None:
    made = problem(draws=6, budget=20_000)
    weights = np.array([0.5, 0.0, 0.25, 0.0, 0.25, 0.0])
    one = solve.best(made.reweighted(weights), aim)
    twice = solve.best(problem(draws=6, budget=20_000).reweighted(weights + 1e-9), aim)
    np.testing.assert_allclose(one.x, twice.x, atol=1.0)
