"""VaR and CVaR: draws against the normal closed form, and their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.allocate import tails


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 400), st.floats(0.05, 0.99))
def test_cvar_is_above_var_and_the_mean(seed: int, count: int, beta: float) -> None:
    loss = np.random.default_rng(seed).standard_t(3, count)
    bad = tails.conditional_value_at_risk(loss, beta)
    assert bad >= tails.value_at_risk(loss, beta) - 1e-9
    assert bad >= loss.mean() - 1e-9
    assert bad <= loss.max() + 1e-9


@pytest.mark.parametrize("beta", [0.9, 0.95, 0.99])
def test_many_draws_come_near_the_normal_closed_form(beta: float) -> None:
    loss = np.random.default_rng(0).normal(2.0, 3.0, 400_000)
    var, cvar = tails.normal(2.0, 3.0, beta)
    assert tails.value_at_risk(loss, beta) == pytest.approx(var, abs=0.05)
    assert tails.conditional_value_at_risk(loss, beta) == pytest.approx(cvar, abs=0.05)


def test_the_draw_at_the_edge_counts_in_part() -> None:
    loss = np.array([1.0, 2.0, 3.0, 10.0])
    assert tails.conditional_value_at_risk(loss, 0.75) == pytest.approx(10.0)
    assert tails.conditional_value_at_risk(loss, 0.60) == pytest.approx((10 + 0.6 * 3) / 1.6)
