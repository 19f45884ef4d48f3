"""Van Westendorp: crossings by hand, what is dropped, and what changes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import SurveyWrong
from seedbed.venture.survey import westendorp
from seedbed.venture.survey.table import Survey, read

HEAD = ("respondent", *westendorp.QUESTIONS)


def survey(*rows: tuple[float, ...]) -> Survey:
    cells = tuple((f"p{i}", *(f"{one!r}" for one in row)) for i, row in enumerate(rows))
    return Survey("survey.csv", HEAD, cells, tuple(range(2, len(rows) + 2)))


# Everybody asked at the same spacing: p too cheap at i, cheap at i + 2, dear at i + 4, too dear at
# i + 6, for i of 1 to 9. Each curve is a straight line of slope 1/9, so crossings are by algebra:
# (10 - p) / 9 falls for too cheap, (p - 4) / 9 rises for expensive: they meet at p = 7 and so on.
LADDER = [(i, i + 2, i + 4, i + 6) for i in range(1, 10)]


@pytest.mark.parametrize(("name", "price"), [("pmc", 7), ("opp", 8), ("ipp", 8), ("pme", 9)])
def test_crossings_of_straight_curves_are_those_of_algebra(name: str, price: float) -> None:
    found = westendorp.analyse(survey(*LADDER), times=50)
    assert found.points[name].price == pytest.approx(price)


def test_the_curves_are_shares_of_people() -> None:
    found = westendorp.analyse(survey(*LADDER), times=1)
    at = {price: found.curves[:, i] for i, price in enumerate(found.prices)}
    assert at[7.0] == pytest.approx([3 / 9, 5 / 9, 3 / 9, 1 / 9])


def test_people_who_contradict_themselves_are_dropped_and_counted() -> None:
    found = westendorp.analyse(survey(*LADDER, (9, 5, 3, 1), (4, 3, 5, 6)), times=1)
    assert (found.people, found.dropped) == (9, 2)
    assert found.points["opp"].price == pytest.approx(8)


def test_where_curves_lie_on_each_other_the_middle_is_taken_and_the_stretch_told() -> None:
    point = westendorp.analyse(survey((1, 2, 8, 20), (2, 3, 9, 30)), times=1).points["opp"]
    assert point.stretch == pytest.approx((2 + 8 / 8 * 0 + 1, 9 + 11 * 0), abs=7)
    assert point.stretch[0] < point.price < point.stretch[1]
    assert point.price == pytest.approx(sum(point.stretch) / 2)


def test_more_people_make_the_interval_narrower() -> None:
    few = westendorp.analyse(survey(*LADDER), times=400).points["opp"]
    many = westendorp.analyse(survey(*(LADDER * 16)), times=400).points["opp"]
    assert many.high - many.low < (few.high - few.low) / 2
    assert few.low <= few.price <= few.high


def test_everyone_the_same_is_told() -> None:
    found = westendorp.analyse(survey(*[(1, 2, 3, 4)] * 5), times=10)
    assert found.same
    assert not westendorp.analyse(survey(*LADDER), times=1).same


@given(st.permutations(range(9)), st.integers(0, 3))
def test_the_order_of_people_changes_nothing(order: list[int], seed: int) -> None:
    before = westendorp.analyse(survey(*LADDER), times=20, seed=seed)
    after = westendorp.analyse(survey(*(LADDER[i] for i in order)), times=20, seed=seed)
    assert before.points == after.points


PEOPLE = st.lists(st.tuples(*[st.integers(1, 60)] * 4).map(sorted).map(tuple), min_size=2)


@given(PEOPLE, st.sampled_from([0.01, 4.0, 1000.0]))
def test_another_currency_multiplies_every_price(rows: list[tuple[int, ...]], scale: float) -> None:
    if len({price for row in rows for price in row}) == 1:
        return
    before = westendorp.analyse(survey(*rows), times=5).points
    scaled = [tuple(one * scale for one in row) for row in rows]
    for name, point in westendorp.analyse(survey(*scaled), times=5).points.items():
        assert point.price == pytest.approx(before[name].price * scale)
        assert point.low == pytest.approx(before[name].low * scale)


@given(PEOPLE)
def test_the_range_is_a_range_and_holds_both_points(rows: list[tuple[int, ...]]) -> None:
    if len({price for row in rows for price in row}) == 1:
        return
    points = westendorp.analyse(survey(*rows), times=1).points
    assert points["pmc"].price <= points["opp"].price <= points["pme"].price
    assert points["pmc"].price <= points["ipp"].price <= points["pme"].price


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(1, 2, 3, 4)], "got 1."),
        ([(4, 3, 2, 1), (9, 3, 2, 1)], "2 were left out"),
        ([(5, 5, 5, 5), (5, 5, 5, 5)], "5 to every question, from all 2 people"),
        ([(1, 2, float("nan"), 4), (1, 2, 3, 4)], "'nan' on line 2"),
        ([(1, 2, 3, 4), (1, 2, 3, float("inf"))], "'inf' on line 3"),
        ([(-1, 2, 3, 4), (1, 2, 3, 4)], "'-1' on line 2"),
    ],
)
def test_what_says_nothing_is_refused_with_counts(rows: list[tuple[float, ...]], said: str) -> None:
    with pytest.raises(SurveyWrong) as caught:
        westendorp.analyse(survey(*rows))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got no rows"),
        ("too_cheap,cheap,expensive,too_expensive\n", "got no rows"),
        ("too_cheap,cheap,cheap,too_expensive\n1,2,3,4\n", "got 'cheap'"),
        ("too_cheap,cheap,expensive,too_expensive\n1,2,3\n", "got 3 on line 2"),
        ("too_cheap,cheap,expensive,too_dear\n1,2,3,4\n", "expected a column 'too_expensive'"),
        ("too_cheap,cheap,expensive,too_expensive\n1,2,about 3,4\n", "'about 3' on line 2"),
    ],
)
def test_files_that_are_no_survey_say_why(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SurveyWrong) as caught:
        westendorp.analyse(read(path))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_of_another_country_is_read(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    draw = random.Random(0)
    rows = [sorted(draw.uniform(1, 20) for _ in range(4)) for _ in range(40)]
    text = "Too_Cheap; cheap;expensive;too_expensive\r\n"
    text += "".join(";".join(f"{one:.2f}" for one in row) + "\r\n" for row in rows)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = westendorp.analyse(read(path), times=5)
    assert found.people == 40
    assert np.all(np.diff(found.prices) > 0)


def test_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SurveyWrong, match="no file there"):
        read(tmp_path / "none.csv")
