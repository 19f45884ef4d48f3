"""`plan unit` as a whole: a real plan and ledger, and what is said of what is missing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from unit_ledger import Ledger

from seedbed.cli import main
from seedbed.errors import MeasurementMissing, VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.plan import Plan
from seedbed.venture.result import Figure, Section
from seedbed.venture.unit import sbg, worth
from seedbed.venture.unit.pieces import Asked
from seedbed.venture.unit.section import section
from venture.example import EXAMPLE

TODAY = date(2026, 4, 10)
KEPT = "customers\n200\n176\n158\n147\n139\n133\n128\n124\n"


def planned(home: Path, text: str = EXAMPLE) -> Plan:
    return Plan.of(
        file.parse(text.replace("draws: 10000", "draws: 2000")), home=Home(home), today=TODAY
    )


def figures(found: Section) -> dict[str, Figure]:
    return {one.key: one for one in found.figures}


def cautions(found: Section) -> set[str]:
    return {one.key for one in found.cautions}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return planned(tmp_path)


def test_every_figure_has_its_formula_its_inputs_and_both_languages(plan: Plan) -> None:
    found = section(plan, Asked(reserved=0.05))
    assert len(found.figures) > 20
    for one in found.figures:
        assert one.formula, one.key
        assert one.inputs, one.key
        assert one.title.en != one.title.zh or "LTV" in one.title.en or "price.now" in one.title.en
    keys = [one.key for one in found.figures]
    assert len(keys) == len(set(keys))
    for path in {path for one in found.figures for path in one.inputs}:
        assert path in plan.register or path in plan.register.open or path in PLAIN, path


def test_a_price_that_is_out_of_date_stays_a_caution_of_the_cost(plan: Plan) -> None:
    text = EXAMPLE.replace("hour: 0.08..0.20", "hour: null").replace("draws: 10000", "draws: 2000")
    read = file.parse(text)
    late = date(2026, 12, 15)  # 181 days after the row's date
    told = [section(Plan.of(read, home=plan.home, today=day)) for day in (date(2026, 12, 14), late)]
    assert "unit.cost.stale" not in cautions(told[0])
    (said,) = [one for one in told[1].cautions if one.key == "unit.cost.stale"]
    assert "it counts until you write today's" in said.said.en
    assert "2026-12-15" in said.said.zh


PLAIN = {"unit.peak.wait_seconds", "unit.peak.share", "about.ledger"}
"""Inputs that are no assumptions but plain settings."""


def test_the_cost_is_the_models_and_scales_with_the_hour(plan: Plan) -> None:
    told = figures(section(plan))
    machine = plan.model.cost_of_answer(plan.draws)
    assert told["unit.machine_per_answer"].value == pytest.approx(np.median(machine))
    other = plan.draws["unit.other_cost"]
    assert told["unit.cost_per_answer"].value == pytest.approx(np.median(machine + other))


def test_the_worth_is_the_margin_times_the_discounted_lifetime(plan: Plan) -> None:
    found = section(plan)
    told = figures(found)
    assert told["unit.worth"].low < told["unit.worth"].value < told["unit.worth"].high
    rate = worth.monthly_rate(plan.draws["discount"])
    assert told["unit.lifetime_constant"].value == pytest.approx(
        float(np.median(sbg.constant_lifetime(plan.draws["customers.churn"], rate)))
    )
    assert told["unit.lifetime"].value > told["unit.lifetime_constant"].value
    assert {"unit.retention.assumed", "unit.margin.assumed"} <= cautions(found)


def test_a_retention_table_replaces_the_assumption(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text(KEPT, encoding="utf-8")
    found = section(plan, Asked(retention=tmp_path / "kept.csv"))
    told = figures(found)
    assert told["unit.sbg_alpha"].value == pytest.approx(0.292, abs=0.01)
    assert told["unit.lifetime"].value > 1.5 * told["unit.lifetime_constant"].value
    assert "unit.worth.beyond" in cautions(found)
    assert "unit.retention.assumed" not in cautions(found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_charts_can_be_drawn_in_both_languages(plan: Plan, language: str) -> None:
    from seedbed.venture.document.draw import draw

    found = section(plan)
    assert [one.key for one in found.charts] == [
        "unit.utilisation",
        "unit.margins",
        "unit.survival",
    ]
    for chart in found.charts:
        assert draw(chart, language).wide.startswith("<svg")


def test_the_whole_can_be_told_as_json(plan: Plan) -> None:
    told = json.dumps(section(plan).as_dict("zh"), ensure_ascii=False, allow_nan=False)
    assert "单位成本" in told


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("  peak: {", "unit.capacity.missing"),
        ("  acquisition_cost: ", "unit.cac.missing"),
        ("  churn: ", "unit.worth.missing"),
        ("discount: ", "unit.worth.missing"),
    ],
)
def test_a_part_whose_inputs_are_missing_says_so_and_the_rest_stands(
    tmp_path: Path, line: str, key: str
) -> None:
    text = "\n".join(one for one in EXAMPLE.splitlines() if not one.startswith(line))
    found = section(planned(tmp_path, text))
    assert key in cautions(found)
    assert "unit.cost_per_answer" in figures(found)


def test_without_a_speed_there_is_no_cost(tmp_path: Path) -> None:
    text = EXAMPLE.replace("  answers_per_second: 150..400\n", "")
    with pytest.raises(MeasurementMissing) as missing:
        section(planned(tmp_path, text))
    assert missing.value.where == "unit.answers_per_second"


def test_a_discount_of_nought_leaves_the_horizon(tmp_path: Path) -> None:
    found = section(planned(tmp_path, EXAMPLE.replace("discount: 0.15..0.30", "discount: 0")))
    assert "unit.worth.undiscounted" in cautions(found)
    assert "unit.worth" not in figures(found)
    assert "unit.worth_within" in figures(found)


def test_a_reserve_that_is_no_cheaper_is_refused(plan: Plan) -> None:
    with pytest.raises(VentureWrong) as refused:
        section(plan, Asked(reserved=5.0))
    assert refused.value.where == "--reserved"


def test_a_reserve_that_pays_is_counted(plan: Plan) -> None:
    found = section(plan, Asked(reserved=0.01))
    assert figures(found)["unit.reserve"].value >= 1
    assert figures(found)["unit.reserve_saves"].value > 0
    assert "unit.reserve.assumed" in cautions(found)


@pytest.fixture
def lived(tmp_path: Path) -> Path:
    """A year of a ledger: forty customers who come, call and leave."""
    ledger = Ledger(tmp_path)
    generator = np.random.default_rng(4)
    for i in range(40):
        came = date(2025, 4, 1) + timedelta(days=int(generator.integers(0, 200)))
        months = int(generator.geometric(0.12))
        left = came + timedelta(days=31 * months)
        one = ledger.customer(came, left if left < TODAY else None)
        every, many = int(generator.integers(3, 20)), int(generator.integers(1, 25))
        last = min(left, TODAY)
        for n in range(many):
            day = came + timedelta(days=n * every)
            if day < last:
                ledger.call(one, day, 900 + 50 * i, price=float(generator.uniform(0.2, 2)))
    ledger.database.close()
    return tmp_path


def test_a_ledger_gives_usage_retention_and_buyers(lived: Path) -> None:
    found = section(planned(lived, EXAMPLE.replace("plans: []", "plans: [starter]")))
    told = figures(found)
    assert found.data["retention"]["origin"] == "ledger"
    assert found.data["usage"]["measured"]
    assert found.data["bg_nbd"]["r"] > 0
    assert 0 < told["unit.bg_active"].value <= 40
    margin = told["unit.margin_per_customer.starter"]
    assert "Starter" in margin.title.en
    assert margin.value < 29  # the fee, less what answers cost; none uses what is included up
    assert "unit.margin.assumed" not in cautions(found)


def test_a_plan_is_told_of_its_own_customers_and_the_rest_is_a_what_if(tmp_path: Path) -> None:
    from seedbed.ledger.plan_file import example, parse

    ledger = Ledger(tmp_path)  # starter: a fee of 29, the first answers included
    small = [ledger.customer("2025-12-01") for _ in range(3)]
    ledger.plan = ledger.plans.publish(parse(example("pay-per-use"))).name
    large = ledger.customer("2025-12-01")
    for day in ("2026-01-05", "2026-02-05", "2026-03-05"):
        ledger.call(large, day, 80_000)
        for one in small:
            ledger.call(one, day, 100)
    ledger.database.close()
    named = [one.name for one in (parse(example("starter")), parse(example("pay-per-use")))]
    found = section(planned(tmp_path, EXAMPLE.replace("plans: []", f"plans: [{named[0]}]")))
    assert found.data["plans"] == {"starter": 9, "starter.all": 12}
    told = figures(found)
    assert "if all were on it" in told["unit.margin_per_customer.starter.all"].title.en
    assert "假设" in told["unit.margin_per_customer.starter.all"].title.zh
    (table,) = [one for one in found.tables if one.key == "unit.margins"]
    top = {row[0].en: row[2] for row in table.rows if row[1] == 99}
    assert list(top.values()) == [100, 80_000]  # the large one is not on it
    (left,) = [one.said.en for one in found.cautions if one.key == "unit.margin.unnamed"]
    assert f"{named[1]} (3)" in left
    both = section(planned(tmp_path, EXAMPLE.replace("plans: []", f"plans: {named}")))
    assert both.data["plans"][named[1]] == 3
    assert "unit.margin.unnamed" not in cautions(both)


def test_hours_of_the_ledger_that_are_mostly_quiet_need_no_reserve(lived: Path) -> None:
    found = section(planned(lived), Asked(reserved=0.1))
    assert figures(found)["unit.reserve"].value == 0
    assert "no machine is worth reserving" in found.answer.en
    assert "unit.reserve.assumed" not in cautions(found)


def test_a_ledger_with_few_customers_says_so_and_assumes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.days(ledger.customer("2025-12-01"), "2026-01-05", 7, 9)
    ledger.database.close()
    found = section(planned(tmp_path))
    assert found.data["retention"]["origin"] == "assumed"
    few = {"unit.retention.too_few", "unit.buyers.too_few", "unit.margin.few"}
    assert few <= cautions(found)


def test_a_ledger_with_no_calls_is_as_none(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.customer("2025-12-01")
    ledger.database.close()
    found = section(planned(tmp_path))
    assert "unit.margin.assumed" in cautions(found)
    assert not found.data["usage"]["measured"]


def test_a_plan_in_another_currency_is_left_out_aloud(tmp_path: Path) -> None:
    from seedbed.ledger.plan_file import example, parse

    ledger = Ledger(tmp_path)
    ledger.plans.publish(parse(example("graduated")))  # in EUR
    ledger.database.close()
    text = EXAMPLE.replace("plans: []", "plans: [starter, graduated]")
    assert "unit.margin.currency" in cautions(section(planned(tmp_path, text)))


def test_a_release_without_a_price_is_named(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for release in ("bank", "else"):
        ledger.call(ledger.customer("2025-12-01"), "2026-02-03", 40, release=release)
    told = {
        "name": "one",
        "currency": "USD",
        "charges": [{"release": "bank", "tiers": [{"price": "1"}]}],
    }
    ledger.plans.publish(told)
    ledger.database.close()
    found = section(planned(tmp_path, EXAMPLE.replace("plans: []", "plans: [one]")))
    (said,) = [one.said.en for one in found.cautions if one.key == "unit.margin.unpriced"]
    assert "50% of answers" in said


def test_the_verb_prints_the_answer_with_formulas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "120")
    venture = tmp_path / "venture.yaml"
    venture.write_text(EXAMPLE, encoding="utf-8")
    assert run("plan", "unit", str(venture), "--charts", str(tmp_path / "c")) == 0
    said = capsys.readouterr().out
    assert "An answer costs $" in said
    assert "hour / (answers_per_second · 3600 · utilisation)" in " ".join(said.split())
    assert len(list((tmp_path / "c").glob("*.svg"))) == 3
    assert run("plan", "unit", str(venture), "--json") == 0
    assert json.loads(capsys.readouterr().out)["key"] == "unit"
    assert run("plan", "unit", str(venture), "--retention", str(tmp_path / "none.csv")) == 1
    assert "none.csv" in capsys.readouterr().err


def run(*typed: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*typed])
    return int(ended.value.code or 0)
