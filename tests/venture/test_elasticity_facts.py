"""Which elasticity holds: surveys of either kind, and those that cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from seedbed.errors import SurveyWrong
from seedbed.venture.elasticity_facts import of_survey
from seedbed.venture.survey.table import Survey


def survey(head: str, rows: Sequence[Sequence[Any]]) -> Survey:
    cells = tuple(tuple(map(str, row)) for row in rows)
    return Survey("survey.csv", tuple(head.split()), cells, tuple(range(2, len(rows) + 2)))


def chosen(slope: float, *, none: bool = True, people: int = 400) -> Survey:
    """Return choices between two prices (and nothing) by a weight of the price."""
    chance = np.random.default_rng(2)
    rows = []
    for i in range(people):
        for question in range(4):
            price = chance.choice([1.0, 2.0, 3.0, 4.0], 2, replace=False)
            utility = np.append(2.0 + slope * price, 0.0 if none else -np.inf)
            taken = int(np.argmax(utility + chance.gumbel(size=3)))
            rows += [[f"p{i}", question, f"x{j}", int(taken == j), price[j]] for j in range(2)]
            if none:
                rows.append([f"p{i}", question, "none", int(taken == 2), ""])
    return survey("respondent question alternative chosen price", rows)


def test_a_conjoint_gives_the_elasticity_of_who_buys() -> None:
    found, why = of_survey(chosen(-1.0), 2.0, 0)
    assert found is not None
    assert why == ""
    # At 2 the utility is 0, so half buy: elasticity is slope · price · (1 - 1/2).
    assert found.value == pytest.approx(1.0, abs=0.15)
    assert found.low < found.value < found.high
    assert found.how == "conjoint"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (chosen(-1.0, none=False), "nobody could take nothing"),
        (chosen(1.0), "did not mind a higher price"),
        (
            survey("too_cheap cheap expensive too_expensive", [(1, 2, 3, 4)]),
            "do not ask who would buy",
        ),
        (
            survey("respondent price buys", [("a", 1, 1), ("a", 2, 1), ("b", 1, 1), ("b", 2, 1)]),
            "the same answer at every price",
        ),
    ],
)
def test_surveys_that_cannot_tell_say_why(made: Survey, said: str) -> None:
    found, why = of_survey(made, 2.0, 0)
    assert found is None
    assert said in why


def test_what_is_no_survey_on_prices_is_refused() -> None:
    with pytest.raises(SurveyWrong, match="`price` and `buys`"):
        of_survey(survey("name mood", [("a", "fine")]), 1.0, 0)
