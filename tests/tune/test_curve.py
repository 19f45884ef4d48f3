"""The learning curve's points: each with the penalty that its rows ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows

from seedbed import recipe as recipes
from seedbed.data.table import Table
from seedbed.tasks.settle import settled
from seedbed.tune import curve
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Events
from seedbed.tune.rungs.probe import Probe


def test_the_penalty_grows_as_rows_get_fewer() -> None:
    assert curve.penalty(3e-3, 1.0) == 3e-3
    assert curve.penalty(3e-3, 0.1) == pytest.approx(3e-2)
    assert curve.penalty(0.3, 0.1) == 1.0
    assert curve.penalty(1.0, 0.5) == 1.0


def test_the_curve_ends_with_the_penalty_that_the_probe_chose(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = rows.context(small, tmp_path, rows=60, held=30)
    Probe(context).climb()
    chosen = Probe(context).penalty()
    asked: list[float] = []
    fit = curve.fit

    def watched(*given: Any, l2: float, **more: Any) -> Any:
        asked.append(l2)
        return fit(*given, l2=l2, **more)

    monkeypatch.setattr(curve, "fit", watched)
    curve.learning_curve(context)
    shares = [0.1] * 3 + [0.25] * 3 + [0.5] * 3 + [1.0]
    assert asked == [curve.penalty(chosen, share) for share in shares]
    assert asked[-1] == chosen


def table(count: int, seed: int) -> Table:
    """Rows of four columns and a label that one of them nearly tells."""
    draw = np.random.default_rng(seed)
    cells = draw.normal(size=(count, 4))
    right = cells[:, 0] + draw.normal(size=count) > 0
    columns = {f"c{i}": [f"{one:.3f}" for one in cells[:, i]] for i in range(4)}
    columns["label"] = ["yes" if one else "no" for one in right]
    return Table(Path("made.csv"), columns, np.arange(1, count + 1))


def of_a_table(folder: Path, count: int, **changes: Any) -> Context:
    raw = {"name": "t", "task": "tabular-classification", "data": {"train": "made.csv"}}
    recipe, task = settled(recipes.validate(raw | changes))
    train, held = table(count, 0), table(150, 1)
    schema = task.schema(train)
    parts = (Split.of(task, part, schema) for part in (train, held))
    clock = Clock(600)
    return Context(recipe, task, schema, *parts, folder, folder / "cache", clock, Events())


def test_it_is_measured_with_a_rung_that_has_made_its_features(small: Path, tmp_path: Path) -> None:
    texts = rows.context(small, tmp_path / "texts", rows=30, held=15)
    assert curve.measured_with(texts, ["baseline"]) is None
    assert curve.measured_with(texts, ["baseline", "probe"]) == "probe"
    assert len(texts.pooled) == 45  # by a rung that was climbed in the probe's place
    assert curve.measured_with(texts, ["baseline"]) == "probe"
    assert curve.measured_with(texts, ["baseline", "twin", "full"]) == "twin"
    cells = of_a_table(tmp_path / "cells", 40)
    assert curve.measured_with(cells, ["baseline", "boosted"]) == "baseline"
    assert curve.measured_with(cells, ["boosted"]) is None


def test_a_long_table_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve, "MOST_ROWS", 39)
    assert curve.measured_with(of_a_table(tmp_path, 40), ["baseline"]) is None


def test_a_tables_curve_rises(tmp_path: Path) -> None:
    context = of_a_table(tmp_path, 600, quality={"metric": "auc"})
    found = curve.learning_curve(context, rung="baseline")
    assert [point["rows"] for point in found] == [60, 150, 300, 600]
    assert all(point["low"] <= point["value"] <= point["high"] for point in found)
    assert found[0]["value"] < found[-1]["value"]
    assert found[-1]["value"] > 0.75


@pytest.mark.parametrize("count", [6, 12])
def test_a_table_of_few_rows_has_a_curve_too(count: int, tmp_path: Path) -> None:
    found = curve.learning_curve(of_a_table(tmp_path, count), rung="baseline")
    assert [point["rows"] for point in found][-1] == count
    assert all(0 <= point["value"] <= 1 for point in found)


def test_weights_of_labels_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = of_a_table(tmp_path, 40, train={"class_weights": "balanced"})
    asked: list[Any] = []
    fit = curve.fit

    def watched(*given: Any, weights: Any, **more: Any) -> Any:
        asked.append(weights)
        return fit(*given, weights=weights, **more)

    monkeypatch.setattr(curve, "fit", watched)
    curve.learning_curve(context, rung="baseline")
    assert [len(weights) for weights in asked] == [4] * 3 + [10] * 3 + [20] * 3 + [40]
    assert len(np.unique(asked[-1])) == 2
