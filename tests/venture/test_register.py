"""The register, the tables behind it, and what `plan check` finds."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import yaml
from example import EXAMPLE

from seedbed.errors import MeasurementMissing, TableWrong
from seedbed.home import Home
from seedbed.venture.check import section, told, unit_of
from seedbed.venture.file import parse, read
from seedbed.venture.findings import Finding, findings
from seedbed.venture.plan import Plan
from seedbed.venture.table import TABLES, Tables

TODAY = date(2026, 11, 23)


def plan(text: str = EXAMPLE, folder: Path | None = None) -> Plan:
    return Plan.of(parse(text, folder=folder), home=Home(folder), today=TODAY)


def found(made: Plan, kind: str) -> list[Finding]:
    return [one for one in findings(made) if one.kind == kind]


def test_a_value_is_its_median() -> None:
    made = plan()
    assert made.value("market.share") == pytest.approx((0.01 * 0.06) ** 0.5)
    assert made.has("market.share")
    assert not made.has("customers.growth")
    with pytest.raises(MeasurementMissing, match=r"customers\.growth"):
        made.value("customers.growth")
    with pytest.raises(MeasurementMissing, match=r"'unit\.hour'"):
        made.value("unit.houre")


def test_the_tables_fill_what_is_left_open() -> None:
    made = plan(EXAMPLE.replace("hour: 0.08..0.20", "hour: null"))
    hour, q = made.register["unit.hour"], made.register["market.imitation"]
    assert (hour.origin, hour.now.value) == ("table", 0.0816)
    assert q.now.value == pytest.approx(0.38 / 12)  # a year's, by the month
    assert "prices.csv, line 2" in hour.where
    assert not found(made, "stale")
    later = Plan(made.venture, made.register, today=date(2027, 1, 2))
    assert found(later, "stale")[0].paths == ("unit.hour",)
    said = found(later, "stale")[0].said
    assert "of 2026-06-17: out of date" in said.en
    line = "`hour: {low: LOW, high: HIGH, source: WHERE, date: 2027-01-02}`"
    assert f"write it under unit in the venture file: {line}" in said.en
    assert line in said.zh
    assert "已过期" in said.zh
    assert plan().register["unit.hour"].origin == "file"


def test_a_table_of_ones_own_wins(tmp_path: Path) -> None:
    own = tmp_path / "prices.csv"
    own.write_text("name,value,low,high,date,source\ncpu-2,1.5,1,2,2026-11-01,our bill\n")
    made = plan(EXAMPLE.replace("hour: 0.08..0.20", "hour: null"), tmp_path)
    assert made.value("unit.hour") == 1.5
    assert made.register["unit.hour"].now.source == "our bill"
    assert not found(made, "stale")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("cpu-2,1,1,2,2026-11-01,", "a source"),
        ("cpu-2,1,1,2,last year,our bill", "a date"),
        ("cpu-2,3,1,2,2026-11-01,our bill", "low ≤ value ≤ high"),
        ("cpu-2,dear,1,2,2026-11-01,our bill", "numbers in value"),
        ("cpu-2,-1,,,2026-11-01,our bill", "numbers in value"),
        ("cpu-3,1,1,2,2026-11-01,our bill", "one of cpu-3"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(rows: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(f"name,value,low,high,date,source\n{rows}\n")
    with pytest.raises(TableWrong) as wrong:
        plan(EXAMPLE.replace("hour: 0.08..0.20", "hour: null"), tmp_path)
    assert said in wrong.value.expected


def test_a_price_in_another_currency_is_refused() -> None:
    yuan = EXAMPLE.replace("currency: USD", "currency: CNY")
    assert plan(yuan).has("unit.hour")
    with pytest.raises(TableWrong, match="cpu-2 in USD"):
        plan(yuan.replace("hour: 0.08..0.20", "hour: null"))


def test_what_ships_is_sourced_and_dated_and_says_what_was_published() -> None:
    tables = Tables()
    for table in TABLES:
        for row in tables.rows(table).values():
            assert row.source
            assert row.date < TODAY
    # verification.md: Epoch's median for an H100 on demand in 2025, and Carta's shares
    assert tables.row("prices.csv", "h100").belief("value", "low", "high").value == 3.62
    chances = [float(row.cells["chance"]) for row in tables.rows("rounds.csv").values()]
    assert chances == [0.564, 0.364, 0.147, 0.044]
    seed = tables.row("rounds.csv", "seed").cells
    assert (seed["median_amount"], seed["median_post_money"]) == ("3700000", "19200000")


def test_what_is_missing_is_named_with_who_needs_it() -> None:
    made = plan("name: x\ncurrency: USD\ncapital: 1\n")
    missing = found(made, "missing")
    assert [one.paths[0] for one in missing][:3] == [
        "unit.hour",
        "unit.answers_per_second",
        "unit.utilisation",
    ]
    assert "plan unit" in missing[0].said.en
    grown = plan("name: x\ncurrency: USD\ncapital: 1\ncustomers: {growth: 0.1}\n")
    assert not [one for one in found(grown, "missing") if one.paths[0].startswith("market.")]


def test_what_is_stale_bare_or_from_nowhere_is_found() -> None:
    raw = yaml.safe_load(EXAMPLE)
    old = {"low": 1, "high": 2, "source": "a talk", "date": "2026-05-01"}
    raw["unit"] |= {"hour": old, "other_cost": {"value": 0.1, "source": "the bill"}}
    made = plan(yaml.safe_dump(raw))
    assert found(made, "stale")[0].paths == ("unit.hour",)
    assert found(made, "undated")[0].paths == ("unit.other_cost",)
    assert "unit.other_cost" in found(made, "degenerate")[-1].paths
    nowhere = found(made, "nowhere")[0].paths
    assert "market.share" in nowhere
    assert "unit.hour" not in nowhere
    fresh = raw | {"unit": raw["unit"] | {"hour": old | {"date": "2026-06-01"}}}
    assert not found(plan(yaml.safe_dump(fresh)), "stale")


def test_a_market_smaller_than_what_is_sold_is_found() -> None:
    assert not found(plan(), "contradicted")
    made = plan(EXAMPLE.replace("now: 5 ", "now: 900 "))
    assert found(made, "contradicted")[0].paths[2] == "customers.now"


def test_what_stands_at_its_bound_and_what_does_nothing_is_found() -> None:
    made = plan(EXAMPLE.replace("elasticity: 1.3..2.6", "elasticity: 1.8"))
    assert found(made, "bounded")[0].paths == ("income.setup projects.monthly",)
    assert found(made, "degenerate")[0].paths == ("market.share", "price.elasticity")


def test_the_section_has_every_assumption_and_every_finding() -> None:
    made = plan()
    said = section(made)
    assert len(said.tables[0].rows) == len(made.register)
    assert [one.key for one in said.cautions] == [one.kind for one in findings(made)]
    plain = said.as_dict("zh")
    assert plain["data"]["assumptions"]["unit.hour"]["low"] == 0.08
    assert "假设" in plain["answer"]
    for text in (said.answer, *(one.said for one in said.cautions)):
        assert text.en != text.zh


def test_units_are_in_the_ventures_currency() -> None:
    register = plan().register
    wanted = {
        "unit.hour": "USD/hour",
        "unit.other_cost": "USD",
        "market.share": "%",
        "customers.now": "customers",
        "spending.marketing.gives.k": "1/USD",
        "costs.rent and accounts.monthly": "USD/month",
        "discount": "%",
    }
    assert {path: unit_of(register[path], "USD") for path in wanted} == wanted
    assert told(register["discount"])["origin"] == "file"


def test_a_written_venture_is_the_plan_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "venture.yaml").write_text(EXAMPLE, encoding="utf-8")
    made = Plan.read(tmp_path, home=Home(tmp_path), today=TODAY)
    assert made.venture == read(tmp_path)
    assert made.register["unit.hour"].where.endswith("venture.yaml, line 18")


def test_what_invest_guesses_is_a_default_from_nowhere_until_it_is_written() -> None:
    made, own = plan(EXAMPLE), plan(EXAMPLE + "invest: {survey_cost: 900..1100}\n")
    entry = made.register["invest.survey_cost"]
    assert (entry.origin, entry.now.low, entry.now.high) == ("default", 200, 1800)
    assert "options.csv" in entry.where
    assert made.register["invest.label_cost"].origin == "table"  # it has a source
    guessed = next(one for one in found(made, "nowhere") if "invest.survey_cost" in one.paths)
    assert "invest.work_hour" in guessed.paths
    assert own.register["invest.survey_cost"].origin == "file"
    yuan = plan(EXAMPLE.replace("currency: USD", "currency: CNY"))
    assert "invest.survey_cost" not in yuan.register  # there is no exchange rate here
    assert "invest.larger_gain" in yuan.register


def test_defaults_of_invest_move_no_other_draw(tmp_path: Path) -> None:
    """A further guess in the table of options leaves every other assumption's draws alone."""
    table = Path(str(files("seedbed.venture") / "table" / "options.csv")).read_text("utf-8")
    short = "\n".join(table.splitlines()[:3]) + "\n"
    (tmp_path / "options.csv").write_text(short, encoding="utf-8")
    many, few = plan(EXAMPLE), plan(EXAMPLE, tmp_path)
    assert len(few.register) < len(many.register)
    for path in few.register:
        np.testing.assert_array_equal(few.draws[path], many.draws[path])
