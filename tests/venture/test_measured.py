"""What a real ledger and a real release tell, and when it replaces what the file says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import invest_sample
import numpy as np
import pytest
from scipy.stats import beta
from sqlalchemy import insert
from till import FLAT, Till

import release_sample as sample
from seedbed.errors import LedgerUnavailable, RecordMissing, ReleaseMissing, VentureWrong
from seedbed.home import Home
from seedbed.ledger.ids import new_id
from seedbed.ledger.plan_file import example
from seedbed.ledger.plan_file import parse as parse_plan
from seedbed.ledger.plan_file import read as read_plan
from seedbed.ledger.plans import Published
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.statements import EMPTY_CALL
from seedbed.release.store import Release
from seedbed.serve import trial
from seedbed.venture.assumption import Z95
from seedbed.venture.counted import can_charge
from seedbed.venture.file import parse
from seedbed.venture.findings import findings
from seedbed.venture.plan import Plan
from seedbed.venture.today_price import Usual, price
from seedbed.venture.unit import books, show_cost
from seedbed.venture.utilisation import HOUR_US as HOUR

TODAY = date(2026, 4, 10)
FILE = """
name: shop
currency: USD
capital: 1000
about: {plans: [pay-per-use]}
customers: {now: {value: 90, pin: true}, answers: 10..20, churn: {value: 0.5, low: 0.4, high: 0.6}}
"""
FREE = parse_plan(example("free"))
MONTHLY = {**FLAT, "name": "monthly", "fee": "5.00"}


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """Give a ledger of three customers, of whom one leaves in March and one never calls."""
    with Till(tmp_path / "home", "2026-01-01") as opened:
        first, second, quiet = (opened.customer() for _ in range(3))
        for month, rows in ((1, 1000), (2, 2000), (3, 3000)):
            opened.to(f"2026-0{month}-15")
            opened.answer(first, rows)
            opened.answer(second, 4000, tokens=9)
        opened.to("2026-03-20")
        opened.leave(quiet)
        opened.to("2026-04-05")
        opened.answer(first, 50_000)  # a month that has just begun does not count
        yield opened


def plan(till: Till, text: str = FILE, today: date = TODAY) -> Plan:
    return Plan.of(parse(text), home=till.home, today=today)


def test_the_ledger_tells_customers_answers_and_tokens(till: Till) -> None:
    made = plan(till)
    now = {path: entry.now for path, entry in made.register.items()}
    counted = made.register["customers.now"].measured
    assert counted is not None
    assert (counted.value, counted.source) == (2, "2 customers had a plan in the ledger")
    # the first: 1,000, 2,000, 3,000; the second: 4,000 each; the third: none in January, February
    assert now["customers.answers"].value == pytest.approx((2000 + 4000 + 0) / 3)
    assert now["customers.answers"].low < 2000 < now["customers.answers"].high
    assert now["unit.tokens_per_answer"].value == pytest.approx((6000 * 7 + 12_000 * 9) / 18_000)
    assert now["customers.answers"].date == date(2026, 3, 31)
    assert made.register["customers.answers"].where == "ledger, 2026-01 to 2026-03"


def test_the_months_add_up_to_the_calls(till: Till) -> None:
    months = plan(till).measured.months
    assert [one.month for one in months] == ["2026-01", "2026-02", "2026-03"]
    assert [one.answers for one in months] == [5000, 6000, 7000]
    assert [float(one.income) for one in months] == pytest.approx([4.0, 4.8, 5.6])
    assert [one.left for one in months] == [0, 0, 1]
    assert [one.customers for one in months] == [2, 2, 2]
    assert months[0].compute_us == 5000 * 2500


def test_a_measurement_replaces_the_file_but_not_what_is_pinned(till: Till) -> None:
    made = plan(till)
    answers, now = made.register["customers.answers"], made.register["customers.now"]
    assert (answers.origin, now.origin) == ("measured", "file")
    assert now.pinned
    assert not answers.pinned
    assert made.value("customers.now") == 90
    kinds = {(one.kind, one.paths): one.said.en for one in findings(made)}
    assert "measured at 2,000; the file's 10..20" in kinds["surprising", ("customers.answers",)]
    assert ("contradicted", ("customers.now",)) in kinds
    assert ("surprising", ("customers.answers",)) in kinds


BELIEVED = FILE.replace("{value: 90, pin: true}", "5")


def test_the_trial_of_the_quick_start_is_no_customer(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-03-01") as opened:
        trial.key(opened.ledger)
        made = plan(opened, BELIEVED.replace("plans: [pay-per-use]", ""))
    assert (made.value("customers.now"), made.register["customers.now"].origin) == (5, "file")
    (found,) = [one for one in findings(made) if one.kind == "unmeasured"]
    assert found.paths == ("customers.now",)
    assert "one customer has a plan in the ledger, as a server's own trial" in found.said.en
    assert "试用" in found.said.zh


def test_who_can_never_be_charged_does_not_count(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-01-01") as opened:
        paying = opened.customer()
        free, tried = opened.customer(FREE), opened.customer(name="trial")
        for month in (1, 2, 3):
            opened.to(f"2026-0{month}-15")
            opened.answer(paying, 3000)
            opened.answer(free, 100)
            opened.answer(tried, 9000)
        opened.to("2026-04-05")
        made = plan(opened, BELIEVED)
        used = books.months_used(opened.ledger.database, TODAY)
        bought = books.purchases(opened.ledger.database, TODAY)
    assert made.value("customers.now") == 1
    assert made.value("customers.answers") == 3000
    assert all("2 left out" in made.register[f"customers.{key}"].now.source
               for key in ("now", "answers"))  # fmt: skip
    months = made.measured.months
    assert [(one.begun, one.customers, one.answers) for one in months[1:]] == [(1, 1, 3000)] * 2
    assert [one.answers for month in used for one in month.used] == [3000] * 3
    assert [month.plan.name for month in used if month.plan] == ["pay-per-use"] * 3
    assert len(bought.buyers) == 1
    prices = made.measured.prices
    assert set(prices.customers) == {paying.customer_id}
    assert prices.left_out["free of charge"] == 4


@pytest.mark.parametrize(
    ("told", "can"),
    [
        ({"charges": [{"tiers": [{"price": "0.01"}]}]}, True),
        ({"charges": [{"tiers": [{"price": "0"}]}]}, False),
        ({"charges": [{"tiers": [{"price": "0"}]}], "fee": "5.00"}, True),
        ({"charges": [{"tiers": [{"price": "0"}]}], "minimum": "5.00"}, True),
        ({"charges": [{"included": 10}], "limits": {"quota": 10}}, False),
        ({"charges": [{"included": 10, "tiers": [{"price": "1"}]}], "limits": {"quota": 10}},
         False),
        ({"charges": [{"included": 10, "tiers": [{"price": "1"}]}], "limits": {"quota": 11}},
         True),
        ({"charges": [{"tiers": [{"price": "1"}]}], "limits": {"spend": "0"}}, False),
    ],
)  # fmt: skip
def test_a_plan_can_charge_or_not(told: dict[str, Any], can: bool) -> None:
    assert can_charge(read_plan({"name": "p", "currency": "USD", **told})) is can


def leaving(till: Till, came: int, left: int) -> None:
    """Let customers with a fee come in January, and some leave in March."""
    keys = [till.customer(MONTHLY) for _ in range(came)]
    till.to("2026-03-20")
    for one in keys[:left]:
        till.leave(one)
    till.to("2026-04-05")


def test_churn_is_of_those_who_would_have_to_end_something(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-01-01") as opened:
        for _ in range(5):
            opened.customer()  # by use: they end nothing
        leaving(opened, 30, 10)
        made = plan(opened, BELIEVED)
    entry = made.register["customers.churn"]
    law = beta(10.5, 80.5)  # 30 began each of three months, and 10 were gone at the end
    assert entry.origin == "measured"
    told = [entry.now.low, entry.now.value, entry.now.high]
    assert told == pytest.approx(law.ppf([0.05, 0.5, 0.95]))
    assert entry.where == "ledger, 2026-01 to 2026-03"
    assert not [one for one in findings(made) if one.kind == "unmeasured"]


@pytest.mark.parametrize(("came", "left"), [(29, 29), (30, 9), (0, 0)])
def test_below_what_plan_unit_asks_for_the_belief_of_churn_stays(
    tmp_path: Path, came: int, left: int
) -> None:
    with Till(tmp_path / "home", "2026-01-01") as opened:
        opened.answer(opened.customer(), 100)
        leaving(opened, came, left)
        made = plan(opened, BELIEVED)
    assert (made.value("customers.churn"), made.register["customers.churn"].origin) == (0.5, "file")
    (found,) = [one for one in findings(made) if one.kind == "unmeasured"]
    assert found.paths == ("customers.churn",)
    assert f"of {came} customers on plans with a fee or a commitment {left} have" in found.said.en
    assert f"{came} 位客户" in found.said.zh


def test_todays_price_is_that_of_the_first_plan(till: Till) -> None:
    entry = plan(till).register["price.now"]
    assert entry.now.value == pytest.approx(0.0008)
    assert (entry.origin, entry.where) == ("measured", "plan pay-per-use, version 1")
    till.ledger.plans.publish({**FLAT, "charges": [{"tiers": [{"price": "0.002"}]}]})
    assert plan(till).value("price.now") == pytest.approx(0.002)


def called(till: Till, server: str, day: int, hours: int, calls_of: int, busy_us: int) -> None:
    """Write answered calls of a server, spread evenly over some hours."""
    begun = int(datetime(2026, 3, day, tzinfo=UTC).timestamp() * 1e6)
    when = [begun + round(hours * 3.6e9 * i / (calls_of - 1)) for i in range(calls_of)]
    rows = [
        EMPTY_CALL
        | {"id": new_id("call", at), "at": at, "ended_at": at, "status": "answered", "rows": 1}
        | {"release": "x", "verb": "predict", "instance_id": server}
        | {"compute_us": busy_us // calls_of, "units": 1, "charge": 0, "price": 0}
        for at in when
    ]
    with till.ledger.database.writing() as connection:
        connection.execute(insert(calls), rows)


def test_utilisation_is_what_servers_computed_of_their_time(till: Till) -> None:
    text = FILE + "unit: {utilisation: 0.1..0.4}\n"
    assert plan(till, text).register["unit.utilisation"].origin == "file"  # too few calls
    called(till, "instance_a", 1, 240, 1000, 48 * HOUR)  # 48 of 240 hours
    alone = plan(till, text).register["unit.utilisation"]
    assert (alone.origin, alone.now.certain) == ("measured", True)
    assert alone.now.value == pytest.approx(0.2, rel=1e-4)
    called(till, "instance_b", 5, 480, 1200, 240 * HOUR)  # and 240 of 480
    called(till, "instance_c", 7, 10, 1200, 5 * HOUR)  # less than a day: it tells nothing
    both = plan(till, text).register["unit.utilisation"].now
    assert both.value == pytest.approx(288 / 720, rel=1e-4)
    assert both.low is not None
    assert both.high is not None
    assert 0 < both.low < both.value < both.high < 1
    assert "288.0 hours computed of 720 that 2 servers ran" in both.source


def test_a_young_ledger_tells_only_what_it_can(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-04-01T08:00") as opened:
        opened.answer(opened.customer(), 100)
        made = plan(opened, BELIEVED)
    assert made.value("customers.now") == 1
    assert made.register["customers.answers"].origin == "file"
    assert made.measured.months == ()


def test_one_customer_alone_gives_no_interval(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-03-01") as opened:
        opened.answer(opened.customer(), 100)
        made = plan(opened)
    entry = made.register["customers.answers"]
    assert (entry.now.value, entry.now.certain) == (100, True)
    assert "one customer" in entry.now.source


def test_without_a_ledger_the_file_stands_alone(tmp_path: Path) -> None:
    made = Plan.of(parse(FILE), home=Home(tmp_path), today=TODAY)
    assert {one.origin for one in made.register.values() if not one.apart} == {"file"}
    assert not (tmp_path / "ledger.db").exists()


def test_what_is_named_must_be_there(till: Till, tmp_path: Path) -> None:
    with pytest.raises(VentureWrong, match=r"about\.ledger"):
        plan(till, FILE.replace("plans: [pay-per-use]", "ledger: nowhere.db"))
    with pytest.raises(RecordMissing, match="pay-per-use"):
        plan(till, FILE.replace("pay-per-use]", "pay-per-us]"))
    with pytest.raises(ReleaseMissing):
        plan(till, FILE.replace("plans: [pay-per-use]", "releases: [light]"))
    with pytest.raises(VentureWrong, match="in EUR"):
        plan(till, FILE.replace("currency: USD", "currency: EUR"))
    (tmp_path / "text.db").write_text("no database")
    broken = FILE.replace("plans: [pay-per-use]", f"ledger: {tmp_path / 'text.db'}")
    with pytest.raises(LedgerUnavailable):
        plan(till, broken)


def _published(**told: Any) -> Published:
    body: dict[str, Any] = {"name": "p", "currency": "USD", **told}
    return Published("plan_1", "p", 2, read_plan(body), 1_770_000_000_000_000)


TIERS = {"included": 1000, "tiers": [{"up_to": 1000, "price": "0.02"}, {"price": "0.01"}]}


@pytest.mark.parametrize(
    ("told", "usual", "each"),
    [
        ({"charges": [{"tiers": [{"price": "0.01"}]}]}, Usual("x"), 0.01),
        ({"charges": [{"per": 1000, "tiers": [{"price": "0.8"}]}]}, Usual("x"), 0.0008),
        # 4,000 answers: 1,000 free, 1,000 at 0.02, 2,000 at 0.01, a fee of 20: 60 in all
        ({"fee": "20.00", "charges": [TIERS]}, Usual("x", 4000), 0.015),
        ({"minimum": "100.00", "charges": [TIERS]}, Usual("x", 4000), 0.025),
        ({"fee": "20.00", "charges": [TIERS]}, Usual("x"), None),
        ({"charges": [{"meter": "tokens", "per": 1000, "tiers": [{"price": "1"}]}]},
         Usual("x", 100, tokens=40), 0.04),
        ({"charges": [{"meter": "tokens", "tiers": [{"price": "1"}]}]}, Usual("x", 100), None),
        ({"charges": [{"meter": "compute_seconds", "tiers": [{"price": "1"}]}]},
         Usual("x", 100, seconds=0.01), 0.01),
        ({"charges": [{"release": "other", "tiers": [{"price": "1"}]}]}, Usual("x", 5), None),
        ({"tax": {"percent": "25", "included": True}, "charges": [{"tiers": [{"price": "1"}]}]},
         Usual("x"), 0.8),
        ({"period": "year", "fee": "120.00", "charges": [{"tiers": [{"price": "0"}]}]},
         Usual("x", 100), 0.1),
    ],
)  # fmt: skip
def test_the_price_of_an_answer_spreads_fees_tiers_and_what_is_free(
    told: dict[str, Any], usual: Usual, each: float | None
) -> None:
    found = price(_published(**told), usual, "USD")
    if each is None:
        assert found is None
    else:
        assert found is not None
        assert found[0].value == pytest.approx(each)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Release]:
    """Give a home with a release, made by the package's own code."""
    home = Home(tmp_path_factory.mktemp("home"))
    return home, sample.linear(home, sample.exam())


