"""The cost of an answer: golden figures, and what holds of every machine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.unit.cost import break_even_utilisation, per_million_tokens, per_unit

MONEY = st.floats(1e-4, 1e4)
SPEED = st.floats(1e-3, 1e6)
SHARE = st.floats(1e-3, 1.0)


@pytest.mark.parametrize(
    ("hour", "speed", "published"), [(2.5, 700, 0.992), (2, 85, 6.536), (10, 3400, 0.817)]
)
def test_a_million_tokens_cost_what_is_published(hour: float, speed: float, published: float):
    """T29 of verification.md."""
    assert per_million_tokens(hour, speed, 1.0) == pytest.approx(published, abs=5e-4)


def test_one_machine_by_hand() -> None:
    # 0.36 an hour is 0.0001 a second; 100 answers a second at half use: 50 a second.
    assert per_unit(0.36, 100, 0.5) == pytest.approx(2e-6, rel=1e-12)


@given(MONEY, SPEED, SHARE, st.floats(0.1, 10))
def test_money_and_time_scale(hour: float, speed: float, busy: float, times: float) -> None:
    one = per_unit(hour, speed, busy)
    assert per_unit(hour * times, speed, busy) == pytest.approx(one * times)
    assert per_unit(hour, speed * times, busy) == pytest.approx(one / times)


@given(MONEY, SPEED, SHARE)
def test_at_the_break_even_utilisation_an_answer_costs_its_price(
    hour: float, speed: float, busy: float
) -> None:
    cost = per_unit(hour, speed, busy)
    assert break_even_utilisation(hour, speed, 3 * cost, 2 * cost) == pytest.approx(busy, rel=1e-9)


def test_no_utilisation_helps_where_other_costs_eat_the_price() -> None:
    assert break_even_utilisation(1, 1, 0.1, 0.1) == np.inf


@pytest.mark.parametrize(
    ("hour", "speed", "busy", "where"),
    [
        (1, 0, 0.5, "unit.answers_per_second"),
        (1, -3, 0.5, "unit.answers_per_second"),
        (1, 10, 0, "unit.utilisation"),
        (1, 10, 1.01, "unit.utilisation"),
        (-1, 10, 0.5, "unit.hour"),
        (float("nan"), 10, 0.5, "unit.hour"),
        (1, float("inf"), 0.5, "unit.answers_per_second"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    hour: float, speed: float, busy: float, where: str
) -> None:
    with pytest.raises(VentureWrong) as refused:
        per_unit(hour, np.asarray([speed, 1.0]), busy)
    assert refused.value.where == where
