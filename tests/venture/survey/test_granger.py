"""Gabor and Granger: demand by hand, answers that imply others, elasticity that was put in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import SurveyWrong
from seedbed.venture.survey import granger
from seedbed.venture.survey.table import Survey

HEAD = ("respondent", "price", "buys")


def survey(rows: Sequence[tuple[object, object, object]]) -> Survey:
    cells = tuple(tuple(map(str, row)) for row in rows)
    return Survey("survey.csv", HEAD, cells, tuple(range(2, len(rows) + 2)))


def would_pay(limits: Sequence[float], prices: Sequence[float]) -> Survey:
    """Return everybody's answer at every price: yes up to a limit."""
    rows = [
        (f"p{i}", p, "yes" if p <= most else "no") for i, most in enumerate(limits) for p in prices
    ]
    return survey(rows)


def test_demand_and_income_are_shares_of_people() -> None:
    found = granger.analyse(would_pay([5, 10, 10, 20], [5, 10, 20]), times=200)
    assert found.demand == pytest.approx([1, 0.75, 0.25])
    assert found.income == pytest.approx([5, 7.5, 5])
    assert found.best == 10
    assert (found.demand_low <= found.demand).all()
    assert (found.demand <= found.demand_high).all()
    assert found.unknown == 0


def test_a_yes_holds_for_lower_prices_and_a_no_for_higher_ones() -> None:
    found = granger.analyse(survey([("a", 10, "yes"), ("a", 20, "no"), ("b", 5, "yes")]), times=5)
    assert found.demand == pytest.approx([1, 1, 0])
    assert list(found.asked) == [2, 1, 1]
    assert found.unknown == 2


def test_who_buys_dear_and_not_cheap_is_dropped_and_counted() -> None:
    rows = [("a", 5, "no"), ("a", 10, "yes"), ("b", 5, "yes"), ("c", 10, "no")]
    found = granger.analyse(survey(rows), times=5)
    assert (found.people, found.dropped) == (2, 1)


def test_elasticity_that_was_put_in_is_found_within_its_interval() -> None:
    chance = np.random.default_rng(3)
    # ln(odds of buying) = 3·(ln 10 - ln p): at 10 half buy, and elasticity there is 3·(1 - 1/2).
    limits = 10 * np.exp(chance.logistic(0, 1 / 3, 800))
    prices = [4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 24.0]
    found = granger.analyse(would_pay(limits.tolist(), prices), times=200)
    told = found.elasticity(10.0)
    assert told is not None
    value, low, high = told
    assert low < 1.5 < high
    assert value == pytest.approx(1.5, rel=0.1)
    assert high - low < 0.4
    assert found.elasticity(20.0)[0] > value  # type: ignore[index]


@pytest.mark.parametrize("limits", [[9, 9, 9], [100, 100], [1, 1, 1]])
def test_answers_that_are_all_alike_give_no_elasticity_and_say_why(limits: list[float]) -> None:
    found = granger.analyse(would_pay(limits, [5, 8, 10]), times=5)
    assert found.elasticity(8) is None
    assert "same answer" in found.why or "parts all" in found.why


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", 5, "yes"), ("b", 5, "no")], "5 alone"),
        ([("a", 0, "yes"), ("b", 5, "no")], "a price of 0"),
        ([("a", 5, "yes"), ("a", 5.0, "no"), ("b", 6, "no")], "a second one of 'a' at 5"),
        ([("a", 5, "yes"), ("a", 6, "no")], "got 1"),
        ([("a", 5, "perhaps"), ("a", 6, "no")], "'perhaps' on line 2"),
        ([("a", "five", "yes"), ("a", 6, "no")], "'five' on line 2"),
        ([("", 5, "yes"), ("a", 6, "no")], "who answered"),
    ],
)
def test_what_says_nothing_is_refused(rows: list[tuple[object, ...]], said: str) -> None:
    with pytest.raises(SurveyWrong) as caught:
        granger.analyse(survey(rows))  # type: ignore[arg-type]
    assert said in str(caught.value)


@given(st.lists(st.sampled_from([3, 5, 8, 10, 20]), min_size=2, max_size=30), st.randoms())
def test_the_order_of_rows_changes_nothing_and_demand_never_rises(
    limits: list[float], luck: object
) -> None:
    before = would_pay(limits, [5, 8, 10])
    rows = list(before.rows)
    luck.shuffle(rows)  # type: ignore[attr-defined]
    after = Survey("survey.csv", HEAD, tuple(rows), before.lines)
    one, other = granger.analyse(before, times=10), granger.analyse(after, times=10)
    assert np.array_equal(one.demand, other.demand)
    assert np.array_equal(one.demand_low, other.demand_low)
    assert one.slope == other.slope
    assert (np.diff(one.demand) <= 0).all()
