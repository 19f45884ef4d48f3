"""Every published answer is ours too, to the digits that its source gives."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from seedbed.errors import ExtraMissing, NoOptimum, RecordMissing
from seedbed.venture import verify
from seedbed.venture.verify import page
from seedbed.venture.verify.base import Problem
from seedbed.venture.verify.solve import Solved, solve

ROOT = Path(__file__).parents[3]

GIVEN = (
    *("T1", "T4", "T4b", "T5", "T6", "T7", "T8", "T9", "T9b", "T10", "T11", "T12", "T14", "T16"),
    *("T17", "T21", "T23", "T24", "T25", "T27", "T28", "T29", "T30", "T31", "T33", "T34"),
)
"""Rows that must be there, whatever else is."""


def problem(published: float, ours: float, digits: float = 0.005) -> Problem:
    return Problem("X1", "a sum", "by hand", "A", published, digits, lambda: ours)


@pytest.mark.parametrize("asked", verify.problems(), ids=lambda each: each.id)
def test_ours_is_the_published_answer(asked: Problem) -> None:
    answered = solve(asked)
    if answered.lacking:
        pytest.skip(answered.lacking)
    assert not answered.why
    assert answered.holds, f"{answered.ours} is {answered.difference} off {asked.published}"


@pytest.mark.parametrize("asked", verify.problems(), ids=lambda each: each.id)
def test_a_problem_says_what_is_asked_and_where_the_answer_stands(asked: Problem) -> None:
    assert len(asked.title) > 3
    assert len(asked.source) > 3
    assert asked.kind in page.KINDS
    assert math.isfinite(asked.digits)
    assert asked.digits >= 0
    # A tolerance as large as the answer would prove nothing.
    assert asked.digits < max(abs(asked.published), 0.02) or asked.published == 0


def test_no_row_is_left_out() -> None:
    assert set(GIVEN) <= set(verify.rows())


def test_the_formulas_that_the_product_must_carry_are_there() -> None:
    assert {"F1", "F2", "F3", "F4"} <= set(verify.rows())


def test_rows_stand_in_the_order_that_people_count_in() -> None:
    order = [row for row in verify.rows() if re.fullmatch(r"T\d+b?", row)]
    assert order.index("T4") < order.index("T4b") < order.index("T10")


@pytest.mark.parametrize(
    ("published", "ours", "holds"),
    [
        (0.992, 0.9925, True),
        (0.992, 0.9970001, False),
        (1.0, math.nan, False),
        (math.inf, math.inf, True),
        (math.inf, 3.0, False),
        (0.3, 0.1 + 0.2, True),
    ],
)
def test_the_tolerance_decides(published: float, ours: float, holds: bool) -> None:
    assert Solved(problem(published, ours), ours).holds is holds


def test_a_model_that_refuses_has_not_answered() -> None:
    def refuse() -> float:
        raise NoOptimum(expected="an elasticity above 1", got="1", do="Give a limit.")

    answered = solve(Problem("X1", "a price", "by hand", "A", 1, 0.1, refuse))
    assert answered.off
    assert "elasticity above 1" in answered.why


def test_what_is_not_installed_is_said_and_is_no_failure() -> None:
    def lacks() -> float:
        raise ExtraMissing(expected="a table", got="none", do="pip install it.")

    answered = solve(Problem("X1", "a fit", "by hand", "R", 1, 0.1, lacks))
    assert not answered.off
    assert "pip install it." in answered.lacking
    assert answered.as_dict()["computed"] is False


def test_an_unknown_id_names_the_known_ones() -> None:
    with pytest.raises(RecordMissing, match="T21"):
        verify.chosen("T999")


def test_a_row_is_all_of_its_answers() -> None:
    found = verify.chosen("t21")
    assert len(found) >= 2
    assert {verify.row(each.id) for each in found} == {"T21"}


def test_the_json_of_an_answer_can_be_read_by_any_program() -> None:
    told = Solved(problem(math.inf, math.nan), math.nan).as_dict()
    assert json.loads(json.dumps(told, allow_nan=False))["published"] == "infinity"
    assert told["ours"] is None


@pytest.mark.parametrize(
    ("published", "digits", "shown", "ours"),
    [
        (0.992, 0.0005, "0.992", "0.9921"),
        (11_250, 0.5, "11,250", "11,250.1"),
        (-0.5, 0.05, "−0.5", "−0.50"),
    ],
)
def test_numbers_are_written_with_the_digits_of_their_source(
    published: float, digits: float, shown: str, ours: str
) -> None:
    asked = problem(published, 0, digits)
    assert page.published(asked) == shown
    assert page.number(float(ours.replace("−", "-").replace(",", "")) + digits / 100, asked) == ours


def test_an_answer_above_its_tolerance_is_marked_on_the_page() -> None:
    assert "above its tolerance" in page.markdown([Solved(problem(1, 2), 2)])
    assert "above its tolerance" not in page.markdown([Solved(problem(1, 1), 1)])
