"""What the judge says of tables: scorecard, fairness, reasons."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from seedbed.backbones.head import Linear
from seedbed.backbones.tabular import Tabular
from seedbed.judge.bands import banded
from seedbed.judge.fairness import Sensitive, fairness
from seedbed.judge.reasons import Reasons, top
from seedbed.judge.scorecard import BASE, ODDS, PDO, scorecard
from seedbed.judge.scored import Scored
from seedbed.recipe import Data, Judge, Value
from seedbed.tasks.base import Schema
from seedbed.tasks.tabular_classification import TabularClassification

SCHEMA = Schema(("bad", "good"))
TASK = TabularClassification(Data(train="rows.csv"))


def test_points_add_up_to_the_log_odds() -> None:
    draw = np.random.default_rng(0)
    rows = [{"x": f"{draw.normal():.3f}" if i % 7 else "", "c": "abc"[i % 3]} for i in range(200)]
    table = Tabular.fit(rows, TASK)
    head = Linear(
        *(draw.normal(size=shape).astype(np.float32) for shape in ((2, len(table.mean)), 2))
    )
    card = scorecard(table, head, SCHEMA, "good", temperature=1.5)
    assert card is not None
    logits = head.logits(table.transform(rows))
    odds = (logits[:, 1] - logits[:, 0]) / 1.5
    wanted = BASE + PDO / math.log(2) * (odds - math.log(ODDS))
    by_name = {
        one["column"]: {b["bin"]: b["points"] for b in one["bins"]} for one in card["columns"]
    }
    cuts = table.places[0].cuts
    names = [name for name, _ in table.places[0].bins()]
    for row, score in zip(rows[:50], wanted, strict=False):
        at = names[np.searchsorted(cuts, float(row["x"]))] if row["x"] else ""
        points = by_name["x"][at] + by_name["c"][row["c"]]
        assert points == pytest.approx(score, abs=1.01)  # two roundings
    for one in card["columns"]:
        assert sum(b["share"] for b in one["bins"]) == pytest.approx(1, abs=1e-3)


def test_there_are_no_points_of_three_labels() -> None:
    table = Tabular.fit([{"x": "1"}, {"x": "2"}], TASK)
    head = Linear(np.zeros((3, len(table.mean)), np.float32), np.zeros(3, np.float32))
    assert scorecard(table, head, Schema(("a", "b", "c")), "a") is None


def scored(truth: np.ndarray, wished: np.ndarray) -> Scored:
    scores = np.stack([1 - wished, wished], axis=1).astype(np.float32)
    n = len(truth)
    return Scored(
        TASK, SCHEMA, "auc", Judge(bootstrap=500), 0, 1.0, [{}] * n, [""] * n,
        np.arange(n), truth, scores, lambda inputs: scores,
    )  # fmt: skip


def test_a_group_that_is_given_less_is_found_and_levelled() -> None:
    draw = np.random.default_rng(0)
    group = draw.choice(["f", "m"], 2000)
    deserves = draw.integers(2, size=2000)
    wished = np.clip(0.5 + 0.25 * (deserves - 0.5) + 0.2 * (group == "m") - 0.1
                     + draw.normal(0, 0.1, 2000), 0, 1)  # fmt: skip
    held, test = slice(0, 1000), slice(1000, None)
    one = scored(deserves[test], wished[test])
    told = Sensitive(
        {"sex": group[test].tolist()},
        {"sex": group[held].tolist()},
        np.stack([1 - wished[held], wished[held]], axis=1).astype(np.float32),
        deserves[held],
        "good",
        Value(error_cost=10, monthly_requests=1000),
    )
    (found,) = fairness(one, told)
    assert found["parity"]["most"] == "m"
    assert found["parity"]["low"] > 0.3
    parity, opportunity = found["remedies"]
    assert abs(parity["parity"]["value"]) < 0.1
    assert abs(opportunity["opportunity"]["value"]) < 0.1
    assert parity["money"] == pytest.approx(-parity["accuracy"]["value"] * 10 * 1000)
    rates = {one["group"]: one["selected"]["value"] for one in found["groups"]}
    assert rates["m"] - rates["f"] == pytest.approx(found["parity"]["value"])


def test_numbers_are_cut_into_bands() -> None:
    held, test = banded([str(i) for i in range(90)], ["0", "50", "89", ""])
    assert len(set(held)) == 3
    assert test == [held[0], held[50], held[89], "?"]
    assert banded(["f", "m"], ["m"]) == (["f", "m"], ["m"])


def test_reasons_count_towards_the_answer() -> None:
    found = np.array([[[0.5, -1.0], [-0.5, 1.0]]], dtype=np.float32)
    reasons = Reasons(["age", "pay"], found)
    weights = reasons.towards(np.array([[0.3, 0.7]]), SCHEMA, values=False)
    assert weights.tolist() == [[-1.0, 2.0]]  # to the log-odds of the second label
    assert top({"age": 35, "pay": None}, reasons.columns, weights[0]) == [
        {"column": "pay", "cell": "", "weight": 2.0},
        {"column": "age", "cell": "35", "weight": -1.0},
    ]
    unit = reasons.towards(np.zeros((1, 1)), Schema(("y",), width=10.0), values=True)
    assert unit.tolist() == [[5.0, -10.0]]


def test_the_sections_of_a_table_stand_on_the_page(tmp_path: Path) -> None:
    from seedbed.judge.report import page

    report = {
        "name": "credit", "number": 1, "task": "tabular-classification", "metric": "auc",
        "importance": [{"column": "age <b>", "share": 0.7}, {"column": "pay", "share": 0.3}],
        "scorecard": {"positive": "good", "base": 600, "odds": 50, "pdo": 20, "released": False,
                      "columns": [{"column": "age", "spread": 9,
                                   "bins": [{"bin": "≤ 30", "points": 21, "share": 0.4}]}]},
    }  # fmt: skip
    shown = page.fill(report, dict.fromkeys(_charts()))
    assert "age &lt;b&gt;" in shown
    assert 'id="scorecard"' in shown
    assert ">21<" in shown
    assert 'id="fairness"' not in shown


def _charts() -> list[str]:
    from seedbed.judge.report.charts import draw

    return list(draw({}))
