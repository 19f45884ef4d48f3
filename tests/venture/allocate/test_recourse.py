"""Two stages: the order of wait-and-see, recourse and expected value; nothing that fits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import Infeasible
from seedbed.venture.allocate.recourse import Scenario, TwoStage, compare, solve


def newsvendor(demands: list[float], cost: float, price: float) -> TwoStage:
    """Buy x now; sell y ≤ x and y ≤ demand."""
    scenes = tuple(
        Scenario(1 / len(demands), np.array([price]), np.array([[-1.0], [0.0]]),
                 np.array([[1.0], [1.0]]), np.array([0.0, demand]), np.array([np.inf]))
        for demand in demands
    )  # fmt: skip
    return TwoStage(np.array([cost]), np.zeros((0, 1)), np.zeros(0), scenes)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1, 100), min_size=2, max_size=8), st.floats(0.5, 4), st.floats(1.1, 4))
def test_wait_and_see_recourse_and_expected_value_in_their_order(
    demands: list[float], cost: float, margin: float
) -> None:
    found = compare(newsvendor(demands, cost, cost * margin))
    slack = 1e-7 * max(abs(found.wait_and_see), 1)
    assert found.wait_and_see >= found.recourse - slack
    assert found.recourse >= found.expected_value - slack
    assert found.perfect_information >= -slack
    assert found.stochastic_solution >= -slack


def test_the_newsvendor_buys_the_critical_quantile() -> None:
    x, _ = solve(newsvendor(list(range(10, 110, 10)), 1.0, 4.0))
    assert x[0] == pytest.approx(80.0)  # the least demand whose share of draws is ≥ 3/4


def test_a_decision_that_fits_no_scenario_is_refused() -> None:
    made = newsvendor([5.0], 1.0, 2.0)
    with pytest.raises(Infeasible):
        solve(TwoStage(made.cost, np.array([[1.0], [-1.0]]), np.array([1.0, -2.0]), made.scenarios))
