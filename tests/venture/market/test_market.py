"""The market's section: the cap, the horizon, the count from below, surveys and what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example import EXAMPLE

from seedbed.errors import MeasurementMissing, SurveyWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.market import size
from seedbed.venture.market.asked import Asked
from seedbed.venture.market.section import section as market_section
from seedbed.venture.plan import Plan
from seedbed.venture.result import Section, as_json

LADDER = "too_cheap,cheap,expensive,too_expensive\n" + "".join(
    f"{i},{i + 2},{i + 4},{i + 6}\n" for i in range(1, 10)
)


def planned(home: Home, text: str = EXAMPLE) -> Plan:
    return Plan.of(file.parse(text), home=home)


def cautions(section: Section) -> set[str]:
    return {one.key for one in section.cautions}


def figures(section: Section) -> dict[str, Any]:
    return {one.key: one for one in section.figures}


def swapped(*pairs: tuple[str, str]) -> str:
    text = EXAMPLE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_the_cap_is_share_times_population(home: Home) -> None:
    plan = planned(home)
    told = figures(market_section(plan))["market.cap"]
    assert told.value == pytest.approx(
        np.median(plan.draws["market.share"] * plan.draws["market.population"])
    )
    assert told.low < told.value < told.high


def test_a_horizon_before_the_peak_is_said_with_its_share(home: Home) -> None:
    section = market_section(planned(home))
    assert "market.horizon" in cautions(section)
    assert section.data["beyond_horizon"] > 0.9
    fast = market_section(
        planned(
            home,
            swapped(
                (
                    "innovation: null          # Bass p a month; null: from `analogy`",
                    "innovation: 0.1",
                ),
                ("imitation: null           # Bass q", "imitation: 0.5"),
            ),
        )
    )
    assert not {"market.horizon", "market.analogy"} & cautions(fast)
    assert figures(fast)["market.peak"].value < 24


def test_priors_by_analogy_stay_in_the_cautions_with_their_source(home: Home) -> None:
    told = [one for one in market_section(planned(home)).cautions if one.key == "market.analogy"]
    assert {one.path for one in told} == {"market.innovation", "market.imitation"}
    assert all("Sultan" in one.said.en for one in told)


def test_the_count_from_below_is_set_against_that_from_above(home: Home) -> None:
    section = market_section(planned(home))
    assert "market.apart" in cautions(section)
    told = figures(section)
    factor = told["market.below"].value / told["market.cap"].value
    assert told["market.factor"].value == pytest.approx(factor, rel=0.05)
    near = swapped(("count: 8000..12000", "count: 22000..30000"))
    assert "market.apart" not in cautions(market_section(planned(home, near)))


def test_more_customers_than_the_market_holds_is_said(home: Home) -> None:
    crowded = swapped(("now: 5                    #", "now: 800                  #"))
    section = market_section(planned(home, crowded))
    assert "market.full" in cautions(section)
    assert 0 < section.data["full"] < 1
    bought = section.data["bought"]["low"]
    assert (np.diff(bought) >= -1e-9).all()


def test_what_is_missing_is_named(home: Home) -> None:
    with pytest.raises(MeasurementMissing) as caught:
        market_section(planned(home, swapped(("share: 0.01..0.06         # k", ""))))
    assert caught.value.where == "market.share"


def test_a_survey_is_told_where_the_market_is_not(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(LADDER)
    plan = planned(home, swapped(("share: 0.01..0.06         # k", "")))
    section = market_section(plan, Asked(westendorp=path))
    assert "market.share is missing" in section.answer.en
    (table,) = section.tables
    assert [round(row[1], 6) for row in table.rows] == [7, 8, 8, 9]
    assert "market.westendorp_few" in cautions(section)


def test_every_survey_adds_a_table_and_both_languages_speak(home: Home, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(LADDER)
    rows = [
        f"p{i},{p},{'yes' if p <= 4 + i % 7 else 'no'}" for i in range(40) for p in (4, 6, 8, 10)
    ]
    (tmp_path / "g.csv").write_text("respondent,price,buys\n" + "\n".join(rows))
    rows = [
        f"p{i},{q},{int((i + q) % 3 > 0)},{1 + q},mail\n"
        f"p{i},{q},{int((i + q) % 3 == 0)},{3 + i % 2},phone"
        for i in range(40)
        for q in range(3)
    ]
    (tmp_path / "c.csv").write_text("respondent,question,chosen,price,support\n" + "\n".join(rows))
    (tmp_path / "p.csv").write_text("alternative,price,support\nours,3,phone\ntheirs,2,mail\n")
    asked = Asked(*(tmp_path / f"{name}.csv" for name in "wgcp"))
    section = market_section(planned(home), asked)
    keys = {table.key for table in section.tables}
    assert {f"market.{one}" for one in ("westendorp", "granger", "conjoint", "shares")} <= keys
    shares = next(table for table in section.tables if table.key == "market.shares")
    assert [row[0] for row in shares.rows] == ["ours", "theirs"]
    assert sum(row[1] for row in shares.rows) == pytest.approx(1)
    for language in ("en", "zh"):
        json.dumps(as_json(section.as_dict(language), language))
        for chart in section.charts:
            assert chart.spec(language)["$schema"].endswith("v6.json")
    assert {chart.key for chart in section.charts} >= {"market.adoption", "market.westendorp"}


def test_products_without_a_conjoint_are_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(SurveyWrong, match="--conjoint"):
        market_section(planned(home), Asked(products=tmp_path / "p.csv"))


def test_the_formula_as_given() -> None:
    assert size.cap(0.1, 100) == pytest.approx(10)


@pytest.mark.parametrize(("below", "apart"), [(0.4, True), (0.6, False), (1.9, False), (2.1, True)])
def test_twice_as_much_is_a_contradiction(below: float, apart: bool) -> None:
    one = np.full(10, 1000.0)
    found = size.compare(one, [size.Segment("all", one, np.full(10, below))])
    assert found.apart is apart
    assert found.factor == pytest.approx(np.full(10, below))


def test_nobody_counted_below_is_a_contradiction_too() -> None:
    one = np.full(3, 10.0)
    assert size.compare(one, [size.Segment("none", one, np.zeros(3))]).apart
