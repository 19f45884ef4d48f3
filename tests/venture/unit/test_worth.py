"""What a customer is worth, and when its cost has come back: by hand and always."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.unit import sbg, worth

SHAPES = st.floats(0.1, 50)
MARGINS = st.floats(0.01, 1000)


def one(value: float) -> np.ndarray:
    return np.asarray([value])


def test_payback_by_hand() -> None:
    # α = 1, β = 1: S = 1, 1/2, 1/3, 1/4: 60 + 30 + 20 + 15 = 125.
    months = worth.payback([60, 60, 60, 60], [60, 61, 110, 125], 1.0, 1.0)
    assert months.tolist() == [1, 2, 3, 4]


def test_what_is_lost_never_comes_back_and_nothing_costs_no_time() -> None:
    assert worth.payback([-5, 0, 5], [10, 10, 0], 1.0, 1.0).tolist() == [np.inf, np.inf, 0]
    # 5 a month for ever would do; with customers who leave at once in every second case it does not
    assert worth.payback(5, 100, 50.0, 50.0) == np.inf


@given(MARGINS, st.floats(0.01, 5000), SHAPES, SHAPES)
def test_payback_is_the_first_month_that_covers(
    margin: float, cost: float, a: float, b: float
) -> None:
    months = float(worth.payback(margin, cost, a, b))
    paid = margin * sbg.survival(a, b, np.arange(worth.LONGEST)).cumsum()
    first = np.flatnonzero(paid >= cost * (1 - 1e-9))
    assert months == (first[0] + 1 if first.size else np.inf) or (
        abs(paid[int(min(months, 120)) - 1] / cost - 1) < 1e-6
    )


@given(MARGINS, SHAPES, SHAPES, st.floats(0.001, 0.1), st.floats(0.1, 100))
def test_money_scales(margin: float, a: float, b: float, rate: float, times: float) -> None:
    small, large = (worth.worth(m, one(a), one(b), rate) for m in (margin, margin * times))
    assert large[0] == pytest.approx(small[0] * times)


@given(MARGINS, SHAPES, SHAPES, st.floats(0.001, 0.1), st.floats(1.01, 5))
def test_worth_rises_with_retention_and_falls_with_waiting(
    margin: float, a: float, b: float, rate: float, more: float
) -> None:
    now = worth.worth(margin, one(a), one(b), rate)[0]
    assert worth.worth(margin, one(a), one(b * more), rate)[0] >= now
    assert worth.worth(margin, one(a), one(b), rate, pays_after=2)[0] < now


@given(SHAPES, SHAPES, st.floats(0.02, 0.1))
@settings(max_examples=40)
def test_what_comes_within_many_months_is_all_of_it(a: float, b: float, rate: float) -> None:
    whole = worth.worth(1.0, one(a), one(b), rate)[0]
    parts = [float(worth.worth_within(1.0, one(a), one(b), rate, n)[0]) for n in (1, 24, 1000)]
    assert parts[0] == pytest.approx(1.0)
    assert parts[0] <= parts[1] <= parts[2] == pytest.approx(whole, rel=1e-6)


def test_a_year_is_twelve_months() -> None:
    assert (1 + worth.monthly_rate(0.2)) ** 12 == pytest.approx(1.2)


def test_a_margin_that_is_no_number_is_refused() -> None:
    with pytest.raises(VentureWrong):
        worth.worth(float("nan"), one(1), one(1), 0.01)
