"""What came, as the ledger counted it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from till import Till

from seedbed.venture.allocate.build import Asked
from seedbed.venture.allocate.study import Effort, study
from seedbed.venture.allocate.tables import returned
from seedbed.venture.file import parse
from seedbed.venture.plan import Plan
from seedbed.venture.score import freeze
from seedbed.venture.score.insight import Skill, insight
from seedbed.venture.score.section import section
from seedbed.venture.score.truth import from_ledger

FILE = """
name: counted
currency: USD
start: 2026-02
months: 7
capital: 1000
draws: 200
about: {plans: [pay-per-use]}
customers: {churn: 0.02..0.06, growth: 0.0..0.2}
unit: {hour: 0.1, answers_per_second: 100, utilisation: 0.5}
"""


USES = "spending: {ads: {monthly: 10, gives: {curve: log, a: 50, b: 20}}}\n"


EARLY, DUE = date(2026, 2, 1), date(2026, 9, 2)


@pytest.fixture
def half_year(tmp_path: Path) -> Till:
    """A customer who calls as often in every month from January to August."""
    opened = Till(tmp_path / "home", "2026-01-01")
    one = opened.customer()
    for month in range(1, 9):
        opened.to(f"2026-{month:02d}-10")
        opened.answer(one, 4000 + 10 * month)
    opened.to("2026-09-01")
    opened.ledger.close()
    return opened


def plan(till: Till, today: date, more: str = "") -> Plan:
    return Plan.of(parse(FILE + more), home=till.home, today=today)


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """Two customers in January, one more from February on; calls in every month."""
    opened = Till(tmp_path / "home", "2026-01-01")
    first, second = opened.customer(), opened.customer()
    for month in (1, 2, 3):
        opened.to(f"2026-{month:02d}-10")
        opened.answer(first, 4000)
        opened.answer(second, 1000 * month)
        if month == 1:
            opened.to("2026-01-20")
            opened.customer()
    opened.to("2026-04-02")
    opened.ledger.close()
    return opened


def test_months_of_the_ledger(till: Till) -> None:
    found = from_ledger(plan(till, date(2026, 4, 2)))
    assert found is not None
    assert found.months == ("2026-01", "2026-02", "2026-03")
    assert found.values["customers"] == (2, 3, 3)
    assert found.values["answers"] == (5000, 6000, 7000)
    assert found.values["income"] == pytest.approx((4.0, 4.8, 5.6))


def test_income_that_the_ledger_does_not_know_is_not_compared(till: Till) -> None:
    more = "income: [{name: projects, monthly: 100}]\n"
    found = from_ledger(plan(till, date(2026, 4, 2), more))
    assert found is not None
    assert "income" not in found.values


def test_a_forecast_is_scored_by_the_ledger(till: Till) -> None:
    early = plan(till, date(2026, 2, 1))
    freeze(early, early.model.run(early.draws))
    said = section(plan(till, date(2026, 4, 2)))
    scores = said.data["scores"]
    # February was under way when it was frozen.
    assert scores["answers"]["months"] == ("2026-03",)
    # February's 6,000 against 7,000.
    assert scores["answers"]["against"][0]["crps"] == 1000
    assert said.data["truth"] == "ledger"


def test_insight_is_the_mean_skill_and_reaches_the_split(half_year: Till) -> None:
    """α of R = C·η·α·β·γ: 1 − CRPS / CRPS of "same as last month", over the quantities."""
    later = plan(half_year, DUE, USES)
    assert insight(later) == Skill()
    early = plan(half_year, EARLY, USES)
    freeze(early, early.model.run(early.draws))
    scores = section(later).data["scores"]
    skills = [one["against"][0]["skill"] for one in scores.values()]
    skills = [one for one in skills if one is not None]
    raw = insight(later).value
    assert raw == pytest.approx(sum(skills) / len(skills))
    assert raw is not None
    assert raw < 0  # "same as last month" knew better
    made = study(later, Asked(scenarios=20, months=3), effort=Effort(0, 0, ()))
    (alpha,) = [one for one in made.factors if one.name == "insight"]
    assert (alpha.value, alpha.origin, alpha.raw) == (0.0, "measured", raw)


def test_a_month_or_two_are_too_few_for_an_insight(till: Till) -> None:
    early, later = (plan(till, day, USES) for day in (EARLY, date(2026, 4, 2)))
    freeze(early, early.model.run(early.draws))
    made = study(later, Asked(scenarios=20, months=3), effort=Effort(0, 0, ()))
    (alpha,) = [one for one in made.factors if one.name == "insight"]
    assert (alpha.value, alpha.origin) == (None, "missing")
    row = returned(made).rows[1]
    assert "too few to say: 1 of the 6 months" in row[2].en
    assert "目前只有 1 个月" in row[2].zh


def test_who_plans_often_still_learns_how_good_the_forecasts_are(half_year: Till) -> None:
    """The newest forecast with enough months counts, not the newest: that never has enough."""
    early, later = plan(half_year, EARLY), plan(half_year, DUE)
    freeze(early, early.model.run(early.draws))
    alone = insight(later)
    for day in (date(2026, 5, 1), date(2026, 8, 1), DUE):
        again = plan(half_year, day)
        freeze(again, again.model.run(again.draws))
    assert alone.value is not None
    assert insight(later) == alone
    said = section(later)
    assert said.data["frozen"] == EARLY
    assert "Of 4 forecasts" in said.notes[0].en


def test_of_short_forecasts_the_one_with_most_months_counts(half_year: Till) -> None:
    for day in (date(2026, 4, 1), date(2026, 6, 1)):
        made = plan(half_year, day)
        freeze(made, made.model.run(made.draws))
    said = section(plan(half_year, DUE))
    assert said.data["frozen"] == date(2026, 4, 1)
    assert "most months" in said.notes[0].en


def test_without_a_ledger_there_is_no_truth(tmp_path: Path) -> None:
    from seedbed.home import Home

    alone = parse(FILE.replace("about: {plans: [pay-per-use]}", "price: {now: 1}"))
    assert from_ledger(Plan.of(alone, home=Home(tmp_path))) is None
