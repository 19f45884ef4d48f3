"""Frozen forecasts and their scores: real files, a real model, and what is found out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from example import EXAMPLE

from seedbed.errors import ForecastMissing, NotWritable, VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.months import months_from
from seedbed.venture.plan import Plan
from seedbed.venture.score import frozen, truth
from seedbed.venture.score.compare import compare, interval
from seedbed.venture.score.section import section

DAY = date(2026, 11, 20)
FEW = EXAMPLE.replace("draws: 10000", "draws: 500")


@pytest.fixture
def plan(home: Home) -> Plan:
    return Plan.of(file.parse(FEW), home=home, today=DAY)


@pytest.fixture
def path(plan: Plan) -> Path:
    return frozen.freeze(plan, plan.model.run(plan.draws))


def written(path: Path, rows: list[str], head: str = "month,income") -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def months(values: list[float], start: str = "2026-12") -> list[str]:
    named = months_from(start, len(values))
    return [f"{month},{value}" for month, value in zip(named, values, strict=True)]


def test_a_forecast_is_frozen_with_its_day_and_hash(plan: Plan, path: Path) -> None:
    assert path.parent == plan.home.root / "plans" / "brand-sentiment" / "forecasts"
    found = frozen.read(path)
    assert found.frozen == DAY
    assert found.hash[:12] in path.name
    assert found.months[0] == "2026-12"
    assert len(found.months) == 24
    cash = plan.model.run(plan.draws).cash
    middle = found.quantiles("cash")[:, list(frozen.LEVELS).index(0.5)]
    assert middle == pytest.approx(np.median(cash, axis=0), rel=1e-8)
    assert found.known("customers") == 5


def test_the_same_forecast_is_one_file_and_another_follows_it(plan: Plan, path: Path) -> None:
    outcome = plan.model.run(plan.draws)
    assert frozen.freeze(plan, outcome) == path
    later = Plan.of(plan.venture, home=plan.home, today=date(2026, 12, 20))
    second = frozen.freeze(later, outcome)
    assert second != path
    told = [one.told for one in frozen.forecasts(plan.home, "brand-sentiment")]
    assert [one["number"] for one in told] == [1, 2]
    assert told[1]["previous"] == told[0]["sha256"]


def test_freezers_at_once_make_one_chain(plan: Plan) -> None:
    outcome = plan.model.run(plan.draws)
    days = [date(2026, 12, day) for day in range(1, 9)]
    plans = [Plan.of(plan.venture, home=plan.home, today=day) for day in days]
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda one: frozen.freeze(one, outcome), plans))
    found = frozen.forecasts(plan.home, "brand-sentiment")
    assert [one.told["number"] for one in found] == list(range(1, 9))
    assert {one.path for one in found} == set(paths)
    assert {path.stat().st_mode & 0o222 for path in paths} == {0}


def test_what_is_there_is_never_overwritten(plan: Plan, path: Path) -> None:
    kept = path.read_bytes()
    with pytest.raises(NotWritable):
        frozen._keep(path, "{}")
    assert path.read_bytes() == kept
    assert [one.name for one in path.parent.glob(".*.json*")] == []


def tampered(path: Path, change: str) -> None:
    told = json.loads(path.read_text())
    if change == "number":
        told["quantiles"]["income"][0][0] += 1
    elif change == "day":
        told["frozen"] = "2020-01-01"
    elif change == "hash too":
        told["quantiles"]["income"][0][0] += 1
        told["sha256"] = frozen.sha256({k: v for k, v in told.items() if k != "sha256"})
    path.chmod(0o644)
    path.write_text("{" if change == "text" else json.dumps(told))


@pytest.mark.parametrize("change", ["number", "day", "hash too", "text"])
def test_tampering_is_found(path: Path, change: str) -> None:
    tampered(path, change)
    with pytest.raises(ForecastMissing) as caught:
        frozen.read(path)
    assert "as it was frozen" in caught.value.expected
    assert caught.value.where.startswith("plans/")


def test_a_forecast_taken_from_the_chain_is_missed(plan: Plan, path: Path) -> None:
    later = Plan.of(plan.venture, home=plan.home, today=date(2026, 12, 20))
    frozen.freeze(later, later.model.run(later.draws))
    path.unlink()
    with pytest.raises(ForecastMissing, match="does not follow"):
        frozen.forecasts(plan.home, "brand-sentiment")


def test_a_forecast_that_came_true(plan: Plan, path: Path, tmp_path: Path) -> None:
    """What came is one of the draws: inside the interval about nine times in ten, and skilful."""
    found = frozen.read(path)
    income = plan.model.run(plan.draws).income
    inside = []
    for row in range(0, 500, 2):
        came = written(tmp_path / "came.csv", months(income[row].tolist()))
        (one,) = compare(found, truth.read(came))
        inside.append(one.covered[0])
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)


def test_references_by_hand(path: Path, tmp_path: Path) -> None:
    found = frozen.read(path)
    before, after = [100.0, 110.0, 120.0], [130.0, 140.0, 150.0]
    came = truth.read(written(tmp_path / "came.csv", months(before + after, "2026-09")))
    (one,) = compare(found, came)
    assert one.months == ("2026-12", "2027-01", "2027-02")
    against = {other.name: other for other in one.against}
    assert against["same as last month"].crps == pytest.approx((10 + 20 + 30) / 3)
    assert against["straight line"].crps == pytest.approx(0, abs=1e-9)
    assert against["same as last month"].skill == pytest.approx(1 - one.crps / 20)
    assert {other.verdict for other in one.against} == {"too few to say"}


def test_what_was_over_when_it_was_frozen_is_not_scored(plan: Plan, tmp_path: Path) -> None:
    """Written again in May, without `start` moved: December to May are hindsight."""
    late = Plan.of(plan.venture, home=plan.home, today=date(2027, 5, 10))
    frozen.freeze(late, late.model.run(late.draws))
    came = truth.read(written(tmp_path / "came.csv", months([10.0 * i for i in range(1, 9)])))
    said = section(plan, truth=came)
    scored = said.data["scores"]["income"]
    assert scored["months"] == ("2027-06", "2027-07")
    against = {one["name"]: one["crps"] for one in scored["against"]}
    assert against["same as last month"] == pytest.approx((10 + 20) / 2)  # after May's 60
    assert against["straight line"] == pytest.approx(0, abs=1e-9)
    assert said.data["left_out"] == months_from("2026-12", 6)
    (told,) = [one.said for one in said.cautions if one.key == "score.hindsight"]
    assert "2026-12 … 2027-05" in told.en
    assert "2026-12 … 2027-05" in told.zh
    assert frozen.forecasts(plan.home, "brand-sentiment")[0].known("cash") is None


def test_hindsight_does_not_take_the_place_of_a_forecast(
    plan: Plan, path: Path, tmp_path: Path
) -> None:
    for day in (date(2027, 6, 1), date(2028, 12, 1)):
        late = Plan.of(plan.venture, home=plan.home, today=day)
        frozen.freeze(late, late.model.run(late.draws))
    came = truth.read(written(tmp_path / "came.csv", months([10.0] * 6)))
    assert section(plan, truth=came).data["sha256"] == frozen.read(path).hash
    last = frozen.forecasts(plan.home, "brand-sentiment")[-1]
    with pytest.raises(ForecastMissing, match="still to come"):
        compare(last, came)


def test_a_line_goes_on_through_the_months_before_the_first(plan: Plan, tmp_path: Path) -> None:
    """Frozen in September for December on: the line knows September, and not what came since."""
    soon = Plan.of(plan.venture, home=plan.home, today=date(2026, 9, 20))
    found = frozen.read(frozen.freeze(soon, soon.model.run(soon.draws)))
    values = [100.0, 110.0, 120.0, 500.0, 500.0, 150.0]
    came = truth.read(written(tmp_path / "came.csv", months(values, "2026-07")))
    (one,) = compare(found, came)
    assert one.months == ("2026-12",)
    assert {other.name: round(other.crps, 6) for other in one.against} == {
        "same as last month": 30.0,
        "straight line": 0.0,
    }


def test_what_was_known_then_stands_in_for_the_month_before(path: Path, tmp_path: Path) -> None:
    came = truth.read(written(tmp_path / "came.csv", ["2026-12,6"], "month,customers"))
    (one,) = compare(frozen.read(path), came)
    assert [other.name for other in one.against] == ["same as last month"]
    assert one.against[0].crps == 1


def test_skill_is_told_only_where_it_shows() -> None:
    rng = np.random.default_rng(5)
    ours, theirs = rng.uniform(1, 2, 24), rng.uniform(3, 6, 24)
    low, high = interval(ours, theirs)
    assert 0.4 < low < high < 0.8
    low, high = interval(ours, ours[::-1].copy())
    assert low < 0 < high


def test_enough_months_give_a_verdict(plan: Plan, path: Path, tmp_path: Path) -> None:
    middle = frozen.read(path).quantiles("income")[:12, 49]
    came = truth.read(written(tmp_path / "came.csv", months(middle.tolist())))
    (one,) = compare(frozen.read(path), came)
    assert one.against[0].verdict == "better"
    assert one.covered[0] == 1
    assert 0.7 < one.covered[1] < 1
    said = section(plan, truth=came)
    assert "score.few" not in [one.key for one in said.cautions]
    assert said.as_dict("zh")["answer"].startswith("2026-11-20")


def test_the_section_of_few_months(plan: Plan, path: Path, tmp_path: Path) -> None:
    from seedbed.venture.document.draw import draw

    came = truth.read(written(tmp_path / "came.csv", months([4.0, 5.0])))
    said = section(plan, truth=came)
    assert "score.few" in [one.key for one in said.cautions]
    assert said.data["sha256"] == frozen.read(path).hash
    for chart in said.charts:
        assert draw(chart, "zh").wide.startswith("<svg")


def test_nothing_to_score_says_what_to_do(plan: Plan, home: Home, tmp_path: Path) -> None:
    with pytest.raises(ForecastMissing, match="--truth"):
        section(plan)
    came = truth.read(written(tmp_path / "came.csv", months([1.0])))
    with pytest.raises(ForecastMissing, match="plan write"):
        section(plan, truth=came)
    frozen.freeze(plan, plan.model.run(plan.draws))
    early = truth.read(written(tmp_path / "early.csv", months([1.0], "2025-01")))
    with pytest.raises(ForecastMissing, match="2026-12 to 2028-11"):
        section(plan, truth=early)
    with pytest.raises(ForecastMissing, match="no file"):
        frozen.read(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [
        ("month,income", ["2026-12,1", "2027-02,1"], "2027-01"),
        ("month,income", ["2026-12,1", "2026-12,1"], "2027-01"),
        ("month,income", ["2026-12,nan"], "at least 0"),
        ("month,income", ["2026-12,inf"], "at least 0"),
        ("month,income", ["2026-12,-1"], "at least 0"),
        ("month,income", ["2026-12,"], "a number under income"),
        ("month,income", ["2026-12,much"], "a number under income"),
        ("month,income", ["2026-13,1"], "a month such as"),
        ("month,income", ["2026-12,1,2"], "2 cells"),
        ("month,income", [], "at least one month"),
        ("month,profit", ["2026-12,1"], "the columns month"),
        ("income", ["1"], "the columns month"),
        ("month,income,income", ["2026-12,1,1"], "each once"),
    ],
)
def test_truth_that_cannot_be_is_refused(
    tmp_path: Path, head: str, rows: list[str], said: str
) -> None:
    with pytest.raises(VentureWrong) as caught:
        truth.read(written(tmp_path / "came.csv", rows, head))
    assert said in caught.value.expected


def test_cash_may_be_negative_and_numbers_have_separators(tmp_path: Path) -> None:
    came = truth.read(written(tmp_path / "came.csv", ['2026-12,"-1,200.5"'], "month,cash"))
    assert came.at("cash", "2026-12") == -1200.5
    assert came.at("income", "2026-12") is None


def test_a_missing_truth_says_its_columns(tmp_path: Path) -> None:
    with pytest.raises(VentureWrong, match="customers,answers,income,cash"):
        truth.read(tmp_path / "none.csv")
