"""Money is exact, is rounded half up once, and reads as people write it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.ledger import money

NANOS = st.integers(-money.LARGEST, money.LARGEST)


@pytest.mark.parametrize(
    ("amount", "nanos"),
    [
        ("29.00", 29_000_000_000),
        ("0.000000001", 1),
        (Decimal("-1.5"), -1_500_000_000),
        (7, 7_000_000_000),
        ("1e3", 1_000_000_000_000),
    ],
)
def test_amounts_become_nanos(amount: Any, nanos: int) -> None:
    assert money.to_nanos(amount) == nanos
    assert money.to_nanos(money.to_decimal(nanos)) == nanos


@pytest.mark.parametrize(
    "amount", [1.2, True, None, "", "ten", "0.0000000001", "NaN", "Infinity", "1e400", 10**10]
)
def test_what_is_no_exact_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals|at most"):
        money.to_nanos(amount)


@given(NANOS)
def test_nanos_and_decimals_are_the_same(nanos: int) -> None:
    assert money.to_nanos(money.to_decimal(nanos)) == nanos
    assert money.to_nanos(money.plain(nanos, "USD")) == nanos


@pytest.mark.parametrize(
    ("nanos", "currency", "expected"),
    [
        (4_999_999, "USD", 0),
        (5_000_000, "USD", 10_000_000),
        (-5_000_000, "USD", -10_000_000),
        (14_999_999, "USD", 10_000_000),
        (15_000_000, "USD", 20_000_000),
        (499_999_999, "JPY", 0),
        (500_000_000, "JPY", 1_000_000_000),
        (500_000, "KWD", 1_000_000),
        (499_999, "KWD", 0),
    ],
)
def test_rounding_is_half_up_to_the_minor_unit(nanos: int, currency: str, expected: int) -> None:
    assert money.rounded(nanos, currency) == expected


@given(NANOS, st.sampled_from(sorted(money.CURRENCIES)))
def test_rounding_is_what_decimal_calls_half_up(nanos: int, currency: str) -> None:
    step = Decimal(1).scaleb(-money.minor_digits(currency))
    expected = money.to_decimal(nanos).quantize(step, rounding=ROUND_HALF_UP)
    assert money.to_decimal(money.rounded(nanos, currency)) == expected
    assert money.rounded(-nanos, currency) == -money.rounded(nanos, currency)


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_half_up_is_the_nearest_whole_number(numerator: int, denominator: int) -> None:
    found = money.half_up(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - found) <= Fraction(1, 2)
    assert money.half_up(numerator, -denominator) == -found


@pytest.mark.parametrize(
    ("nanos", "currency", "english", "chinese"),
    [
        (1_234_500_000_000, "USD", "$1,234.50", "US$1,234.50"),
        (1_234_500_000_000, "CNY", "CN¥1,234.50", "¥1,234.50"),
        (1_234_500_000_000, "JPY", "¥1,235", "JP¥1,235"),
        (-5_000_000_000, "EUR", "−€5.00", "−€5.00"),
        (12_000_000_000, "CHF", "CHF\u00a012.00", "CHF\u00a012.00"),
        (1_000_000, "KWD", "KWD\u00a00.001", "KWD\u00a00.001"),
        (0, "USD", "$0.00", "US$0.00"),
    ],
)
def test_amounts_read_as_people_write_them(
    nanos: int, currency: str, english: str, chinese: str
) -> None:
    assert money.shown(nanos, currency) == english
    assert money.shown(nanos, currency, "zh") == chinese


def test_prices_keep_all_their_decimals() -> None:
    assert money.shown_exact(1_200_000, "USD") == "$0.0012"
    assert money.shown_exact(2_000_000_000, "USD") == "$2.00"
    assert money.plain(1_500_000_000, "JPY") == "1.5"


def test_a_currency_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        money.minor_digits("UDS")


@pytest.mark.parametrize("amount", ["1e999999", "-1e999999", "NaN", "Infinity", "1e-999999"])
def test_an_amount_out_of_all_proportion_is_refused_at_once(amount: str) -> None:
    with pytest.raises(ValueError):
        money.to_nanos(amount)
