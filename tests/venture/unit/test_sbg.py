"""How long customers stay: the published fits, the sums by hand, and what always holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.unit import sbg, sbg_fit
from seedbed.venture.unit.lives import Lives, lives_of

REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]
SHAPES = st.floats(0.05, 200)
DISCOUNTS = st.floats(1e-3, 0.5)


def test_the_published_fit_and_lifetime() -> None:
    """T14 of verification.md."""
    found = sbg_fit.fit(lives_of(REGULAR))
    assert (found.alpha, found.beta) == pytest.approx((0.704, 1.182), abs=5e-4)
    lifetime = sbg.discounted_lifetime(found.alpha, found.beta, 0.1)
    assert lifetime == pytest.approx(3.695, abs=5e-4)
    assert sbg.constant_lifetime(found.mean, 0.1) == pytest.approx(2.324, abs=5e-4)
    assert not found.alike


@given(SHAPES, SHAPES, st.floats(0.02, 0.5), st.integers(0, 20))
def test_the_lifetime_is_the_sum_of_survival(a: float, b: float, d: float, lived: int) -> None:
    periods = np.arange(3000)
    survival = sbg.survival(a, b + lived, periods)
    by_hand = float((survival * (1 + d) ** -periods.astype(float)).sum())
    assert sbg.discounted_lifetime(a, b, d, lived=lived) == pytest.approx(by_hand, rel=1e-7)


@given(SHAPES, SHAPES, DISCOUNTS)
def test_a_constant_rate_always_says_less(a: float, b: float, d: float) -> None:
    """Jensen's inequality: (1+d)/(d+θ) is convex in θ."""
    truth = sbg.discounted_lifetime(a, b, d)
    assert sbg.constant_lifetime(a / (a + b), d) <= truth * (1 + 1e-9)


@given(SHAPES, SHAPES, DISCOUNTS, st.floats(1.01, 3))
def test_a_lifetime_rises_with_retention_and_with_age(
    a: float, b: float, d: float, more: float
) -> None:
    one = sbg.discounted_lifetime(a, b, d)
    assert sbg.discounted_lifetime(a, b * more, d) >= one
    assert sbg.discounted_lifetime(a, b, d, lived=3) >= one
    assert 1 <= one <= (1 + d) / d


@given(SHAPES, SHAPES)
def test_survival_falls_from_one(a: float, b: float) -> None:
    there = sbg.survival(a, b, np.arange(40))
    assert there[0] == pytest.approx(1)
    assert (np.diff(there) < 0).all()
    assert there[1] == pytest.approx(b / (a + b))


def simulated(alpha: float, beta: float, customers: int, ages: int, seed: int) -> Lives:
    """Let customers who came in different periods live by the model."""
    generator = np.random.default_rng(seed)
    theta = generator.beta(alpha, beta, customers)
    life, seen = generator.geometric(theta), generator.integers(1, ages + 1, customers)
    left = np.bincount(life[life <= seen], minlength=ages + 1)[1:]
    stayed = np.bincount(seen[life > seen], minlength=ages + 1)[1:]
    return Lives(left.astype(float), stayed.astype(float))


@pytest.mark.parametrize(("alpha", "beta"), [(0.7, 1.2), (1.5, 20.0), (6.0, 120.0)])
def test_fits_find_what_customers_were_made_of(alpha: float, beta: float) -> None:
    found = sbg_fit.fit(simulated(alpha, beta, 60_000, 24, 3))
    truth = sbg.survival(alpha, beta, np.arange(24))
    ours = sbg.survival(found.alpha, found.beta, np.arange(24))
    assert np.abs(ours - truth).max() < 0.01


def test_nine_intervals_in_ten_hold_the_truth() -> None:
    """Draws of α and β cover the lifetime that customers were made with, at 60 customers each."""
    truth = float(sbg.discounted_lifetime(1.0, 12.0, 0.02))
    uniform = np.random.default_rng(1).random((800, 2))
    held = 0
    for seed in range(90):
        alpha, beta = sbg_fit.drawn(simulated(1.0, 12.0, 60, 12, seed), uniform)
        low, high = np.quantile(sbg.discounted_lifetime(alpha, beta, 0.02), (0.05, 0.95))
        held += low <= truth <= high
    assert 0.82 <= held / 90 <= 0.97


def test_draws_close_in_on_the_most_likely() -> None:
    lives = lives_of(np.asarray(REGULAR) * 10_000)
    alpha, beta = sbg_fit.drawn(lives, np.random.default_rng(0).random((4000, 2)))
    assert np.median(alpha / (alpha + beta)) == pytest.approx(0.37329, abs=2e-4)
    assert np.median(1 / (alpha + beta + 1)) == pytest.approx(1 / 2.88612, abs=2e-3)


def test_customers_who_are_all_alike_are_called_so() -> None:
    left = 1000 * 0.1 * 0.9 ** np.arange(12)
    alive = np.concatenate(([1000], 1000 - left.cumsum()))
    found = sbg_fit.fit(lives_of(alive))
    assert found.alike
    assert found.mean == pytest.approx(0.1, abs=1e-4)


@given(st.floats(1e-3, 0.4), st.floats(1.05, 30))
def test_a_beta_hits_the_range_it_is_made_of(low: float, times: float) -> None:
    from scipy.stats import beta as distribution

    high = min(low * times, (1 + low) / 2)
    a, b = sbg.beta_between(low, high)
    assert distribution(a, b).ppf([0.05, 0.95]) == pytest.approx([low, high], rel=1e-3)


@pytest.mark.parametrize("lives", [[0.1, 0.1], [0.5, 0.2], [0, 0.3], [0.2, 1.0]])
def test_no_beta_lies_between_what_is_no_range(lives: list[float]) -> None:
    with pytest.raises(VentureWrong) as refused:
        sbg.beta_between(*lives)
    assert refused.value.where == "customers.churn"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([100, 60, 70], "never rises"),
        ([100, 60], "three rows"),
        ([], "three rows"),
        ([0, 0, 0], "at the start"),
        ([100, float("nan"), 20], "finite"),
        ([100, -1, -2], "zero or more"),
    ],
)
def test_tables_that_cannot_be_are_refused(table: list[float], said: str) -> None:
    with pytest.raises(VentureWrong, match=said):
        lives_of(table)


@pytest.mark.parametrize(
    ("table", "said"),
    [([100, 100, 100], "none that has"), ([100, 0, 0], "all left in the first")],
)
def test_tables_that_teach_nothing_are_refused(table: list[float], said: str) -> None:
    with pytest.raises(VentureWrong, match=said):
        sbg_fit.fit(lives_of(table))


def test_one_customer_gives_a_wide_interval_and_no_more() -> None:
    alone = Lives(np.asarray([0.0, 1.0]), np.zeros(2))
    alpha, beta = sbg_fit.drawn(alone, np.random.default_rng(0).random((4000, 2)))
    low, high = np.quantile(alpha / (alpha + beta), (0.05, 0.95))
    assert high - low > 0.5


def test_all_gone_is_fitted() -> None:
    found = sbg_fit.fit(lives_of([100, 50, 20, 0]))
    assert 0.5 < found.mean < 0.65


def test_without_a_discount_the_sum_is_refused() -> None:
    with pytest.raises(VentureWrong) as refused:
        sbg.discounted_lifetime(0.7, 1.2, 0.0)
    assert refused.value.where == "discount"
