"""Numbers as answers: read, scored, promised, released."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rows
from scipy.stats import pearsonr, spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from seedbed import recipe as recipes
from seedbed.data.read import table
from seedbed.data.table import Table
from seedbed.errors import LabelMissing, OneClass, ValueUnreadable, WrongValue
from seedbed.home import Home
from seedbed.judge.calibration import half_width
from seedbed.recipe import Data
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.tasks.base import Promise, Schema
from seedbed.tasks.settle import settled
from seedbed.tasks.statistics import bootstrap, paired_bootstrap
from seedbed.tasks.text_regression import TextRegression
from seedbed.tune.events import Events
from seedbed.tune.linear import fit

TASK = TextRegression(Data(train="rows.csv", label="score"))
SCHEMA = Schema(("score",), centre=2.0, width=4.0)


def read(tmp_path: Path, cells: list[str]) -> Table:
    path = tmp_path / "rows.csv"
    path.write_text("text,score\n" + "".join(f"a text,{cell}\n" for cell in cells), "utf-8")
    return table(path, ["text", "score"])


def agreeing(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n).astype(np.float32)
    good = (0.8 * truth + 0.5 * rng.normal(size=n)).astype(np.float32)
    poor = (0.4 * truth + 0.8 * rng.normal(size=n)).astype(np.float32)
    return truth, good, poor


def test_numbers_are_centred_inside_and_in_their_own_unit_outside(tmp_path: Path) -> None:
    found = read(tmp_path, ["-2", "2", "6", "2e0"])
    schema = TASK.schema(found)
    assert schema.labels == ("score",)
    targets = TASK.targets(found, schema)
    assert targets.mean() == pytest.approx(0, abs=1e-6)
    assert targets.std() == pytest.approx(1, abs=1e-6)
    assert [TASK.said(one, schema) for one in targets] == ["-2", "2", "6", "2"]
    answer = TASK.answer(targets[2:3], schema, Promise(half=0.5))
    assert answer["value"] == pytest.approx(6)
    assert answer["high"] - answer["low"] == pytest.approx(schema.width, rel=1e-4)


@pytest.mark.parametrize(
    ("cells", "error", "row"),
    [
        (["1", "", "3"], LabelMissing, "2"),
        (["1", "2 USD", "3"], ValueUnreadable, "row 2"),
        (["1", "2", "nan"], ValueUnreadable, "row 3"),
        (["1", "2", "1e999"], ValueUnreadable, "row 3"),
        (["5", "5.0", "5"], OneClass, "only 5"),
    ],
)
def test_what_is_no_number_is_refused(
    tmp_path: Path, cells: list[str], error: type[Exception], row: str
) -> None:
    with pytest.raises(error) as raised:
        TASK.schema(read(tmp_path, cells))
    assert row in str(raised.value)


def test_metrics_are_those_of_scikit_learn_and_scipy() -> None:
    truth, answers, _ = agreeing(400)
    ours = {name: TASK.metric(name, truth, answers, SCHEMA) for name in TASK.metrics}
    assert ours["r2"] == pytest.approx(r2_score(truth, answers), abs=1e-6)
    assert ours["pearson"] == pytest.approx(pearsonr(truth, answers)[0], abs=1e-6)
    assert ours["spearman"] == pytest.approx(spearmanr(truth, answers)[0], abs=1e-6)


def test_an_interval_holds_the_true_value_as_often_as_it_says() -> None:
    large, answers, _ = agreeing(200_000, seed=9)
    true = TASK.metric("r2", large, answers, SCHEMA)
    inside = 0
    for seed in range(100):
        truth, ours, _ = agreeing(250, seed)
        found = bootstrap(TASK, SCHEMA, "r2", truth, ours, resamples=400, seed=seed)
        inside += found.low <= true <= found.high
    assert 88 <= inside <= 100


def test_a_better_model_is_told_from_a_worse_one() -> None:
    truth, good, poor = agreeing(300)
    found = paired_bootstrap(TASK, SCHEMA, "r2", truth, good, poor)
    assert found.low > 0
    assert found.p < 0.01
    same = paired_bootstrap(TASK, SCHEMA, "r2", truth, good, good.copy())
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_the_head_is_that_of_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 12)).astype(np.float32)
    targets = (features @ rng.normal(size=12) + rng.normal(size=500)).astype(np.float32)
    ours = fit(features, targets, 1, l2=0.1)
    theirs = Ridge(alpha=0.1 * 500).fit(features, targets)
    np.testing.assert_allclose(ours.weight[0], theirs.coef_, atol=2e-3)
    assert ours.bias[0] == pytest.approx(theirs.intercept_, abs=2e-3)


def test_the_promised_band_holds_new_truths() -> None:
    covered = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        half = half_width(np.abs(rng.standard_t(3, 60)).astype(np.float32), 0.9)
        assert half is not None
        covered.append((np.abs(rng.standard_t(3, 2000)) <= half).mean())
    assert np.mean(covered) == pytest.approx(0.9 + 0.5 / 61, abs=0.012)
    assert half_width(np.ones(8, np.float32), 0.9) is None


def test_the_task_fills_in_what_the_recipe_leaves_open() -> None:
    plain = recipes.parse("name: n\ntask: text-regression\ndata: {train: a.csv}")
    full, _ = settled(plain)
    assert full.quality.metric == "r2"
    assert full.ladder.order[:2] == ("baseline", "probe")
    wrong = recipes.override(plain, {"quality.metric": "r_2"})
    with pytest.raises(WrongValue, match="'r2'"):
        settled(wrong)


def test_from_rows_to_a_release_that_answers_with_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = ["awful", "poor", "fair", "good", "great"]
    lines = ["text,stars"]
    for i in range(600):
        stars = int(rng.integers(5))
        lines.append(f"the {words[stars]} thing number {i},{stars + rng.normal(0, 0.3):.2f}")
    (tmp_path / "rows.csv").write_text("\n".join(lines), "utf-8")
    rows.two_layers(tmp_path / "base")
    recipe = recipes.parse(
        f"name: stars\ntask: text-regression\nbase: {tmp_path / 'base'}\n"
        f"data: {{train: {tmp_path / 'rows.csv'}, label: stars}}\n"
        "ladder: {only: baseline}\njudge: {bootstrap: 200, robustness_rows: 20}"
    )
    release = build(recipe, Home(tmp_path / "home"), Events())
    report = release.read("report.json")
    assert report["metrics"]["r2"]["value"] > 0.8
    assert report["interval"]["promised"] == pytest.approx(0.9)
    assert "confusion" not in report
    assert report["compared"][0]["with"] == "mean"
    (answer,) = Predictor(release).answers(["the great thing number 7"])
    assert answer["low"] < answer["value"] < answer["high"]
    assert answer["value"] == pytest.approx(4, abs=0.6)
    page = (release.folder / "report.html").read_text("utf-8")
    assert "How far off it is" in page
    assert "差多少" in page
