"""The months of a plan: the first one, and what is said once it has gone by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from example import EXAMPLE

from seedbed.home import Home
from seedbed.venture import check
from seedbed.venture.allocate import told
from seedbed.venture.allocate.build import Asked, month_of
from seedbed.venture.allocate.study import Effort, study
from seedbed.venture.document import method, outlook
from seedbed.venture.file import parse
from seedbed.venture.months import behind, between, first, gone_by, months_from
from seedbed.venture.plan import Plan
from seedbed.venture.result import Section
from seedbed.venture.runway import section as runway

FEW = EXAMPLE.replace("draws: 10000", "draws: 200").replace("months: 24", "months: 12")
IN_TIME, LATE = date(2026, 12, 31), date(2027, 5, 10)


def plan(home: Path, today: date, text: str = FEW) -> Plan:
    return Plan.of(parse(text), home=Home(home), today=today)


def test_months_go_over_the_end_of_a_year() -> None:
    assert months_from("2026-11", 3) == ["2026-11", "2026-12", "2027-01"]
    assert between("2026-11", "2027-01") == 2
    assert between("2027-01", "2026-11") == -2


@pytest.mark.parametrize(
    ("today", "begins"), [(date(2026, 11, 30), "2026-12"), (date(2026, 12, 1), "2027-01")]
)
def test_without_a_start_the_next_month_is_the_first(
    tmp_path: Path, today: date, begins: str
) -> None:
    made = plan(tmp_path, today, "name: x\ncurrency: USD\ncapital: 1\n")
    assert first(made) == month_of(made, 0) == begins
    assert behind(made) == 0


def test_a_start_is_past_once_its_month_is_over(tmp_path: Path) -> None:
    assert [
        behind(plan(tmp_path, day))
        for day in (date(2026, 11, 1), IN_TIME, date(2027, 1, 1), LATE, date(2028, 5, 1))
    ] == [0, 0, 1, 5, 17]
    said = gone_by(plan(tmp_path, date(2027, 1, 1)))
    assert said is not None
    assert "lies 1 month back" in said.en


def splits(made: Plan) -> Section:
    few = Asked(scenarios=20, months=3)
    return told.section(study(made, few, effort=Effort(0, 0, ())))


@pytest.mark.parametrize(
    "section",
    [check.section, method.register, outlook.section, runway.section, splits],
    ids=["check", "register", "outlook", "runway", "allocate"],
)
def test_a_start_that_lies_behind_is_a_caution(
    tmp_path: Path, section: Callable[[Plan], Section]
) -> None:
    """In `plan check`, and in the document where months are planned."""
    found = [one for one in section(plan(tmp_path, LATE)).cautions if one.key.endswith("begun")]
    (said,) = (one.said for one in found)
    assert "start, 2026-12, lies 5 months back" in said.en
    assert "Move start to 2027-06 and capital" in said.en
    assert "5 个月前" in said.zh
    assert "start 改为 2027-06" in said.zh
    in_time = section(plan(tmp_path, IN_TIME)).cautions
    assert not [one for one in in_time if one.key.endswith("begun")]
