"""`plan invest` on the quick start's release: every kind of option, and what is said of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invest_sample import BETS, plan, release
from typer.testing import CliRunner

from seedbed.errors import MeasurementMissing, VentureWrong
from seedbed.home import Home
from seedbed.tune.stop import Standing, gain
from seedbed.venture.invest import tables
from seedbed.venture.invest.evidence import of
from seedbed.venture.invest.option import Option
from seedbed.venture.invest.options import weigh
from seedbed.venture.invest.options.survey import resolved
from seedbed.venture.invest.section import _tie, section, told
from seedbed.venture.invest.setting import Setting
from seedbed.venture.invest.study import Study, study
from seedbed.venture.invest.together import marginal, together
from seedbed.venture.model import Decision
from seedbed.venture.result import Said


def by_key(found: Study) -> dict[str, Option]:
    return {one.option.key: one.option for one in found.ranked}


def test_every_kind_of_option_is_weighed(found: Study) -> None:
    keys = set(by_key(found))
    assert {"label-500", "label-2000", "rung-top", "rung-adapter", "rung-full", "larger"} <= keys
    assert {"price", "survey", "bet-partners", "bet-reseller"} <= keys
    assert {"use-marketing-1250", "use-marketing-5000", "use-research-2500"} <= keys
    levers = {one.key for one in found.left if one.key.startswith("lever-")}
    assert len(levers) == 5
    assert {one.key for one in found.left} - levers == {"use-compute", "use-talent"}


def test_every_option_says_what_it_rests_on_and_names_a_command_that_exists(found: Study) -> None:
    for key, option in by_key(found).items():
        assert option.rests, key
        assert option.cost.shape == option.worth.shape == (found.setting.n,)
        assert option.flows.shape == (found.setting.n, found.setting.months)
        assert np.isfinite(option.worth).all()
        for command in option.command.split(" && "):
            _exists(command)


def _exists(command: str) -> None:
    """Check a command against the command line's own help."""
    from typer.main import get_command

    from seedbed.cli import app, verb

    _, name, *rest = command.split()
    assert name in get_command(app).commands  # type: ignore[attr-defined]
    made = verb(name)
    if name == "plan":
        made = made.commands[rest[0]]  # type: ignore[attr-defined]
    known = {option for parameter in made.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known | {"--help"}


def test_labels_take_away_what_the_curve_says(found: Study) -> None:
    few, many = by_key(found)["label-500"], by_key(found)["label-2000"]
    assert (many.worth >= few.worth).all()
    assert (few.worth > 0).all()
    # The errors of 500 rows more: their share of all errors, by hand from the model's own answers.
    setting = found.setting
    assert few.effect is not None
    share = 1 - few.effect.factors["unit.error_rate"]
    saved = share * setting.draws["unit.error_rate"] * setting.draws["value.error_cost"]
    monthly = setting.base.answers * saved[:, None]
    monthly[:, :1] = 0  # labelled in the first month
    assert few.flows == pytest.approx(monthly, rel=1e-6)


def test_a_rung_gains_what_the_stop_rule_reckons(found: Study) -> None:
    option = by_key(found)["rung-full"]
    assert option.effect is not None
    share = 1 - option.effect.factors["unit.error_rate"]
    table = gain(Standing("probe", 0.7085, 0.7), "full")
    assert share.min() >= 0
    assert share.max() <= table.most / (1 - 0.7085) + 1e-9
    assert "--upto full" in option.command
    assert "gains.py" in option.notes[0].en


def test_more_spending_is_worth_what_its_curve_gives(found: Study) -> None:
    setting, option = found.setting, by_key(found)["use-marketing-2500"]
    spend = np.full(setting.months, 2500.0)
    spend[:3] += 2500 / 3
    outcome = setting.plan.model.run(setting.draws, Decision(spend={"marketing": spend}))
    worth = setting.plan.model.discounting(
        setting.draws, (outcome.gains - setting.base.gains).T.copy()
    )
    assert option.worth == pytest.approx(worth)
    assert not option.pays


def test_a_use_in_whole_hires_offers_one_hire(tmp_path: Path) -> None:
    hired = "{monthly: 12000, hire: 6000, gives: {curve: log, a: 4000..12000, b: 6000}, lag: 1}"
    setting = Setting.of(plan(tmp_path, talent=hired), 50_000)
    options, left = weigh(setting)
    (option,) = [one for one in options if one.group == "use-talent"]
    assert "use-talent" not in {one.key for one in left}
    # two months of limits.hiring_lag, then 6,000 a month until the plan ends
    assert option.cost == pytest.approx(6000 * 22)
    spend = np.full(setting.months, 12_000.0)
    spend[2:] += 6000
    outcome = setting.plan.model.run(setting.draws, Decision(spend={"talent": spend}))
    assert option.flows == pytest.approx(outcome.gains - setting.base.gains, abs=1e-6)
    assert np.abs(option.flows[:, :3]).max() < 1e-6
    assert "22" in option.title.en
    assert "整人" in option.notes[1].zh


def test_nobody_who_would_begin_after_the_plan_is_an_option(tmp_path: Path) -> None:
    hired = "{monthly: 12000, hire: 6000, gives: {curve: log, a: 4000..12000, b: 6000}}"
    _, left = weigh(Setting.of(plan(tmp_path, talent=hired, months="2"), 50_000))
    (why,) = [one.why for one in left if one.key == "use-talent"]
    assert "limits.hiring_lag is 2 months" in why.en


def test_the_price_is_worth_the_regret_of_todays(found: Study) -> None:
    setting, option = found.setting, by_key(found)["price"]
    assert option.effect is not None
    better = setting.plan.model.run(setting.draws, Decision(price=option.effect.price))
    assert option.worth == pytest.approx(better.worth - setting.base.worth)
    assert option.worth.mean() > 0


def test_no_option_that_loses_in_half_of_the_draws_is_done(found: Study) -> None:
    assert found.filled.taken
    assert all(one.pays for one in found.filled.taken)
    assert found.filled.cost <= 5000
    refused = [one.option for one in found.ranked if not one.option.pays]
    assert refused
    assert not {one.key for one in refused} & {one.key for one in found.filled.taken}


def test_effects_at_once_are_worth_less_than_one_by_one(found: Study) -> None:
    options = by_key(found)
    pair = [options["label-2000"], options["rung-full"]]
    joint = together(found.setting, pair)
    assert joint.interplay < 1  # errors that are gone cannot go again
    assert joint.worth.mean() < sum(one.worth.mean() for one in pair)
    assert together(found.setting, []).worth.sum() == 0


def test_what_no_longer_pays_beside_the_rest_is_not_done(tmp_path: Path) -> None:
    # At ten times the price one answer in a thousand is sold: hardly an error is left to save.
    made = plan(
        tmp_path,
        elasticity="{value: 3.2, low: 3.19, high: 3.21}",
        low="0.0079",
        high="0.008",
        value="{error_cost: 0.01..0.011}",
    )
    found = study(made, 5000)
    crowded = [one.option for one in found.ranked if one.option.key in found.crowded]
    assert crowded
    assert all(one.pays for one in crowded)  # alone it does
    taken = found.filled.taken
    assert "price" in {one.key for one in taken}
    for one in taken:
        assert np.median(marginal(found.setting, taken, one) - one.cost) > 0
    label = next(one for one in crowded if one.group == "label")
    beside = marginal(found.setting, [*taken, label], label)
    assert np.median(beside - label.cost) <= 0
    assert tables.verdict(found, label).en == "not beside the rest"


def test_evpi_is_within_that_of_everything(found: Study) -> None:
    known = found.knowledge
    assert known.total >= 0
    for one in known.each:
        assert 0 <= one.worth.value <= known.total + found.knowledge.floor.high
    assert [one.worth.value for one in known.each] == sorted(
        (one.worth.value for one in known.each), reverse=True
    )
    aside = next(one for one in known.each if one.path == "unit.tokens_per_answer")
    assert not aside.clear  # nothing in the model asks for it


def test_bets_are_told_with_the_outcome_after_which_to_stop(found: Study) -> None:
    partners, reseller = found.bets
    assert partners.go
    assert partners.worth > partners.blind
    assert re.search(r"stop after month \d with (no success|fewer than)", partners.stop.en)
    assert "停止" in partners.stop.zh
    assert reseller.worth >= max(0.0, reseller.blind)
    assert "average so far is below" in reseller.stop.en


def test_a_bet_played_by_its_rule_brings_what_backward_induction_says(tmp_path: Path) -> None:
    made = plan(
        tmp_path,
        "bets: [{name: sure, cost: 1000, months: 5, successes: 2, failures: 2, worth: 3000}]",
        discount="0.2",
        draws="20000",
    )
    found = study(made, 5000)
    option = by_key(found)["bet-sure"]
    assert float(option.net.mean()) == pytest.approx(
        found.bets[0].worth * 1.2 ** (-1 / 12), rel=0.03
    )  # the rule pays at the month's beginning, the model at its end


def test_the_section_speaks_both_languages_and_dumps_as_json(found: Study) -> None:
    made = told(found)
    for language in ("en", "zh"):
        text = json.dumps(made.as_dict(language), ensure_ascii=False, allow_nan=False)
        assert "first-light" in text
        for chart in made.charts:
            spec = chart.spec(language)
            assert spec["layer"]
    assert re.search("[\u4e00-\u9fff]", made.answer.zh)
    assert "$5,000" in made.answer.en
    assert {table.key for table in made.tables} >= {
        "invest.options", "invest.doing", "invest.bets", "invest.left", "invest.assumed",
    }  # fmt: skip


def test_without_a_release_or_an_errors_cost_what_is_missing_is_said(tmp_path: Path) -> None:
    made = plan(tmp_path, value="{error_cost: null}")
    _, left = weigh(Setting.of(made, 5000))
    whys = {one.key: one.why for one in left}
    assert "value.error_cost" in whys["label"].en
    assert "value.error_cost" in whys["larger"].zh
    none = plan(tmp_path, releases="[]")
    _, left = weigh(Setting.of(none, 5000))
    assert "about.releases" in next(one for one in left if one.key == "rung").why.en
    assert any(one.key == "invest.release" for one in section(none, 5000).cautions)


def test_at_the_top_of_the_ladder_no_rung_is_offered(tmp_path: Path) -> None:
    made = plan(tmp_path, rung="full")
    options, left = weigh(Setting.of(made, 5000))
    assert not [one for one in options if one.group == "rung"]
    assert "top of the ladder" in next(one for one in left if one.key == "rung").why.en


CLIMBED = (("baseline", 0.69), ("probe", 0.71), ("contrast", None), ("top", 0.74))


def shown(rung: str, *rows: tuple[str, float | None]) -> list[dict[str, Any]]:
    return [{"rung": name, "value": value, "chosen": name == rung} for name, value in rows]


@pytest.mark.parametrize(
    ("task", "rung", "rows", "ahead"),
    [
        ("text-classification", "contrast", (("probe", 0.6), ("contrast", 0.7)),
         ("top", "adapter", "full")),
        ("text-classification", "pseudo", (*CLIMBED, ("pseudo", 0.75), ("distill", None)),
         ("adapter", "full", "distill")),  # it builds on `top`, the best of the others
        ("text-classification", "larger", (*CLIMBED, ("full", 0.8), ("larger", 0.81)), ()),
        ("text-classification", "probe", (("probe", 0.6), ("contrast", None)),
         ("top", "adapter", "full")),  # its labels have rows enough
        ("token-classification", "tagger", (("tagger", 0.8),), ("full",)),
        ("text-generation", "prompted", (("prompted", 0.3),), ("adapter", "full")),
        ("tabular-classification", "boosted", (("baseline", 0.7), ("boosted", 0.8)),
         ("mlp", "blend")),
        ("of-a-plugin", "one", (("one", 0.3), ("two", None)), ("two",)),
    ],
)  # fmt: skip
def test_what_lies_ahead_is_of_the_tasks_own_ladder(
    tmp_path: Path,
    task: str,
    rung: str,
    rows: tuple[tuple[str, float | None], ...],
    ahead: tuple[str, ...],
) -> None:
    release(Home(tmp_path), rung=rung, task=task, ladder=shown(rung, *rows))
    evidence = of(plan(tmp_path))
    assert evidence is not None
    assert evidence.ahead() == ahead


def test_a_gain_that_nobody_measured_is_said_to_be_assumed(tmp_path: Path) -> None:
    ladder = shown("tagger", ("tagger", 0.8))
    release(Home(tmp_path), rung="tagger", task="token-classification", ladder=ladder)
    options, _ = weigh(Setting.of(plan(tmp_path), 5000))
    rung = next(one for one in options if one.key == "rung-full")
    assert "nobody has measured it" in rung.notes[0].en
    assert "没有实测" in rung.notes[0].zh


def test_few_rows_a_label_gain_otherwise(tmp_path: Path) -> None:
    labels = {f"label {i}": {"train": 12, "validation": 3} for i in range(5)}
    told = {"data": {"train": 60, "validation": 15, "test": 100}}
    release(Home(tmp_path), check={"profile": {"labels": labels}}, **told)
    options, _ = weigh(Setting.of(plan(tmp_path), 5000))
    by_rung = {one.key: one for one in options if one.group == "rung"}
    assert "rung-contrast" in by_rung
    effect = by_rung["rung-full"].effect
    assert effect is not None
    most = gain(Standing("probe", 0.7085, 0.7, few=True), "full").most / (1 - 0.7085)
    assert most != gain(Standing("probe", 0.7085, 0.7), "full").most / (1 - 0.7085)
    assert 1 - effect.factors["unit.error_rate"].min() == pytest.approx(most, rel=0.05)


def test_rows_are_chosen_by_label_and_a_larger_base_is_named_in_the_recipe(
    found: Study, tmp_path: Path
) -> None:
    command = by_key(found)["label-500"].command
    assert "seedbed label RECIPE --rows unlabelled.csv --most 500 --out queue.csv" in command
    assert "`larger: NAME`" in by_key(found)["larger"].notes[0].en
    assert "`larger: NAME`" in by_key(found)["larger"].notes[0].zh
    release(Home(tmp_path), task="text-regression")
    options, _ = weigh(Setting.of(plan(tmp_path), 5000))
    label = next(one for one in options if one.key == "label-500")
    assert label.command.startswith("seedbed predict first-light --file")


def test_one_measured_point_is_said_to_be_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    release(home, learning_curve=[])
    options, _ = weigh(Setting.of(plan(tmp_path), 5000))
    label = next(one for one in options if one.key == "label-500")
    assert "one measured point" in label.notes[1].en
    assert "一个实测点" in label.notes[1].zh
    evidence = of(plan(tmp_path))
    assert evidence is not None
    assert len(evidence.curve()) == 1


def test_priors_in_dollars_are_not_taken_for_yuan(tmp_path: Path) -> None:
    options, left = weigh(Setting.of(plan(tmp_path, currency="CNY"), 5000))
    assert "invest.label_cost" in next(one for one in left if one.key == "label").why.en
    assert "survey" in {one.key for one in left}
    own = plan(tmp_path, "invest: {label_cost: 0.5..2, work_hour: 100..300}", currency="CNY")
    options, _ = weigh(Setting.of(own, 5000))
    label = next(one for one in options if one.key == "label-500")
    assert 400 < float(np.median(label.cost)) < 1500


def test_no_work_and_the_files_own_rows(tmp_path: Path) -> None:
    made = plan(tmp_path, "invest: {work_hour: 0, label_cost: 0.2, label_rows: [100]}")
    options, _ = weigh(Setting.of(made, 5000))
    labels = [one for one in options if one.group == "label"]
    assert [one.key for one in labels] == ["label-100"]
    assert labels[0].cost == pytest.approx(20.0)


def test_a_survey_resolves_more_with_more_answers_but_never_everything() -> None:
    elasticity = np.random.default_rng(0).normal(1.8, 0.4, 5000)
    shares = [resolved(elasticity, n) for n in (10, 100, 1000, 10**6)]
    assert shares == sorted(shares)
    assert shares[-1] < 1  # people buy otherwise than they say


@pytest.mark.parametrize("money", [0, -5, float("nan"), float("inf")])
def test_a_sum_that_is_none_is_refused(tmp_path: Path, money: float) -> None:
    with pytest.raises(VentureWrong, match="above 0"):
        study(plan(tmp_path, BETS), money)


def test_what_the_model_needs_is_asked_for(tmp_path: Path) -> None:
    made = plan(tmp_path, elasticity="null", utilisation="null")
    with pytest.raises(MeasurementMissing, match=r"unit\.utilisation"):
        section(made)


def test_a_tie_of_many_names_three() -> None:
    titles = [Said(f"option {i}", f"选项 {i}") for i in range(14)]
    said = _tie(titles).said
    assert said.en == (
        "the first 14 cannot be told apart by their money per money:"
        " option 0; option 1; option 2; and 11 more"
    )
    assert said.zh.endswith("选项 0；选项 1；选项 2；另有 11 项")
    assert "more" not in _tie(titles[:3]).said.en


def test_the_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from invest_sample import text

    from seedbed.cli import app

    release(Home(tmp_path / "home"))
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "home"))
    (tmp_path / "venture.yaml").write_text(text(draws=500), encoding="utf-8")
    ran = CliRunner().invoke(app, ["plan", "invest", str(tmp_path), "--money", "5000", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["data"]["money"] == 5000
    assert {"rank", "per_money", "command", "rests"} <= set(told["data"]["options"][0])
    assert any("venture.yaml" in one["command"] for one in told["data"]["options"])


def test_what_is_left_and_what_is_spent_add_up_to_the_sum(found: Study) -> None:
    """The median of a sum is not the sum of medians: both figures are of the sum."""
    cost = float(np.median(found.together.cost))
    assert len(found.filled.taken) > 2
    assert found.filled.cost == pytest.approx(cost)
    assert found.filled.left == pytest.approx(max(5000 - cost, 0))
