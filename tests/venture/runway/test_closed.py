"""Ruin and break-even in closed form, and the Monte Carlo on the same walks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.venture.runway import closed, walk
from seedbed.venture.runway.ruin import ruin


@given(st.floats(0.05, 0.95), st.integers(1, 50), st.integers(51, 400))
def test_gambler_wins_or_loses(win: float, start: int, goal: int) -> None:
    lost = closed.gambler(win, start, goal)
    won = closed.gambler(1 - win, goal - start, goal)
    assert 0 <= lost <= 1
    assert lost + won == pytest.approx(1, abs=1e-9)


def test_a_fair_game_is_the_limit_of_unfair_ones() -> None:
    assert closed.gambler(0.5 + 1e-9, 30, 100) == pytest.approx(
        closed.gambler(0.5, 30, 100), abs=1e-6
    )


@given(
    st.floats(0.1, 100),
    st.floats(-5, 5),
    st.floats(0.1, 20),
    st.floats(0.1, 60),
    st.floats(1.0, 3.0),
)
def test_brownian_ruin_grows_with_time_and_falls_with_cash(
    cash: float, drift: float, spread: float, months: float, more: float
) -> None:
    now = closed.brownian(cash, drift, spread, months)
    assert 0 <= now <= 1
    assert closed.brownian(cash, drift, spread, months * more) >= now - 1e-12
    assert closed.brownian(cash * more, drift, spread, months) <= now + 1e-12


def test_ruin_is_certain_at_zero_and_impossible_at_once() -> None:
    assert closed.brownian(0, 1, 1, 5) == 1
    assert closed.brownian(1, -9, 1, 0) == 0


def test_month_ends_see_less_ruin_than_there_is() -> None:
    paths = walk.brownian_cash(18, -1, 3, 12, paths=20_000)
    seen, happened = ruin(paths).share, walk.touched_between(18, paths, 3).share
    assert seen < happened
    error = 3 * math.sqrt(0.25 / 20_000)
    assert seen == pytest.approx(closed.looked_at(18, -1, 3, 12), abs=error + 0.012)


def test_break_even_at_the_edges() -> None:
    income = np.array([10.0, 10.0, 0.0, 60.0])
    growth = np.array([0.1, -0.1, 0.1, 0.0])
    assert closed.break_even_month(income, growth, 50.0).tolist()[1:] == [math.inf, math.inf, 0.0]
    assert closed.deepest(income, growth, 50.0).tolist()[1:] == [-math.inf, -math.inf, 0.0]


@given(st.floats(1, 1e6), st.floats(1e-3, 0.5), st.floats(1.01, 30))
def test_the_deepest_is_the_least_of_the_running_sum(
    income: float, growth: float, times: float
) -> None:
    costs = income * times
    months = int(closed.break_even_month(income, growth, costs)) + 3
    monthly = income * (1 + growth) ** np.arange(months) - costs
    assert float(closed.deepest(income, growth, costs)) == pytest.approx(
        float(np.cumsum(monthly).min()), rel=1e-6, abs=1e-6 * costs
    )
