"""The CRPS: published value, the definition itself, and propriety."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from seedbed.errors import VentureWrong
from seedbed.venture.score import crps

LEVELS = np.arange(1, 100) / 100
NUMBER = st.floats(-1e3, 1e3)


def test_the_normal_at_its_middle() -> None:
    """T34: (√2 − 1)/√π."""
    assert crps.normal(0, 1, 0) == pytest.approx(0.233695, abs=5e-7)


@pytest.mark.parametrize("truth", [-2.0, 0.3, 4.0])
def test_three_forms_of_one_forecast_agree(truth: float) -> None:
    exact = crps.normal(1, 2, truth)
    drawn = norm(1, 2).ppf((np.arange(20_000) + 0.5) / 20_000)
    assert crps.empirical(drawn, truth) == pytest.approx(exact, abs=2e-3)
    assert crps.quantiles(LEVELS, norm(1, 2).ppf(LEVELS), truth) == pytest.approx(exact, abs=4e-3)


@pytest.mark.parametrize("truth", [-1.0, 0.5, 0.9, 3.0])
def test_the_definition_itself(truth: float) -> None:
    drawn = np.array([0.0, 0.5, 0.5, 2.0])

    def gap(y: float) -> float:
        return float((np.mean(drawn <= y) - (y >= truth)) ** 2)

    marks = sorted({-2.0, 4.0, truth, *drawn.tolist()})
    whole = sum(quad(gap, a, b)[0] for a, b in pairwise(marks))
    assert crps.empirical(drawn, truth) == pytest.approx(whole, abs=1e-9)


@given(st.lists(NUMBER, min_size=1, max_size=30), NUMBER)
def test_never_below_zero_and_zero_at_the_truth(drawn: list[float], truth: float) -> None:
    assert crps.empirical(drawn, truth) >= -1e-9
    assert crps.empirical([truth], truth) == 0
    flat = np.full(99, truth)
    assert crps.quantiles(LEVELS, flat, truth) == pytest.approx(0, abs=1e-9)


@given(NUMBER, NUMBER)
def test_a_single_number_scores_its_error(guess: float, truth: float) -> None:
    error = abs(guess - truth)
    assert crps.empirical([guess], truth) == pytest.approx(error)
    assert crps.quantiles([0.5], [guess], truth) == pytest.approx(error, abs=1e-9)
    assert crps.normal(guess, 0, truth) == error


@given(st.lists(NUMBER, min_size=3, max_size=3), st.floats(-50, 50))
def test_least_at_the_middle(values: list[float], shift: float) -> None:
    """Moved away from the truth, no forecast scores better (its median on the truth is best)."""
    q = np.sort(values)
    centred = q - q[1]
    levels = [0.25, 0.5, 0.75]
    best = crps.quantiles(levels, centred, 0.0)
    assert crps.quantiles(levels, centred + shift, 0.0) >= best - 1e-9 * (1 + abs(best))


@given(st.lists(NUMBER, min_size=2, max_size=20), NUMBER, st.floats(0.01, 100), NUMBER)
def test_it_moves_and_scales_with_the_unit(
    drawn: list[float], truth: float, scale: float, shift: float
) -> None:
    now = crps.empirical(drawn, truth)
    moved = crps.empirical(np.array(drawn) * scale + shift, truth * scale + shift)
    assert moved == pytest.approx(now * scale, rel=1e-6, abs=1e-6 * scale)


def test_saying_what_one_believes_is_best() -> None:
    rng = np.random.default_rng(3)
    came = rng.normal(size=2000)
    honest = np.mean([crps.normal(0, 1, x) for x in came])
    for mean, spread in ((0.5, 1), (0, 0.5), (0, 2)):
        assert np.mean([crps.normal(mean, spread, x) for x in came]) > honest


@pytest.mark.parametrize(
    ("levels", "values"),
    [([0.5, 0.4], [1, 2]), ([0.0, 0.5], [1, 2]), ([0.4, 0.5], [2, 1]), ([0.5], [np.nan])],
)
def test_quantiles_out_of_order_are_refused(levels: list[float], values: list[float]) -> None:
    with pytest.raises(VentureWrong):
        crps.quantiles(levels, values, 0)
