"""EVPI by regression against closed forms, and what holds of every set of worths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from seedbed.venture.invest import information
from seedbed.venture.invest.gradient import f, gradients, moved

N = 8000
EITHER = np.array([[0.0], [1.0]])
SEEDS = st.integers(0, 2**31)


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def loss(mean: float, sd: float) -> float:
    """Return the EVPI of a normal worth against nothing (Raiffa and Schlaifer 1961)."""
    return sd * float(f(-abs(mean) / sd))


@pytest.mark.parametrize("mean", [-1.0, -0.5, 0.0, 0.7])
def test_evpi_of_a_normal_worth_is_the_loss_integral(mean: float) -> None:
    x = ndtri((np.arange(N) + 0.5) / N)
    worth = information.partial(x, (mean + x)[:, None], EITHER, draw())
    assert worth.value == pytest.approx(loss(mean, 1.0), abs=2e-3)
    assert worth.low <= worth.value <= worth.high


def test_intervals_of_evpi_hold_the_truth_about_nine_times_in_ten() -> None:
    found, held = [], 0
    for seed in range(20):
        source = draw(seed + 100)
        x = source.permutation(ndtri((np.arange(N) + 0.5) / N))
        worths = (-0.5 + x + 2 * source.standard_normal(N))[:, None]
        one = information.partial(x, worths, EITHER, source)
        found.append(one.value)
        held += one.low <= loss(-0.5, 1.0) <= one.high
    assert held >= 15
    assert np.mean(found) == pytest.approx(loss(-0.5, 1.0), abs=0.008)


def test_evpi_of_everything_is_the_loss_integral_of_it_all() -> None:
    x, y = draw(1).standard_normal(N), draw(2).standard_normal(N)
    worths = (-0.5 + x + 2 * y)[:, None]
    assert information.total(worths @ EITHER.T) == pytest.approx(loss(-0.5, np.sqrt(5)), rel=0.06)


@pytest.mark.parametrize("known", [0.2, 0.5, 0.9])
def test_part_of_the_variance_is_worth_the_loss_integral_of_its_part(known: float) -> None:
    x = ndtri((np.arange(N) + 0.5) / N)
    found = information.partial(x, (x - 0.5)[:, None], EITHER, draw(), known=known)
    assert found.value == pytest.approx(loss(-0.5, np.sqrt(known)), abs=3e-3)


def test_what_has_two_values_is_worth_the_better_choice_in_each() -> None:
    x = (np.arange(N) % 2).astype(float)
    found = information.partial(x, np.where(x == 1, 3.0, -1.0)[:, None], EITHER, draw())
    assert found.value == pytest.approx(1.5 - 1.0)


def test_what_is_certain_or_irrelevant_is_worth_nothing() -> None:
    y = draw(3).standard_normal((N, 1))
    assert information.partial(np.ones(N), y, EITHER, draw()).value == 0
    floor = information.floor(y, EITHER, draw())
    found = information.partial(draw(4).standard_normal(N), y, EITHER, draw())
    assert found.value < floor.high
    assert 0 < floor.mean < 0.05


def test_a_study_that_resolves_nothing_or_more_than_everything_is_refused() -> None:
    for known in (0.0, 1.5):
        with pytest.raises(ValueError, match="share"):
            information.partial(np.arange(10.0), np.ones((10, 1)), EITHER, draw(), known=known)


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 4))
def test_evpi_is_never_negative_and_never_above_that_of_everything(seed: int, options: int) -> None:
    source = draw(seed)
    x = source.standard_normal(1500)
    worths = source.standard_normal((1500, options)) + np.outer(x, source.standard_normal(options))
    choices = np.vstack([np.zeros(options), np.eye(options)])
    found = information.partial(x, worths, choices, draw())
    assert 0 <= found.low <= found.high
    assert -1e-9 <= found.value <= information.total(worths @ choices.T) + 0.05


@settings(max_examples=15)
@given(SEEDS, st.sampled_from([1e-3, 7.0, 1e6]))
def test_the_scale_of_money_and_the_order_of_options_change_nothing(
    seed: int, scale: float
) -> None:
    source = draw(seed)
    x = source.standard_normal(1000)
    worths = np.outer(x, [1.0, -2.0, 0.3]) + source.standard_normal((1000, 3))
    choices = np.vstack([np.zeros(3), np.eye(3)])
    plain = information.partial(x, worths, choices, draw())
    scaled = information.partial(x, worths * scale, choices, draw())
    turned = information.partial(x, worths[:, ::-1], choices[:, ::-1], draw())
    assert scaled.value == pytest.approx(scale * plain.value)
    assert turned.value == pytest.approx(plain.value)
    assert information.partial(np.exp(x), worths, choices, draw()).value == pytest.approx(
        plain.value
    )  # by ranks: the assumption's own scale is no matter either


def test_the_conditional_worth_is_the_line_behind_it() -> None:
    x = ndtri((np.arange(N) + 0.5) / N)
    given_x = information.Conditional(x, np.stack([2 + 3 * x, np.ones(N)], axis=1))
    assert given_x.at(0.5) == pytest.approx([2, 1], abs=0.03)
    assert given_x.at(0.9)[0] == pytest.approx(2 + 3 * ndtri(0.9), abs=0.1)


def test_knowledge_gradients() -> None:
    assert float(f(0.0)) == pytest.approx(0.398942, abs=5e-7)
    assert float(f(-1.0)) == pytest.approx(0.083315, abs=5e-7)
    assert float(moved(3.0, 4.0)) == pytest.approx(9 / 5)
    found = gradients([1.0, 0.0, 5.0], [2.0, 0.0, 1.0], [1.0, 1.0, 0.0])
    assert found[1] == 0  # what is known teaches nothing
    assert found[0] == pytest.approx(float(moved(2, 1)) * float(f(-4 / float(moved(2, 1)))))
    assert found[2] == pytest.approx(float(f(-4.0)))


def test_the_standard_error_of_a_conditional_worth_is_that_of_many_draws() -> None:
    x = ndtri((np.arange(2000) + 0.5) / 2000)
    weights = np.array([1.0, -1.0])
    told, seen = [], []
    for seed in range(60):
        noise = draw(seed).standard_normal((2000, 2)) * [3.0, 4.0]
        given_x = information.Conditional(x, np.stack([x, -x], axis=1) + noise)
        told.append(given_x.error(0.3, weights))
        seen.append(given_x.at(0.3) @ weights)
    assert np.mean(told) == pytest.approx(np.std(seen), rel=0.3)
    assert np.mean(seen) == pytest.approx(2 * ndtri(0.3), abs=0.2)
