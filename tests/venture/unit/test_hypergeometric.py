"""Gauss's function against its definition, where scipy's own gives NaN among others."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.venture.unit.hypergeometric import from_one, power_series


def by_definition(a: float, b: float, c: float, z: float) -> float:
    """Sum the series in exact fractions until it stands still."""
    a_, b_, c_, z_ = (Fraction(one).limit_denominator(10**6) for one in (a, b, c, z))
    term, total, n = Fraction(1), 0.0, 0
    while abs(term) > 1e-18 * abs(total) or n < 5:
        total += float(term)
        term *= (a_ + n) * (b_ + n) / ((c_ + n) * (n + 1)) * z_
        term, n = term.limit_denominator(10**40), n + 1
    return total


QUARTERS = st.integers(1, 800).map(lambda n: n / 4)
Z = st.integers(0, 60).map(lambda n: n / 64)


@given(QUARTERS, QUARTERS, Z)
def test_the_fraction_is_the_series(alpha: float, b: float, z: float) -> None:
    c = alpha + b
    assert from_one(b, c, z) == pytest.approx(by_definition(1, b, c, z), rel=1e-11)


@given(st.integers(-3, 40).map(lambda n: n / 4), QUARTERS, QUARTERS, Z)
def test_the_power_series_is_the_series(a: float, b: float, c: float, z: float) -> None:
    b = min(b, c + 1)
    assert power_series(a, b, c, z) == pytest.approx(by_definition(a, b, c, z), rel=1e-9)


def test_where_scipy_gives_nan() -> None:
    assert from_one(174.0, 175.0, 16 / 17) == pytest.approx(by_definition(1, 174, 175, 16 / 17))


def test_close_to_one_it_still_converges() -> None:
    # c = b + 1: F = b · Σ z^n / (n + b); at b = 1 that is -ln(1 - z) / z.
    assert from_one(1.0, 2.0, 0.99999) == pytest.approx(11.512925464970229 / 0.99999, rel=1e-9)
