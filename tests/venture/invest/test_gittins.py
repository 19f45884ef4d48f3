"""Gittins indices and the stopping rule of a staged bet, against tables and by enumeration."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.invest import gittins, gradient, normal

COUNTS = st.integers(1, 12).map(float)

# Gittins, Glazebrook and Weber (2011), tables of Bernoulli bandits: γ, a, b, index.
GOLDEN = [
    (0.9, 1, 1, 0.7029),
    (0.9, 2, 2, 0.6346),
    (0.9, 3, 3, 0.6010),
    (0.9, 10, 2, 0.8695),
    (0.95, 1, 1, 0.7614),
    (0.99, 1, 1, 0.8699),
]


@pytest.mark.parametrize(("gamma", "a", "b", "published"), GOLDEN)
def test_golden_indices(gamma: float, a: float, b: float, published: float) -> None:
    assert gittins.index(a, b, gamma) == pytest.approx(published, abs=5e-5)


@settings(max_examples=20)
@given(COUNTS, COUNTS, st.sampled_from([0.3, 0.6, 0.8]))
def test_the_index_is_at_least_the_mean_and_grows_with_patience(
    a: float, b: float, gamma: float
) -> None:
    index = gittins.index(a, b, gamma)
    assert index >= a / (a + b) - 1e-6
    assert gittins.index(a, b, gamma + 0.1) >= index - 1e-6
    assert gittins.index(a + 1, b, gamma) >= index >= gittins.index(a, b + 1, gamma)


@pytest.mark.parametrize("wrong", [(0, 1, 0.9), (1, 0, 0.9), (1, 1, 0.0), (1, 1, 1.0)])
def test_a_belief_or_a_discount_that_cannot_be_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        gittins.index(*wrong)


def by_definition(a: float, b: float, cost: float, worth: float, months: int, d: float) -> float:
    """Return a staged bet's worth by plain recursion over what was seen."""

    @cache
    def value(won: int, seen: int) -> float:
        if seen == months:
            return 0.0
        p = (a + won) / (a + b + seen)
        going = (
            -cost + p * (worth + d * value(won + 1, seen + 1)) + (1 - p) * d * value(won, seen + 1)
        )
        return max(0.0, going)

    return value(0, 0)


@settings(max_examples=40)
@given(COUNTS, COUNTS, st.floats(0.1, 5), st.integers(1, 7), st.floats(0.8, 1))
def test_a_staged_bet_is_worth_what_plain_recursion_says(
    a: float, b: float, worth: float, months: int, d: float
) -> None:
    rule = gittins.staged(a, b, cost=1.0, worth=worth, months=months, discount=d)
    assert rule.worth == pytest.approx(by_definition(a, b, 1.0, worth, months, d), abs=1e-12)
    assert rule.worth >= max(0.0, rule.blind) - 1e-12
    scaled = gittins.staged(a, b, cost=1e3, worth=worth * 1e3, months=months, discount=d)
    assert scaled.worth == pytest.approx(1e3 * rule.worth)
    assert scaled.least == rule.least


def test_the_rule_is_told_by_months_and_its_length_is_right() -> None:
    rule = gittins.staged(1, 3, cost=2000, worth=9000, months=6, discount=0.98)
    assert rule.least[0] == 0  # it begins
    total = 0.0
    for outcomes in product((0, 1), repeat=6):  # every history, by its chance
        chance, won, going = 1.0, 0, True
        for month, outcome in enumerate(outcomes):
            going = going and won >= rule.least[month]
            p = (1 + won) / (4 + month)
            if going:
                total += chance if not any(outcomes[month:]) else 0.0
            chance *= p if outcome else 1 - p
            won += outcome
    assert rule.months_expected > 1
    assert rule.months_expected <= 6
    assert total <= rule.months_expected + 1e-9


def test_a_hopeless_bet_is_not_begun() -> None:
    rule = gittins.staged(1, 9, cost=10, worth=11, months=4, discount=0.99)
    assert (rule.worth, rule.months_expected) == (0.0, 0.0)
    assert rule.blind < 0
    assert rule.least[0] == 1  # more successes than could have been seen


def test_two_months_of_a_normal_bet_are_the_knowledge_gradient() -> None:
    moved = float(gradient.moved(400, 600))
    expected = -20 + moved * float(gradient.f(-20 / moved))
    rule = normal.staged(-20, 400, 600, cost=0, months=2, discount=1.0)
    assert rule.worth == pytest.approx(expected, rel=5e-3)
    assert rule.least[1] == pytest.approx(0, abs=1e-9)


@settings(max_examples=20)
@given(st.floats(-500, 500), st.floats(50, 800), st.floats(50, 2000), st.integers(1, 6))
def test_a_normal_bet_never_loses_by_being_stopped(
    mean: float, sd: float, noise: float, months: int
) -> None:
    rule = normal.staged(mean, sd, noise, cost=0, months=months, discount=0.98)
    assert rule.worth >= max(0.0, rule.blind) - 2e-3 * sd * months
    assert list(rule.least) == sorted(rule.least)  # the fewer months left, the more is asked


def test_the_variance_of_the_belief_falls() -> None:
    assert normal.variance(2, 3, 0) == pytest.approx(4)
    assert normal.variance(2, 3, 9) == pytest.approx(1 / (1 / 4 + 9 / 9))
    assert np.isfinite(normal.variance(2, 3, 1000))
