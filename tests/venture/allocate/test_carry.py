"""Carry-over: published values, and what normalised means."""

from __future__ import annotations

import numpy as np
import pytest

from seedbed.venture.allocate import carry


def test_a_steady_spending_acts_in_full_in_the_end() -> None:
    acts = carry.geometric(60, 0.7, lag=3) @ np.full(60, 5.0)
    assert acts[-1] == pytest.approx(5.0)
    np.testing.assert_allclose(acts[:3], 0)


def test_all_that_is_spent_acts_once_within_window_and_tail() -> None:
    acts = carry.windowed(10, 0.5, window=4, after=3)
    np.testing.assert_allclose(acts.sum(axis=0), 1.0)


def test_what_was_spent_before_and_goes_on_acts_as_if_nothing_had_begun() -> None:
    before = carry.left(0.6, 800.0, months=24, lag=2)
    acts = before + carry.geometric(24, 0.6, lag=2) @ np.full(24, 800.0)
    np.testing.assert_allclose(acts, 800.0)


def test_the_tail_leaves_less_than_a_hundredth() -> None:
    for keep in (0.1, 0.5, 0.9):
        assert keep ** carry.tail(keep, lag=0) <= carry.FORGOTTEN + 1e-12
    assert carry.tail(0.0, lag=2) == 2


def test_periods_group_months_and_the_last_may_be_short() -> None:
    np.testing.assert_array_equal(carry.groups(7, 3).sum(axis=0), [3, 3, 1])
