"""Bass's diffusion: the closed form against its own equation, the peak, starts in the middle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seedbed.venture import diffusion
from seedbed.venture.market import bass

P = st.floats(0, 0.2)
Q = st.floats(0, 1.5)
START = st.floats(0, 0.99)


def test_without_a_start_it_is_the_formula_of_1969() -> None:
    t, p, q = np.linspace(0, 20, 50), 0.0104, 0.4186
    power = np.exp(-(p + q) * t)
    assert bass.share(t, p, q) == pytest.approx((1 - power) / (1 + q / p * power))
    assert bass.peak(p, q) == pytest.approx(np.log(q / p) / (p + q))
    assert bass.highest(p, q) == pytest.approx((p + q) ** 2 / (4 * q))


@given(P, Q, START, st.floats(0, 60))
def test_sales_are_the_slope_of_what_was_bought(p: float, q: float, start: float, t: float) -> None:
    h = 1e-4
    slope = (bass.share(t + h, p, q, start) - bass.share(t, p, q, start)) / h
    assert slope == pytest.approx(bass.sales(t + h / 2, p, q, start), abs=1e-6)


@given(P, Q, START, st.floats(0, 30), st.floats(0, 30))
def test_going_on_from_the_middle_is_going_on(
    p: float, q: float, start: float, first: float, then: float
) -> None:
    middle = bass.share(first, p, q, start)
    assert bass.share(then, p, q, middle) == pytest.approx(
        bass.share(first + then, p, q, start), abs=1e-9
    )


@given(P, Q, START)
def test_nobody_buys_more_in_a_month_than_at_the_peak(p: float, q: float, start: float) -> None:
    assume(p + q * start > 1e-6)
    times = np.linspace(0, 100, 500)
    assert bass.sales(times, p, q, start).max() <= bass.highest(p, q, start) + 1e-12


@given(P, Q, START, st.floats(0, 60), st.floats(0, 5))
def test_the_market_never_shrinks_and_never_overflows(
    p: float, q: float, start: float, t: float, later: float
) -> None:
    now, then = bass.share(t, p, q, start), bass.share(t + later, p, q, start)
    assert start - 1e-12 <= now <= then + 1e-12 <= 1 + 2e-12


@given(P, Q, START)
def test_it_is_the_diffusion_of_the_monthly_model(p: float, q: float, start: float) -> None:
    model = diffusion.step(np.array([start]), p, q, 7.0)[0]
    assert bass.share(7.0, p, q, start) == pytest.approx(model, abs=1e-9)


def test_a_rate_too_small_to_reckon_with_is_none() -> None:
    assert bass.share(0.0, 5e-324, 0.0, 0.25) == 0.25


def test_nobody_follows_nobody() -> None:
    assert bass.share(50.0, 0.0, 0.5) == 0
    assert np.isinf(bass.peak(0.0, 0.5))
    assert bass.highest(0.0, 0.5) == 0
    assert bass.share(50.0, 0.0, 0.5, 0.01) > 0.99


def test_short_steps_come_to_the_closed_form() -> None:
    cut = 100
    steps = bass.discrete(24 * cut, 0.01 / cut, 0.3 / cut, 1000.0, 50.0)
    assert steps[-1] == pytest.approx(1000 * bass.share(24.0, 0.01, 0.3, 0.05), rel=1e-2)
    assert bass.discrete(3, 0.1, 0.0, 100.0) == pytest.approx([10, 19, 27.1])


def test_a_rate_by_year_is_a_twelfth_by_month() -> None:
    yearly = bass.share(2.0, 0.03, 0.38)
    assert bass.share(24.0, bass.monthly(0.03), bass.monthly(0.38)) == pytest.approx(yearly)
