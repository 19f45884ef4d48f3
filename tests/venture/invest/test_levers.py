"""Levers of the recipe: what a report measured, what the file believes, and no figure besides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed.errors import VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options import lever, weigh
from seedbed.venture.invest.section import section
from seedbed.venture.invest.setting import Setting
from venture.invest_sample import plan, release, text

ALL = ["unlabeled", "distill", "pretrain", "search", "transfer"]
BELIEVED = "invest: {levers: {distill: {gain: 0.05..0.15, cost: 10..30}}}"


def found(folder: Path, extra: str = "", **replaced: str) -> dict[str, Option | Left]:
    options, left = weigh(Setting.of(plan(folder, extra, **replaced), 5000))
    every: list[Option | Left] = [*options, *left]
    return {one.key: one for one in every if one.key.startswith("lever-")}


def why(one: Option | Left) -> str:
    assert isinstance(one, Left)
    assert re.search("[\u4e00-\u9fff]", one.why.zh)
    return one.why.en


def test_what_nobody_tried_has_no_figure_but_a_way_to_find_out(tmp_path: Path) -> None:
    every = found(tmp_path)
    assert list(every) == [f"lever-{name}" for name in ALL]
    for one, shape in zip(every.values(), lever.LEVERS, strict=True):
        said = why(one)
        assert "not measured on these rows yet" in said
        assert f"write `{shape.line}` into the recipe, then: seedbed tune RECIPE" in said
        assert f"invest.levers.{shape.name}:" in said
        assert "%" not in said


def test_every_line_for_a_recipe_is_one_that_a_recipe_takes() -> None:
    import yaml

    from seedbed import recipe

    for one in lever.LEVERS:
        told: dict[str, Any] = yaml.safe_load("name: demo\ndata: {train: rows.csv}")
        line = yaml.safe_load(one.line)
        told |= line | {"data": told["data"] | line.get("data", {})}
        recipe.parse(yaml.safe_dump(told))


def test_what_the_file_believes_is_weighed_and_said_to_be_believed(tmp_path: Path) -> None:
    made = plan(tmp_path, BELIEVED)
    setting = Setting.of(made, 5000)
    option = next(one for one in weigh(setting)[0] if one.key == "lever-distill")
    assert option.effect is not None
    gain = 1 - option.effect.factors["unit.error_rate"]
    assert np.quantile(gain, (0.05, 0.95)) == pytest.approx([0.05, 0.15], rel=0.05)
    assert option.worth.min() > 0
    work = setting.work("rung")
    assert np.quantile(option.cost - work, (0.05, 0.95)) == pytest.approx([10, 30], rel=0.05)
    (note,) = option.notes
    assert "an assumption of the venture file (venture, line" in note.en
    assert "`distill: [NAME]`" in note.zh
    assert "invest.levers.distill.gain" in made.register
    said = section(made, 5000)
    table = next(one for one in said.tables if one.key == "invest.options")
    assert any("learn from other releases" in str(row[1]) for row in table.rows)


def test_a_report_tells_of_what_was_tried(tmp_path: Path) -> None:
    rows = {"baseline": 0.69, "probe": 0.71, "pseudo": 0.70}
    ladder: list[dict[str, Any]] = [
        {"rung": one, "value": value, "chosen": one == "probe"} for one, value in rows.items()
    ]
    ladder.append({"rung": "top", "value": 0.68, "search": {"trials": 12}})
    facts = {"said": {"en": "Read 900 texts; not kept.", "zh": "读了 900 条文本；未采用。"}}
    release(Home(tmp_path), ladder=ladder, pretrain=facts)
    every = found(tmp_path)
    said = why(every["lever-unlabeled"])
    assert "`pseudo` reached macro_f1 0.7000 on held-out rows, `probe` 0.7100" in said
    assert "Read 900 texts; not kept." in why(every["lever-pretrain"])
    assert "`top` made 12 trials" in why(every["lever-search"])
    assert "not measured" in why(every["lever-distill"])


def test_what_is_in_the_release_is_not_to_be_gained_again(tmp_path: Path) -> None:
    ladder = [{"rung": "probe", "value": 0.71}, {"rung": "distill", "value": 0.74, "chosen": True}]
    release(Home(tmp_path), "distill", ladder=ladder)
    assert "it is in first-light/1 already" in why(found(tmp_path)["lever-distill"])


@pytest.mark.parametrize(
    ("task", "rung", "left"),
    [
        ("image-classification", "probe", ["unlabeled", "distill", "search", "transfer"]),
        ("text-regression", "probe", ["pretrain", "search", "transfer"]),
        ("token-classification", "tagger", ["search", "transfer"]),
        ("text-generation", "prompted", ["pretrain", "search"]),
        ("tabular-classification", "boosted", []),
    ],
)
def test_a_task_has_only_the_levers_that_its_recipes_take(
    tmp_path: Path, task: str, rung: str, left: list[str]
) -> None:
    ladder = [{"rung": rung, "value": 0.7, "chosen": True}]
    release(Home(tmp_path), rung, task=task, ladder=ladder)
    assert list(found(tmp_path)) == [f"lever-{name}" for name in left]


def test_a_belief_without_a_release_or_an_errors_cost_says_what_is_missing(tmp_path: Path) -> None:
    every = found(tmp_path, BELIEVED, value="{error_cost: null}")
    assert "value.error_cost" in why(every["lever-distill"])
    every = found(tmp_path, BELIEVED, releases="[]")
    assert list(every) == ["lever-distill"]
    assert "about.releases" in why(every["lever-distill"])


def larger(folder: Path, best: str, **values: float) -> Option | Left:
    ladder = [
        {"rung": one, "value": value, "low": value - 0.02, "high": value + 0.02}
        | {"chosen": one == best}
        for one, value in values.items()
    ]
    release(Home(folder), best, ladder=ladder)
    every: list[Option | Left] = [*_all(Setting.of(plan(folder), 5000))]
    return next(one for one in every if one.key == "larger")


def _all(setting: Setting) -> list[Option | Left]:
    options, left = weigh(setting)
    return [*options, *left]


def test_a_larger_base_that_was_tried_in_vain_is_no_option(tmp_path: Path) -> None:
    one = larger(tmp_path, "probe", probe=0.71, larger=0.70)
    assert "has tried it: `larger` reached macro_f1 0.7000" in why(one)


def test_a_larger_base_that_is_sold_is_no_option(tmp_path: Path) -> None:
    one = larger(tmp_path, "larger", probe=0.71, larger=0.75)
    assert "it is in first-light/1 already" in why(one)


def test_what_a_larger_base_gained_is_measured_not_believed(tmp_path: Path) -> None:
    one = larger(tmp_path, "probe", probe=0.70, larger=0.76)
    assert isinstance(one, Option)
    assert one.effect is not None
    gain = 1 - one.effect.factors["unit.error_rate"]
    # 6 of 30 points of errors; each value is ± 2 points with 95 %, so their difference ± 2.83
    assert np.median(gain) == pytest.approx(0.2, abs=1e-3)
    wide = 0.02 * np.sqrt(2) / 0.3 * 1.644854 / 1.959964
    assert np.quantile(gain, (0.05, 0.95)) == pytest.approx([0.2 - wide, 0.2 + wide], abs=2e-3)
    assert "invest.larger_gain" not in one.rests
    assert "first-light/1" in one.rests
    assert one.command == "seedbed tune RECIPE"
    assert "stays a prior" in one.notes[0].en
    assert "先验" in one.notes[0].zh


def test_a_lever_that_is_none_is_refused() -> None:
    with pytest.raises(VentureWrong):
        file.parse(text("invest: {levers: {magic: {gain: 0.1, cost: 1}}}"))
