"""The price's section and its publishing, on a real ledger with a year of calls in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example import EXAMPLE
from sqlalchemy import insert

from seedbed.cli import main
from seedbed.errors import NoOptimum, VentureWrong
from seedbed.home import Home
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Manual
from seedbed.ledger.customers import Customers
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.money import NANOS
from seedbed.ledger.periods import micros
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.statements import EMPTY_CALL
from seedbed.ledger.subscriptions import Subscriptions
from seedbed.venture import check, price_history
from seedbed.venture.bills import Used, answers_of, bill
from seedbed.venture.findings import findings
from seedbed.venture.model import Decision
from seedbed.venture.plan import Plan
from seedbed.venture.price import publish
from seedbed.venture.price.find import held
from seedbed.venture.price.section import section as price_section
from seedbed.venture.result import Section, as_json

TODAY = date(2026, 12, 10)
PRICES = ("0.0008", "0.0010", "0.0006")
E = 1.8
CUSTOMERS = 8

CHEAP = EXAMPLE.replace("value: {error_cost: 0.02..0.2}\n", "")


def at(year: int, month: int, day: int = 1) -> int:
    return micros(datetime(year, month, day, tzinfo=UTC))


def version(amount: str, name: str = "flat") -> dict[str, Any]:
    return {"name": name, "currency": "USD", "charges": [{"tiers": [{"price": amount}]}]}


@pytest.fixture
def ledger(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Give a ledger whose customers have lived through three prices, four months of each."""
    monkeypatch.delenv("SEEDBED_DB", raising=False)
    database, clock, accounts = Database.open(home), Manual(at(2025, 12)), Accounts()
    store, chance = Plans(database, clock), np.random.default_rng(5)
    terms = Subscriptions(database, accounts, store, clock)
    people = Customers(database, accounts, clock)
    named = [people.create(f"c{i}", currency="USD").id for i in range(CUSTOMERS)]
    size = chance.lognormal(10, 0.8, CUSTOMERS)
    for month in range(12):
        clock.set(at(2025 + (month + 11) // 12, (month + 11) % 12 + 1))
        amount = PRICES[month // 4]
        if month % 4 == 0:
            plan = store.publish(version(amount))
            for one in named:
                terms.subscribe(one, "flat", when="now")
        used = size * (float(amount) / 0.0008) ** -E * np.exp(chance.normal(0, 0.05, CUSTOMERS))
        for one, rows in zip(named, used.tolist(), strict=True):
            call(database, one, plan.id, round(rows), clock.now() + 10**12)
    yield database
    database.close()


def call(database: Database, customer: str, plan: str, rows: int, when: int) -> None:
    row = EMPTY_CALL | {"id": new_id("call", when), "customer_id": customer, "plan_id": plan}
    row |= {"at": when, "status": "answered", "release": "bank", "verb": "predict"}
    row |= {"rows": rows, "units": rows, "charge": 0, "price": 0}
    with database.writing() as connection:
        connection.execute(insert(calls), row)


def planned(home: Home, text: str = CHEAP, folder: Path | None = None) -> Plan:
    path = (folder or home.root.parent) / "venture.yaml"
    path.write_text(text, encoding="utf-8")
    return Plan.read(path, home=home, today=TODAY)


def cautions(section: Section) -> set[str]:
    return {one.key for one in section.cautions}


def swapped(*pairs: tuple[str, str]) -> str:
    text = CHEAP
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


WIDE = swapped(("low: 0.0003 ", "low: 0.00001 "))
SOLD = swapped(("low: 0.0003 ", "low: 0.00001 "), ("plans: []", "plans: [flat]"))


def test_the_best_price_the_regret_and_the_plans(home: Home) -> None:
    section = price_section(planned(home, WIDE))
    told = {one.key: one for one in section.figures}
    best = told["price.best"]
    assert 0.00001 < best.value < 0.0008
    assert told["price.regret"].value > 0
    assert told["price.known"].value >= 0
    assert section.data["bound"] is None
    assert {table.key for table in section.tables} == {
        "price.distribution",
        "price.formulas",
        "price.plans",
        "price.bills",
    }
    assert {"price.usage_assumed", "price.far", "price.elasticity_one"} <= cautions(section)
    for language in ("en", "zh"):
        json.dumps(as_json(section.as_dict(language), language))
        for chart in section.charts:
            assert json.dumps(chart.spec(language))


def test_a_corner_is_said_in_the_answer_and_in_a_caution(home: Home) -> None:
    section = price_section(planned(home))
    assert section.data["bound"] == "low"
    assert "not a peak" in section.answer.en
    assert "端点" in section.answer.zh
    assert "price.corner" in cautions(section)


@pytest.mark.parametrize(
    "pairs",
    [
        (("demand: isoelastic", "demand: inverse"), ("high: 0.003", "high: null")),
        (("elasticity: 1.3..2.6", "elasticity: 0.6..0.9"), ("high: 0.003", "high: null")),
        (("high: 0.003", "high: null"),),
    ],
)
def test_no_limit_where_profit_rises_for_ever_is_refused(
    home: Home, pairs: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(NoOptimum) as caught:
        price_section(planned(home, swapped(*pairs)))
    assert "price.high" in caught.value.do


def test_inverse_demand_within_a_limit_is_its_corner(home: Home) -> None:
    section = price_section(planned(home, swapped(("demand: isoelastic", "demand: inverse"))))
    assert section.data["bound"] == "high"
    assert section.data["best"] == 0.003
    assert section.data["at_or_below_one"] == 1
    assert {"price.corner", "price.elasticity_one"} <= cautions(section)


def test_the_ledger_tells_the_elasticity_and_the_usage(home: Home, ledger: Database) -> None:
    plan = planned(home, SOLD)
    section = price_section(plan)
    assert section.data["elasticity_from"] == "measured"
    assert section.data["elasticity"].how == "within"
    assert "price.together" in cautions(section)
    found = section.data["elasticity"]
    assert found.value == pytest.approx(E, abs=0.15)
    assert 0.02 < found.high - found.low < 0.4
    told = next(one for one in section.figures if one.key == "price.elasticity")
    assert told.value == pytest.approx(found.value, rel=0.02)
    assert "price.usage_assumed" not in cautions(section)
    plans = next(table for table in section.tables if table.key == "price.plans")
    named = ["flat", "new: pay per use", "new: subscription", "new: tiers"]
    assert [row[0].en for row in plans.rows] == named


def test_months_that_are_cut_short_are_left_out_and_counted(home: Home, ledger: Database) -> None:
    seen = price_history.from_database(ledger, TODAY, "USD")
    assert len(seen.months) == 11 * CUSTOMERS  # of twelve, the first is each customer's own
    assert seen.left_out == {"cut short": CUSTOMERS}
    assert sorted(set(seen.prices)) == pytest.approx([0.0006, 0.0008, 0.001], rel=1e-3)
    earlier = price_history.from_database(ledger, date(2026, 6, 15), "USD")
    assert len(earlier.months) == 5 * CUSTOMERS
    assert price_history.from_database(ledger, TODAY, "EUR").left_out["in another currency"] == 88


def test_a_month_of_two_plans_is_left_out(home: Home, ledger: Database) -> None:
    other = Plans(ledger).publish(version("0.5", "other"))
    seen = price_history.from_database(ledger, TODAY, "USD")
    at_may = seen.when.index(2026 * 12 + 4)
    rows = answers_of(seen.months[at_may])
    call(ledger, seen.customers[at_may], other.id, rows, at(2026, 5, 20))
    assert price_history.from_database(ledger, TODAY, "USD").left_out["of two plans"] == 1


def test_a_pinned_assumption_wins_over_the_ledger(home: Home, ledger: Database) -> None:
    pinned = SOLD.replace(
        "elasticity: 1.3..2.6", "elasticity: {value: 3, low: 2.5, high: 3.5, pin: true}"
    )
    section = price_section(planned(home, pinned))
    assert section.data["elasticity_from"] == "file"


def test_one_belief_of_the_elasticity_holds_in_every_verb(home: Home, ledger: Database) -> None:
    """What `plan price` finds is what runway, invest and risk draw from."""
    plan = planned(home, SOLD)
    entry, told = plan.register["price.elasticity"], plan.measured.elasticity
    assert (entry.origin, entry.where) == ("measured", "ledger, 2026-01 to 2026-11")
    assert entry.now.date == date(2026, 11, 30)
    assert entry.now == told.belief
    assert entry.written is not None
    assert (entry.written.low, entry.written.high) == (1.3, 2.6)
    assert held(plan).draws is plan.draws["price.elasticity"]
    answers = (
        plan.model.run(plan.draws, Decision(price=0.0016)).answers
        / plan.model.run(plan.draws).answers
    )
    assert float(np.median(answers)) == pytest.approx((0.0016 / 0.0006) ** -entry.now.value, 0.01)
    rows = check.register_table(plan).rows
    said = next(row for row in rows if row[0] == "price.elasticity")
    assert any(getattr(cell, "en", "") == "measured" for cell in said)
    assert "price.together" in {one.key for one in check.section(plan).cautions}


def test_a_pin_keeps_the_files_elasticity_and_the_finding_stays(
    home: Home, ledger: Database
) -> None:
    pinned = SOLD.replace(
        "elasticity: 1.3..2.6", "elasticity: {value: 3, low: 2.5, high: 3.5, pin: true}"
    )
    plan = planned(home, pinned)
    entry = plan.register["price.elasticity"]
    assert (entry.origin, entry.now.value) == ("file", 3)
    assert entry.measured == plan.measured.elasticity.belief
    pins = [one for one in findings(plan) if one.kind == "contradicted"]
    assert ("price.elasticity",) in [one.paths for one in pins]


def test_too_short_a_history_says_so_and_the_assumption_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEEDBED_DB", raising=False)
    database = Database.open(home)
    plan = Plans(database).publish(version("0.0008"))
    made = Customers(database, Accounts(), Manual(at(2026, 6))).create("a", currency="USD")
    for month in range(6, 12):
        call(database, made.id, plan.id, 1000, at(2026, month, 5))
    database.close()
    section = price_section(planned(home, WIDE))
    assert section.data["elasticity_from"] == "file"
    told = next(one for one in section.cautions if one.key == "price.history_short")
    assert "1 price(s) in the ledger" in told.said.en


def test_a_survey_tells_the_elasticity(home: Home) -> None:
    chance = np.random.default_rng(0)
    limits = 0.001 * np.exp(chance.logistic(0, 0.25, 300))
    asked = (0.0005, 0.0008, 0.001, 0.0015, 0.002)
    rows = [f"p{i},{p},{int(p <= most)}" for i, most in enumerate(limits) for p in asked]
    (home.root.parent / "survey.csv").write_text("respondent,price,buys\n" + "\n".join(rows))
    section = price_section(planned(home, WIDE.replace("survey: null", "survey: survey.csv")))
    assert section.data["elasticity_from"] == "survey"
    assert section.data["elasticity"].how == "granger"
    # Slope 4 on the logarithm; at 0.0008 the share that does not buy is 1 / (1 + 1.25^4).
    assert section.data["elasticity"].value == pytest.approx(4 / (1 + 1.25**4), rel=0.2)
    assert "price.elasticity_one" in cautions(section)
    entry = planned(home, WIDE.replace("survey: null", "survey: survey.csv")).register[
        "price.elasticity"
    ]
    assert (entry.origin, entry.where) == ("survey", "survey.csv")
    assert entry.now.source == "a Gabor-Granger survey of 300 people"


@pytest.mark.parametrize(
    ("scale", "origin", "key"),
    [(1000, "file", "price.survey_silent"), (2, "survey", "price.survey_beyond")],
)
def test_a_survey_in_another_unit_is_not_taken(
    home: Home, scale: float, origin: str, key: str
) -> None:
    chance = np.random.default_rng(0)
    limits = 0.001 * scale * np.exp(chance.logistic(0, 0.25, 300))
    asked = [one * scale for one in (0.0005, 0.0008, 0.001, 0.0015, 0.002)]
    rows = [f"p{i},{p},{int(p <= most)}" for i, most in enumerate(limits) for p in asked]
    (home.root.parent / "survey.csv").write_text("respondent,price,buys\n" + "\n".join(rows))
    section = price_section(planned(home, WIDE.replace("survey: null", "survey: survey.csv")))
    assert section.data["elasticity_from"] == origin
    assert key in cautions(section)


def test_publishing_makes_a_version_and_an_audit_row_and_changes_nobody(
    home: Home, ledger: Database
) -> None:
    proposal = publish.propose(
        ledger, "flat", release="bank", price=0.00112345, today=0.0006, units=1, answers=1e4,
        now=at(2026, 12),
    )  # fmt: skip
    assert [(step.before, step.after) for step in proposal.steps] == [(600_000, 1_123_000)]
    assert proposal.subscribed == {3: CUSTOMERS}
    made = publish.publish(ledger, proposal, actor="cli:ada")
    assert made.version == 4
    kept = Plans(ledger).get("flat", 3).plan
    assert kept.charges[0].tiers[0].price == 600_000
    from seedbed.ledger.audit import Audit

    (row,) = Audit(ledger).list(action="plan.publish", limit=1)
    assert (row.actor, row.subject) == ("cli:ada", made.id)
    with pytest.raises(VentureWrong, match="version 4"):
        publish.publish(ledger, proposal, actor="cli:ada")


@pytest.mark.parametrize("name", ["graduated", "starter", "volume"])
def test_a_plan_with_a_fee_or_tiers_costs_the_new_price_at_the_usual_use(
    home: Home, name: str
) -> None:
    from seedbed.ledger import plan_file

    database = Database.open(home)
    before = Plans(database).publish(plan_file.parse(plan_file.example(name))).plan
    usual = (Used("bank", 100_000),)  # at more, the spending cap of `starter` would bind
    today = float(bill(before, usual).amount) / 100_000
    after = publish.propose(
        database, name, release="bank", price=today * 1.3, today=today, units=1, answers=100_000,
        now=at(2026, 12),
    ).plan  # fmt: skip
    assert after.fee == before.fee
    assert float(bill(after, usual).amount) / 100_000 == pytest.approx(today * 1.3, rel=1e-3)
    database.close()


def test_tokens_and_included_tax_are_allowed_for(home: Home) -> None:
    database = Database.open(home)
    taxed = {"tax": {"percent": "25", "included": True}}
    charge = {"meter": "tokens", "per": 1000, "tiers": [{"price": "0.02"}]}
    Plans(database).publish(version("1") | taxed | {"charges": [charge]})
    (step,) = publish.propose(
        database, "flat", release="bank", price=0.001, today=0.001, units=40, answers=1,
        now=at(2026, 12),
    ).steps  # fmt: skip
    assert step.after / NANOS == pytest.approx(0.001 * 1.25 * 1000 / 40)
    database.close()


def run(capsys: pytest.CaptureFixture[str], *typed: str, code: int = 0) -> Any:
    with pytest.raises(SystemExit) as caught:
        main(["plan", "price", *typed])
    said = capsys.readouterr()
    assert int(caught.value.code or 0) == code, said.err
    return said


def test_the_verb_prints_publishes_and_asks_first(
    home: Home,
    ledger: Database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    planned(home, SOLD, tmp_path)
    where = str(tmp_path / "venture.yaml")
    told = json.loads(run(capsys, where, "--json").out)
    assert told["key"] == "price"
    assert "Best price" in run(capsys, where, "--charts", str(tmp_path / "charts")).out
    assert (tmp_path / "charts" / "price.profit.svg").read_text().startswith("<svg")
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    asked = run(capsys, where, "--publish", "--at", "0.0011", code=1)
    assert "$0.0011" in asked.err
    assert "8 customers (8 on version 3) keep what they have" in asked.err
    assert Plans(ledger).get("flat").version == 3
    assert "version 4" in run(capsys, where, "--publish", "--at", "0.0011", "--yes").out
    assert Plans(ledger).get("flat").plan.charges[0].tiers[0].price == 1_100_000
    again = run(capsys, where, "--publish", "--at", "0.0011", "--yes")
    assert "Nothing to publish" in again.err
    assert run(capsys, where, "--yes", code=2)
    assert run(capsys, where, "--publish", "--json", code=2)
    made = json.loads(run(capsys, where, "--publish", "--at", "0.0012", "--yes", "--json").out)
    assert (made["version"], made["plan"]["charges"][0]["tiers"][0]["price"]) == (5, "0.0012")


def test_nobody_has_bought_yet_and_the_price_is_the_same(home: Home) -> None:
    some = price_section(planned(home, WIDE))
    none = price_section(planned(home, WIDE.replace("now: 5   ", "now: 0   ")))
    assert none.data["best"] == pytest.approx(some.data["best"], rel=1e-5)
    assert "price.no_customers" in cautions(none)
    assert none.data["regret"] == pytest.approx(some.data["regret"] / 5, rel=1e-5)


def test_a_plan_that_the_ledger_lacks_is_named(
    home: Home, ledger: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    planned(home, SOLD, tmp_path)
    said = run(capsys, str(tmp_path), "--compare", "flatt", code=1)
    assert "Did you mean 'flat'?" in said.err
