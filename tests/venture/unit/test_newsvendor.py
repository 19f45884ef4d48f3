"""How much to commit to: the published answer, and the best among all by trying each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.unit.newsvendor import normal, reserve

HOURS = st.lists(st.integers(0, 40), min_size=1, max_size=60)


def test_the_published_stock() -> None:
    """T23 of verification.md."""
    assert normal(3192, 1181, 0.8) == pytest.approx(4185.95, abs=5e-3)


@given(HOURS, st.floats(0.01, 0.99))
def test_no_other_number_of_machines_is_cheaper(hours: list[int], price: float) -> None:
    found = reserve(hours, reserved=price, on_demand=1.0)
    needed = np.asarray(hours, float)
    costs = [n * price + np.maximum(needed - n, 0).mean() for n in range(42)]
    assert found.cost == pytest.approx(min(costs))
    assert found.cost == pytest.approx(costs[found.machines])


@given(HOURS, st.floats(0.01, 0.99), st.floats(0.1, 100))
def test_money_scales_and_no_reserve_beats_knowing(
    hours: list[int], price: float, times: float
) -> None:
    one = reserve(hours, reserved=price, on_demand=1.0)
    other = reserve(hours, reserved=price * times, on_demand=times)
    assert other.cost == pytest.approx(one.cost * times)
    assert one.exact <= one.cost + 1e-12 <= one.on_demand + 2e-12


@pytest.mark.parametrize(
    ("hours", "reserved", "on_demand"),
    [([], 0.5, 1), ([1, 2], 1.0, 1.0), ([1, 2], 2.0, 1.0), ([1, -2], 0.5, 1), ([1.5], 0.5, 1)],
)
def test_what_makes_no_sense_is_refused(
    hours: list[float], reserved: float, on_demand: float
) -> None:
    with pytest.raises(VentureWrong):
        reserve(hours, reserved=reserved, on_demand=on_demand)
