"""The learning curve: what is known of it comes back, and one point leaves the prior."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.invest.learning import EXPONENT, Point, fit

ROWS = (500, 1000, 2000, 4000, 8000, 16000)


def points(a: float, b: float, c: float, sd: float = 0.002) -> list[Point]:
    return [Point(rows, a + b * rows**-c, sd) for rows in ROWS]


def draw() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(("a", "b", "c"), [(0.05, 3.0, 0.35), (0.1, 1.5, 0.3), (0.0, 1.0, 0.15)])
def test_a_curve_that_is_measured_well_is_found_again(a: float, b: float, c: float) -> None:
    curve = fit(points(a, b, c), 4000, draw())
    truth = a + b * 32_000**-c
    low, high = np.quantile(curve.error(32_000), [0.01, 0.99])
    assert low <= truth <= high
    assert high - low < 0.03
    assert curve.effective > 50


def test_one_point_leaves_the_exponent_to_the_prior() -> None:
    curve = fit([Point(6480, 0.28, 0.01)], 20_000, draw())
    assert np.quantile(curve.c, [0.05, 0.5, 0.95]) == pytest.approx(EXPONENT, rel=0.03)
    assert np.median(curve.error(6480)) == pytest.approx(0.28, abs=0.002)
    many = fit(points(0.05, 3.0, 0.35), 20_000, draw())
    assert np.std(many.c) < np.std(curve.c)


@settings(max_examples=20)
@given(st.floats(0.02, 0.6), st.floats(0.001, 0.03), st.integers(10, 10**6))
def test_more_rows_never_make_more_errors(error: float, sd: float, more: int) -> None:
    curve = fit([Point(1000, error, sd)], 500, draw())
    factor = curve.factor(1000, 1000 + more)
    assert ((factor > 0) & (factor <= 1)).all()
    assert (curve.factor(1000, 1000 + 2 * more) <= factor).all()
    assert (curve.factor(1000, 1000) == 1).all()


def test_the_order_of_points_means_nothing_and_none_is_refused() -> None:
    forth, back = points(0.05, 3.0, 0.35), points(0.05, 3.0, 0.35)[::-1]
    assert (fit(forth, 100, draw()).c == fit(back, 100, draw()).c).all()
    with pytest.raises(ValueError, match="at least one"):
        fit([], 10, draw())
