"""β and γ of R = C·η·α·β·γ, from real releases, a real ledger and the venture file."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from till import FLAT, Till

from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.allocate.factors import Factor, factors
from seedbed.venture.allocate.tables import _origin
from seedbed.venture.plan import Plan
from seedbed.venture.score.insight import Skill
from venture.example import EXAMPLE
from venture.invest_sample import release

Made = Callable[..., None]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Make a release of a day and a quality."""

    def make(day: str, quality: float, *, bar: float | None = 0.80, metric: str = "f1") -> None:
        told = {"value": quality, "low": quality - 0.02, "high": quality + 0.02}
        both = {metric: told, "accuracy": told}
        with monkeypatch.context() as then:  # a manifest is sealed: its day is that of the clock
            then.setattr(time, "gmtime", lambda *_: time.strptime(day, "%Y-%m-%d"))
            release(Home(tmp_path), metric=metric, metrics=both, bar=bar)

    return make


def factor(name: str, folder: Path, text: str, today: date) -> Factor:
    plan = Plan.of(file.parse(text), home=Home(folder), today=today)
    found = factors(plan, allocation=0.5, insight=Skill())
    return next(one for one in found if one.name == name)


def beta(folder: Path, today: str = "2026-11-01", more: str = "", months: int = 20) -> Factor:
    text = EXAMPLE.replace("releases: []", "releases: [first-light]")
    text = text.replace("months: 24 ", f"months: {months} ")
    text = text.replace("earning: null}", f"earning: null{more}}}")
    return factor("innovation", folder, text, date.fromisoformat(today))


def test_innovation_is_quality_a_month_against_the_plan(made: Made, tmp_path: Path) -> None:
    made("2026-01-01", 0.70)
    made("2026-03-01", 0.74)
    found = beta(tmp_path)  # 0.04 in 10 months; planned was 0.10 in 20
    assert found.origin == "measured"
    assert found.value == pytest.approx(0.04 / 10 / (0.10 / 20), rel=0.01)
    said = _origin(found)
    assert "f1 grew by 0.004 a month over 10 months" in said.en
    assert "the file has no factors.bar_months" in said.en
    assert "0.005" in said.zh


def test_half_the_time_for_the_same_gain_is_twice_the_speed(made: Made, tmp_path: Path) -> None:
    made("2026-01-01", 0.70)
    made("2026-03-01", 0.74)
    slow, fast = beta(tmp_path, "2026-11-01"), beta(tmp_path, "2026-06-02")
    assert fast.value == pytest.approx(1.0)  # 1.6, which counts as 1
    assert fast.raw == pytest.approx(2 * (slow.value or 0), rel=0.01)


def test_the_plan_of_the_file_counts(made: Made, tmp_path: Path) -> None:
    made("2026-01-01", 0.70)
    made("2026-03-01", 0.74)
    found = beta(tmp_path, more=", bar_months: 40")
    assert found.raw == pytest.approx(0.04 / 10 / (0.10 / 40), rel=0.01)
    assert "factors.bar_months, venture, line" in _origin(found).en


def test_the_clock_stops_where_the_bar_is_met(made: Made, tmp_path: Path) -> None:
    made("2026-01-01", 0.70)
    made("2026-05-01", 0.80)
    found = [beta(tmp_path, day, more=", bar_months: 4") for day in ("2026-07-01", "2027-07-01")]
    assert [one.raw or one.value for one in found] == pytest.approx([1.0, 1.0], rel=0.02)


def test_quality_that_was_lost_is_below_nought(made: Made, tmp_path: Path) -> None:
    made("2026-01-01", 0.70)
    made("2026-03-01", 0.65)
    found = beta(tmp_path)
    assert found.value == 0
    assert found.raw is not None
    assert found.raw < 0


@pytest.mark.parametrize(
    ("told", "today", "why"),
    [
        ([("2026-01-01", 0.70, {})], "2026-01-20", "less than a month"),
        ([("2026-01-01", 0.85, {})], "2026-11-01", "had met the bar"),
        ([("2026-01-01", 0.70, {"bar": None})], "2026-11-01", "no quality.bar"),
        ([("2026-01-01", 0.70, {}), ("2026-02-01", 0.75, {"metric": "macro_f1"})], "2026-11-01",
         "different metrics"),
    ],
)  # fmt: skip
def test_what_tells_no_pace_says_why(
    made: Made, tmp_path: Path, told: list[tuple[str, float, Any]], today: str, why: str
) -> None:
    for day, quality, more in told:
        made(day, quality, **more)
    found = beta(tmp_path, today)
    assert (found.value, found.origin) == (None, "missing")
    said = _origin(found)
    assert why in said.en
    assert "it would be: quality gained a month" in said.en
    assert said.zh != said.en


def gamma(folder: Path, value: str) -> Factor:
    text = EXAMPLE.replace("value: {error_cost: 0.02..0.2}", f"value: {value}")
    text = text.replace("error_rate: 0.08..0.14", "error_rate: 0.1")
    return factor("earning", folder, text, date(2026, 4, 5))


def test_earning_is_the_price_of_the_value_delivered(tmp_path: Path) -> None:
    found = gamma(tmp_path, "{right_answer: 0.002, error_cost: 0.5}")
    assert found.value == pytest.approx(0.0008 / (0.9 * 0.002))
    said = _origin(found)
    assert "what a right answer is worth is the file's assumption (venture, line" in said.en
    assert "文件中的假设" in said.zh


def test_earning_takes_the_ledgers_income_where_there_is_some(tmp_path: Path) -> None:
    with Till(tmp_path, "2026-01-01") as till:
        till.answer(till.customer({**FLAT, "name": "by-fee", "fee": "31.00"}), 10_000)
        till.to("2026-02-03")
    text = EXAMPLE.replace("value: {error_cost", "value: {right_answer: 0.01, error_cost")
    text = text.replace("error_rate: 0.08..0.14", "error_rate: 0.1")
    found = factor("earning", tmp_path, text, date(2026, 2, 3))
    assert found.value == pytest.approx((31 + 8) / 10_000 / (0.9 * 0.01))
    assert "the ledger's income an answer" in _origin(found).en


def test_without_what_a_right_answer_is_worth_there_is_no_earning(tmp_path: Path) -> None:
    found = gamma(tmp_path, "{error_cost: 0.5}")
    assert (found.value, found.origin) == (None, "missing")
    assert "value.right_answer" in _origin(found).en
