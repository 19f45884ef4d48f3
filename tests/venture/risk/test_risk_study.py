"""`plan risk` on the contract's venture: the register, the cube, what flips, and what is said."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from example import EXAMPLE
from typer.testing import CliRunner

from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.draws import uniform_to_draws
from seedbed.venture.plan import Plan
from seedbed.venture.risk.cube import LUCK, Cube, used
from seedbed.venture.risk.decisions import GO, NEXT, PRICE
from seedbed.venture.risk.register import missing_kinds
from seedbed.venture.risk.section import section, told
from seedbed.venture.risk.study import Study, study
from seedbed.venture.risk.tables import plain

TODAY = date(2026, 11, 23)
# Worth something, so that go may flip; a bounded price, so that its best lies inside.
PROFITABLE = (
    EXAMPLE.replace("error_cost: 0.02..0.2", "error_cost: 0.0002..0.0008")
    .replace("draws: 10000", "draws: 2000")
    .replace("now: 5 ", "now: 120 ")
    .replace("monthly: 12000", "monthly: 3000")
    .replace("elasticity: 1.3..2.6", "elasticity: 1.05..1.9")
    .replace("share: 0.01..0.06", "share: 0.02..0.08")
)


def plan(folder: Path, text: str = PROFITABLE) -> Plan:
    return Plan.of(file.parse(text), home=Home(folder), today=TODAY)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(plan(tmp_path_factory.mktemp("risk")), rows=1024)


def test_only_what_the_model_asks_for_is_varied(tmp_path: Path) -> None:
    made = plan(tmp_path)
    paths = used(made)
    assert "market.share" in paths
    assert "rounds.seed.amount" not in paths  # rounds are not in the model
    assert "price.elasticity" not in paths  # today's price needs none
    assert "price.now" not in paths  # one value, no range
    cube = Cube(made)
    assert cube.names[-1] == LUCK


def test_the_cube_is_the_model(tmp_path: Path) -> None:
    made = plan(tmp_path, PROFITABLE.replace("chance: 0.3, from: 1", "from: 1"))
    cube = Cube(made)
    assert not cube.lucky
    points = np.random.default_rng(0).random((50, len(cube.paths)))
    draws = uniform_to_draws(made.register, points, list(cube.paths))
    assert cube.worth(points) == pytest.approx(made.model.run(draws).worth)
    assert cube.average(points) == pytest.approx(cube.worth(points))


def test_luck_is_a_side_of_its_own(tmp_path: Path) -> None:
    cube = Cube(plan(tmp_path))
    points = np.full((200, len(cube.names)), 0.5)
    points[:, -1] = np.linspace(0.001, 0.999, 200)
    assert len(np.unique(cube.worth(points))) > 20
    assert (cube.worth(points) == cube.worth(points)).all()
    assert np.ptp(cube.average(points[:, :-1])) == pytest.approx(0, abs=1e-6)


def test_the_register_holds_the_files_risks_and_those_of_the_model(found: Study) -> None:
    own = [one for one in found.risks if one.own]
    assert [one.name.en for one in own] == ["a bigger vendor gives it away"]
    assert own[0].watches == "Ada"
    assert own[0].expected == pytest.approx(
        float(found.plan.draws["risks.a bigger vendor gives it away.chance"].mean()) * 109_000,
        rel=0.1,
    )
    assert {"ruin"} <= {one.key for one in found.risks}
    assert found.joint is not None
    assert found.joint.expected == pytest.approx(own[0].expected, rel=0.1)
    assert missing_kinds(found.risks) == ["technical", "market", "money", "law", "ethics", "people"]


def test_the_tornado_and_the_indices_agree_on_what_matters(found: Study) -> None:
    bars = [bar.name for bar in found.tornado.bars[:4]]
    indices = [one.name for one in found.sobol.each[:4]]
    assert len(set(bars) & set(indices)) >= 3
    error = len(found.sobol.each) * found.sobol.error
    assert found.first <= 1 + error
    assert found.whole >= 1 - error
    assert found.index("market.share") is not None
    assert found.index("nothing") is None


def test_a_flip_is_where_the_decision_turns(found: Study) -> None:
    flips = [one for one in found.turns if one.value is not None and one.decision == GO]
    assert flips
    for one in flips[:3]:
        assert one.value is not None
        draws = found.setting.draws.taken(slice(1000))
        worths = [
            found.plan.model.run(draws.replaced(one.flip.name, value)).worth.mean()
            for value in (one.middle, one.value)
        ]
        assert (worths[0] > 0) == one.flip.now
        assert (worths[1] > 0) == one.flip.then
        assert one.flip.now != one.flip.then


def test_every_decision_is_looked_at_for_every_assumption(found: Study) -> None:
    asked = {key: [one for one in found.turns if one.decision == key] for key in (GO, PRICE, NEXT)}
    assert len(asked[GO]) == len(asked[PRICE]) == len(Cube(found.plan).paths)
    assert asked[NEXT]
    assert any(one.value is None for one in found.turns)


def test_what_a_release_on_hold_and_old_tables_are(tmp_path: Path) -> None:
    from invest_sample import release

    release(Home(tmp_path), verdict={"say": "hold", "reasons": []})
    text = PROFITABLE.replace("releases: []", "releases: [first-light]")
    made = Plan.of(file.parse(text), home=Home(tmp_path), today=date(2029, 1, 1))
    risks = {one.key: one for one in study(made, rows=64).risks}
    assert "first-light/1" in risks["release on hold"].name.en
    assert risks["release on hold"].cost is None
    assert risks["stale"].chance.mean() == 1


def test_the_section_speaks_both_languages_and_dumps_as_json(found: Study) -> None:
    made = told(found)
    for language in ("en", "zh"):
        json.dumps(made.as_dict(language), allow_nan=False)
        for chart in made.charts:
            assert chart.spec(language)["data"]["values"]
    assert [chart.key for chart in made.charts] == ["risk.map", "risk.tornado", "risk.sobol"]
    assert any(one.key == "risk.kinds" for one in made.cautions)
    assert any("flips the decision" in note.en for note in made.notes)


def test_a_plan_without_risks_or_ranges_is_told_too(tmp_path: Path) -> None:
    text = """
name: plain
currency: USD
capital: 1000
draws: 200
unit: {hour: 0.1, answers_per_second: 100, utilisation: 0.5}
customers: {now: 5, answers: 1000, growth: 0.01, churn: 0.01}
price: {now: 0.01}
"""
    made = section(plan(tmp_path, text))
    assert "names no risks" in made.answer.en
    assert [chart.key for chart in made.charts] == ["risk.map"]


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (6928.4, "6,928"), (0.1234, "0.123"), (-1.5, "−1.50"), (2e-7, "0.000000200")],
)
def test_numbers_are_written_without_powers_of_ten(number: float, said: str) -> None:
    assert plain(number) == said


def test_the_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seedbed.cli import app

    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "home"))
    (tmp_path / "venture.yaml").write_text(PROFITABLE, encoding="utf-8")
    charts = tmp_path / "charts"
    ran = CliRunner().invoke(
        app, ["plan", "risk", str(tmp_path), "--json", "--charts", str(charts)]
    )
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout.splitlines()[-1])
    assert {"risks", "joint", "tornado", "sobol", "flips"} <= set(told["data"])
    assert {path.name for path in charts.iterdir()} == {
        "risk.map.svg", "risk.tornado.svg", "risk.sobol.svg",
    }  # fmt: skip