PRICED = "name: x\ncurrency: USD\ncapital: 1\nabout: {releases: [plain]}\nunit: "


UNPLANNED = BELIEVED.replace("plans: [pay-per-use]", "")


def why(made: Plan, path: str) -> list[str]:
    told = [one.said for one in findings(made) if one.kind == "unmeasured" and one.paths == (path,)]
    assert all("沿用假设" in said.zh for said in told)
    return [said.en for said in told]


def test_where_no_plan_is_named_the_price_is_what_answers_bring(till: Till) -> None:
    made = plan(till, UNPLANNED + "price: {now: 0.5}\n")
    now = made.register["price.now"]
    assert (now.origin, now.where) == ("measured", "ledger, 2026-01 to 2026-03")
    assert now.now.value == pytest.approx(0.0008)  # the only plan's, for it has no fee
    assert now.now.certain or now.now.low == pytest.approx(now.now.high)
    assert not why(made, "price.now")
    assert plan(till).register["price.now"].where == "plan pay-per-use, version 1"


def test_income_per_answer_has_the_fees_and_only_our_currency(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-01-01") as opened:
        monthly, foreign = (
            opened.customer(MONTHLY),
            opened.customer({**FLAT, "name": "euros", "currency": "EUR"}),
        )
        for month, rows in ((1, 1000), (2, 2000), (3, 4000)):
            opened.to(f"2026-0{month}-15")
            opened.answer(monthly, rows)
            opened.answer(foreign, 9000)
        opened.to("2026-04-05")
        made = plan(opened, UNPLANNED)
    now = made.register["price.now"].now
    assert now.value == pytest.approx((15 + 7 * 0.8) / 7000)
    assert now.low < now.value < now.high
    assert "7,000 answers" in now.source


def test_what_brought_nothing_has_no_price_and_that_is_said(tmp_path: Path) -> None:
    capped = {**FLAT, "name": "included", "charges": [
        {"per": 1000, "included": 1_000_000, "tiers": [{"price": "0.80"}]}]}  # fmt: skip
    with Till(tmp_path / "home", "2026-03-01") as opened:
        key = opened.customer(capped)
        opened.to("2026-03-15")
        opened.answer(key, 500)
        opened.to("2026-04-05")
        made = plan(opened, UNPLANNED + "price: {now: 0.5}\n")
    assert made.value("price.now") == 0.5
    (said,) = why(made, "price.now")
    assert "500 answers of the last whole months brought nothing" in said


def test_a_plan_that_tells_no_price_says_why(tmp_path: Path) -> None:
    with Till(tmp_path / "home", "2026-03-01") as opened:
        opened.ledger.plans.publish(MONTHLY)
        unknown = "name: x\ncurrency: USD\ncapital: 1\nabout: {plans: [monthly]}\n"
        (said,) = why(plan(opened, unknown), "price.now")
    assert "the plan monthly has no price for every release, or how much" in said
    alone = Plan.of(parse(unknown), home=Home(tmp_path / "none"), today=TODAY)
    assert "about.plans names monthly, and there is no ledger" in why(alone, "price.now")[0]


def test_a_report_without_accuracy_says_that_it_tells_no_errors(tmp_path: Path) -> None:
    home = Home(tmp_path)
    metrics = {"r2": {"value": 0.5, "low": 0.4, "high": 0.6}}
    told = {"task": "text-regression", "metric": "r2", "metrics": metrics}
    invest_sample.release(home, **told)
    text = "name: x\ncurrency: USD\ncapital: 1\nabout: {releases: [first-light]}\n"
    made = Plan.of(parse(text), home=home, today=TODAY)
    (said,) = why(made, "unit.error_rate")
    assert "first-light/1 (text-regression) tells r2" in said


@pytest.mark.parametrize(
    ("machine", "differs"), [("cpu-2", False), ("cpu-8", True), ("a10g", True), ("h100", True)]
)
def test_the_speed_of_one_machine_at_the_price_of_another_is_said(
    release: tuple[Home, Release], machine: str, differs: bool
) -> None:
    text = f"{PRICED}{{machine: {machine}, utilisation: 0.5}}\n"
    made = Plan.of(parse(text), home=release[0], today=TODAY)
    assert made.measured.machine["cores"] == 2
    found = [one for one in findings(made) if one.kind == "elsewhere"]
    told = [one for one in show_cost.show(made).cautions if one.key == "unit.cost.elsewhere"]
    assert (len(found), len(told)) == (differs, differs)
    for one in (*found, *told):
        assert f"2 cores (a processor), and the hour is that of {machine}" in one.said.en
        assert machine in one.said.zh


def test_an_hour_or_a_speed_of_ones_own_is_not_compared(release: tuple[Home, Release]) -> None:
    for own in ("hour: 2", "answers_per_second: {value: 9000, pin: true}"):
        text = f"{PRICED}{{machine: h100, {own}}}\n"
        made = Plan.of(parse(text), home=release[0], today=TODAY)
        assert not [one for one in findings(made) if one.kind == "elsewhere"]


def test_a_release_tells_its_speed_and_its_errors(release: tuple[Home, Release]) -> None:
    home, made = release
    text = "name: x\ncurrency: USD\ncapital: 1\nabout: {releases: [plain]}\n"
    plan = Plan.of(parse(text), home=home, today=TODAY)
    speed, wrong = (plan.register[f"unit.{key}"] for key in ("answers_per_second", "error_rate"))
    assert speed.now.value == made.read("cost.json")["rows_per_second"]
    assert (speed.origin, speed.where) == ("measured", "release plain/1, gate.json")
    share = made.read("report.json")["metrics"]["accuracy"]
    assert wrong.now.value == pytest.approx(1 - share["value"])
    if not wrong.now.certain:
        odds = [np.log(x / (1 - x)) for x in (wrong.now.low, wrong.now.value, wrong.now.high)]
        wide = [np.log((1 - share[key]) / share[key]) for key in ("high", "value", "low")]
        assert odds[1] - odds[0] == pytest.approx((wide[1] - wide[0]) * Z95 / 1.959964, rel=1e-5)
    # what its recipe believed fills what nobody wrote down
    assert plan.register["unit.hour"].origin == "recipe"
    assert plan.value("unit.hour") == 0.10
    yuan = Plan.of(parse(text.replace("USD", "CNY")), home=home, today=TODAY)
    assert not yuan.has("unit.hour")
