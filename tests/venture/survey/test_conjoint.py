"""Conjoint by multinomial logit: weights that were put in, what cannot be told, and shares."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import SurveyWrong
from seedbed.venture.survey import conjoint
from seedbed.venture.survey.table import Survey

HEAD = ("respondent", "question", "alternative", "chosen", "price", "support", "speed")


def survey(rows: Sequence[Sequence[Any]], head: Sequence[str] = HEAD) -> Survey:
    cells = tuple(tuple(map(str, row)) for row in rows)
    return Survey("choices.csv", tuple(head), cells, tuple(range(2, len(rows) + 2)))


def asked(people: int = 120, questions: int = 8, seed: int = 0) -> Survey:
    """Return choices by weights of -0.1 a price, 1 for phone support, 0.02 a unit of speed."""
    chance = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        for question in range(questions):
            price = chance.choice([10.0, 20.0, 30.0, 40.0], 3)
            phone = chance.integers(0, 2, 3)
            speed = chance.choice([10.0, 50.0, 90.0], 3)
            utility = np.append(-0.1 * price + phone + 0.02 * speed, -1.0)
            taken = int(np.argmax(utility + chance.gumbel(size=4)))
            for i in range(3):
                row = [f"p{person}", question, f"a{i}", int(taken == i), price[i]]
                rows.append([*row, "phone" if phone[i] else "mail", speed[i]])
            rows.append([f"p{person}", question, "none", int(taken == 3), "", "", ""])
    return survey(rows)


def test_weights_that_were_put_in_are_found_within_three_errors() -> None:
    found = conjoint.analyse(asked())
    truth = {"price": -0.1, "support = phone": 1.0, "speed": 0.02, "none": -1.0}
    assert {one.name for one in found.worths} == set(truth)
    for one in found.worths:
        assert abs(one.weight - truth[one.name]) < 3 * one.error
    worth = {one.name: one for one in found.worths}
    assert worth["support = phone"].low < 10 < worth["support = phone"].high  # type: ignore[operator]
    assert worth["price"].money is None
    assert found.price_sure
    assert found.fit.likelihood > found.fit.null


def test_one_attribute_alone_is_the_logarithm_of_the_odds() -> None:
    # Two products that differ in the price alone, 30 of 40 take the cheaper: β·(2 - 1) = ln(30/10),
    # and its variance is 1/30 + 1/10 (a 2 x 2 table's odds).
    rows = []
    for i in range(40):
        rows.append([f"p{i}", 1, "x", int(i < 30), 1.0])
        rows.append([f"p{i}", 1, "y", int(i >= 30), 2.0])
    found = conjoint.analyse(survey(rows, HEAD[:5]))
    assert found.price_weight == pytest.approx(-np.log(3), abs=1e-9)
    assert found.fit.covariance[0, 0] == pytest.approx(1 / 30 + 1 / 10, abs=1e-9)


def test_clustered_errors_of_repeated_answers_are_those_of_one_answer() -> None:
    once = [
        [f"p{i}", 1, a, int((i < 30) == (a == "x")), 1.0 + (a == "y")]
        for i in range(40)
        for a in "xy"
    ]
    often = [[row[0], q, *row[2:]] for q in range(5) for row in once]
    one, five = (conjoint.analyse(survey(rows, HEAD[:5])).fit for rows in (once, often))
    assert five.covariance[0, 0] == pytest.approx(one.covariance[0, 0] / 5, rel=1e-6)
    assert five.clustered[0, 0] == pytest.approx(one.clustered[0, 0], rel=1e-6)


def test_shares_add_up_and_fall_with_the_price() -> None:
    found = conjoint.analyse(asked(60))
    product = {"price": 20.0, "support": "phone", "speed": 50.0}
    shares = found.shares([product, {**product, "price": 30.0}, {"none": True, "support": "mail"}])
    assert sum(one[0] for one in shares) == pytest.approx(1)
    assert shares[0][0] > shares[1][0]
    assert all(low <= share <= high for share, low, high in shares)
    assert shares[0][0] / shares[1][0] == pytest.approx(np.exp(-10 * found.price_weight))


def test_a_level_that_nobody_was_asked_about_is_refused() -> None:
    found = conjoint.analyse(asked(20))
    with pytest.raises(SurveyWrong, match="mail, phone"):
        found.shares([{"price": 1.0, "support": "fax", "speed": 50.0}])


def table(chosen: Sequence[int], price: Sequence[float], *more: Sequence[Any]) -> Survey:
    people = [f"p{i // 2}" for i in range(len(chosen))]
    names = [f"extra{i}" for i in range(len(more))]
    rows = zip(
        people,
        [1] * len(chosen),
        ["x", "y"] * (len(chosen) // 2),
        chosen,
        price,
        *more,
        strict=True,
    )
    return survey(list(rows), [*HEAD[:5], *names])


MIXED = ([1, 0, 0, 1, 1, 0, 1, 0], [1, 2, 1, 2, 1, 2, 1, 2])


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (table([1, 0, 1, 0, 1, 0], [1, 2, 1, 2, 1, 2]), "every choice follows from price"),
        (table(*MIXED, ["a", "b"] * 4), "extra0 = b: always the same, or made up of the others"),
        (table(MIXED[0], [3] * 8), "price: always the same"),
        (table([1, 1, 0, 1], [1, 2, 1, 2]), "2 of 2 chosen, in question '1' of 'p0'"),
        (table([0, 0, 0, 1], [1, 2, 1, 2]), "0 of 2 chosen"),
        (table([1, 0], [1, 2]), "one, who answered every question"),
        (table(MIXED[0], [1, "cheap", *MIXED[1][2:]]), "'cheap' on line 3"),
        (table(MIXED[0], [1, "nan", *MIXED[1][2:]]), "'nan' on line 3"),
        (table(*MIXED, ["a", ""] * 4), "nothing, in 4 rows; the first on line 3"),
    ],
)
def test_what_cannot_be_told_is_refused_and_named(made: Survey, said: str) -> None:
    with pytest.raises(SurveyWrong) as caught:
        conjoint.analyse(made)
    assert said in str(caught.value)


def test_separation_by_a_mix_of_attributes_is_found() -> None:
    """Neither attribute alone explains the choices, but their sum does, without exception."""
    chance = np.random.default_rng(1)
    rows = []
    for i in range(40):
        a, b = chance.normal(size=2), chance.normal(size=2)
        best = int(np.argmax(a + b))
        rows += [[f"p{i}", 1, j, int(j == best), 5 + a[j], b[j]] for j in range(2)]
    with pytest.raises(SurveyWrong, match="follows from price, quality"):
        conjoint.analyse(survey(rows, [*HEAD[:5], "quality"]))


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    before = asked(8, 5)
    rows = list(before.rows)
    random.Random(seed).shuffle(rows)
    after = Survey(before.path, before.columns, tuple(rows), before.lines)
    one, other = conjoint.analyse(before), conjoint.analyse(after)
    assert np.array_equal(one.fit.weights, other.fit.weights)
    assert np.array_equal(one.fit.clustered, other.fit.clustered)


@pytest.mark.parametrize("scale", [0.01, 1000.0])
def test_another_currency_changes_money_alone(scale: float) -> None:
    before = asked(40)
    at = before.columns.index("price")
    rows = [
        tuple(repr(float(cell) * scale) if i == at and cell else cell for i, cell in enumerate(row))
        for row in before.rows
    ]
    one = conjoint.analyse(before)
    other = conjoint.analyse(Survey(before.path, before.columns, tuple(rows), before.lines))
    for mine, theirs in zip(one.worths, other.worths, strict=True):
        if mine.money is not None and theirs.money is not None:
            assert theirs.money == pytest.approx(mine.money * scale, rel=1e-6)
            assert theirs.weight == pytest.approx(mine.weight, rel=1e-6)
