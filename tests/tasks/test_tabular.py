from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from seedbed.data.table import Table
from seedbed.errors import ColumnMissing, OneClass, RowUnreadable
from seedbed.recipe import Data
from seedbed.tasks.base import Schema
from seedbed.tasks.statistics import bootstrap, paired_bootstrap
from seedbed.tasks.tabular_classification import TabularClassification
from seedbed.tasks.tabular_regression import TabularRegression

TWO, THREE = Schema(("a", "b")), Schema(("a", "b", "c"))


def table(**columns: list[str]) -> Table:
    count = len(next(iter(columns.values())))
    return Table(Path("rows.csv"), columns, np.arange(1, count + 1))


def task(**data: object) -> TabularClassification:
    return TabularClassification(Data(train="rows.csv", **data))


def test_a_row_is_all_columns_but_those_of_another_part() -> None:
    rows = table(x=["1", "2"], sex=["f", "m"], day=["1", "2"], no=["9", "8"], label=["a", "b"])
    kind = task(sensitive=["sex"], time="day", leave_out=["no"])
    assert list(kind.inputs(rows)) == [{"x": "1"}, {"x": "2"}]
    assert kind.texts(rows) == ["x: 1", "x: 2"]
    with pytest.raises(ColumnMissing, match="leave_out"):
        task(leave_out=["nope"]).inputs(rows)
    with pytest.raises(OneClass):
        kind.schema(table(x=["1"], label=["a"]))


def test_what_is_asked_must_be_a_row() -> None:
    assert task().typed('{"x": 1}', Path()) == {"x": 1}
    for wrong in ("hello", "[1]", "3"):
        with pytest.raises(RowUnreadable):
            task().typed(wrong, Path())


@pytest.mark.parametrize("labels", [2, 3])
def test_auc_is_scikit_learns(labels: int) -> None:
    draw = np.random.default_rng(1)
    truth = draw.integers(labels, size=300)
    scores = draw.dirichlet(np.ones(labels), 300).round(2).astype(np.float32)
    scores[np.arange(300), truth] += 0.3
    schema = TWO if labels == 2 else THREE
    got = task().metric("auc", truth, scores, schema)
    if labels == 2:
        assert got == pytest.approx(roc_auc_score(truth, scores[:, 1]))
    else:
        each = [roc_auc_score(truth == i, scores[:, i]) for i in range(3)]
        assert got == pytest.approx(np.mean(each))


def test_the_interval_of_auc_covers_as_often_as_it_says() -> None:
    """A resample's area is taken from the sample's placements: the interval must still hold."""
    draw, inside = np.random.default_rng(2), 0
    truth = np.repeat([0, 1], [140, 60])
    theory = 0.7602  # Φ(1/√2), of normals one apart
    for _ in range(150):
        high = draw.normal(size=200) + truth
        scores = np.stack([-high, high], axis=1)
        found = bootstrap(task(), TWO, "auc", truth, scores, resamples=400)
        inside += found.low <= theory <= found.high
    assert 0.9 <= inside / 150 <= 0.99


def test_a_better_model_is_told_by_its_paired_interval() -> None:
    draw = np.random.default_rng(3)
    truth = draw.integers(2, size=400)
    good, poor = (truth + draw.normal(0, width, 400) for width in (0.5, 3.0))
    one, other = (np.stack([-x, x], axis=1) for x in (good, poor))
    gap = paired_bootstrap(task(), TWO, "auc", truth, one, other, resamples=400)
    assert gap.low > 0
    assert gap.p < 0.05


def test_scores_are_what_auc_looks_at() -> None:
    scores = np.array([[0.4, 0.6]], dtype=np.float32)
    assert task().judged("auc", scores, TWO) is scores
    assert task().judged("accuracy", scores, TWO).tolist() == [1]
    assert TabularClassification.metrics[0] == "auc"
    assert np.isnan(task().metric("auc", np.zeros(3, int), np.zeros((3, 2)), TWO))


def test_a_number_is_answered_in_its_unit() -> None:
    kind = TabularRegression(Data(train="rows.csv", label="price"))
    rows = table(x=["1", "2"], price=["10", "30"])
    assert list(kind.inputs(rows)) == [{"x": "1"}, {"x": "2"}]
    assert kind.schema(rows).centre == 20.0
