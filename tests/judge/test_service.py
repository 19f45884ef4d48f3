"""How well each group is answered, of every task whose answers are no labels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from seedbed.judge.fairness import Sensitive, fairness
from seedbed.judge.report import page
from seedbed.judge.report.charts import draw
from seedbed.judge.scored import Scored
from seedbed.recipe import Data, Judge, Value
from seedbed.tasks import found
from seedbed.tasks.answers import Answers
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tasks.text_generation import TextGeneration
from seedbed.tasks.text_regression import TextRegression
from seedbed.tasks.token_classification import TokenClassification

ROWS = 400
GROUP = np.random.default_rng(1).choice(["near", "far"], ROWS)
WRONG = np.random.default_rng(2).random(ROWS) < np.where(GROUP == "far", 0.6, 0.1)
"""Far rows are answered wrongly more often, whatever the task."""
DATA = Data(train="rows.csv")
Made = tuple[Task, Schema, Targets, Floats]


def values() -> Made:
    """Give numbers in a column whose standard deviation is 10, wrong by 20 where they are wrong."""
    truth = np.random.default_rng(3).normal(size=ROWS).astype(np.float32)
    scores = (truth + 2 * WRONG)[:, None].astype(np.float32)
    return TextRegression(DATA), Schema(("score",), width=10.0), truth, scores


def tags() -> Made:
    """Give sentences of two words, a person and a place; a wrong one misses the place."""
    truth = np.tile([1, 3], (ROWS, 1))
    said = truth.copy()
    said[WRONG, 1] = 0
    schema = Schema(("O", "B-person", "I-person", "B-place", "I-place"))
    return TokenClassification(DATA), schema, truth, np.eye(5, dtype=np.float32)[said]


def ranks() -> Made:
    """Give questions whose answer comes first, or third where it is wrong."""
    likeness = np.tile([0.9, 0.8, 0.7], (ROWS, 1))
    likeness[WRONG, 0] = 0.1
    return Answers(DATA), Schema(("text_b",)), np.zeros((ROWS, 1), int), found.best(likeness)


def texts() -> Made:
    """Give answers of ten tokens, each half as likely where they are wrong."""
    sums = np.stack([10 * np.where(WRONG, 2.0, 1.0), np.full(ROWS, 10), np.full(ROWS, 5)], 1)
    schema = Schema(("answer",))
    return TextGeneration(DATA), schema, np.zeros(ROWS, int), sums.astype(np.float32)


def judged(made: Made, column: Any = GROUP) -> list[dict[str, Any]]:
    task, schema, truth, scores = made
    scored = Scored(
        task, schema, task.metrics[0], Judge(bootstrap=300), 0, 1.0, [""] * ROWS, [""] * ROWS,
        np.arange(ROWS), truth, scores, lambda inputs: scores,
    )  # fmt: skip
    cells = [str(cell) for cell in column]
    return fairness(
        scored, Sensitive({"where": cells}, {"where": cells}, scores, truth, None, Value())
    )


@pytest.mark.parametrize("made", [values, tags, ranks, texts])
def test_a_group_that_is_answered_worse_is_found(made: Any) -> None:
    (one,) = judged(made())
    by_name = {group["group"]: group for group in one["groups"]}
    assert {name: group["worse"] for name, group in by_name.items()} == {"far": True, "near": False}
    gap = one["gap"]
    assert 0 < gap["low"] < gap["value"] < gap["high"]
    measured = "error" if made is values else None
    best, least = (by_name[gap[end]] for end in ("most", "least"))
    at = [part[measured]["value"] if measured else part["value"] for part in (best, least)]
    assert gap["value"] == pytest.approx(at[0] - at[1])
    assert gap["most"] == ("far" if measured else "near")
    json.dumps(one, allow_nan=False)


@pytest.mark.parametrize("made", [values, tags, ranks, texts])
def test_groups_that_are_answered_alike_are_not_called_worse(made: Any) -> None:
    (one,) = judged(made(), np.random.default_rng(4).choice(["a", "b", "c"], ROWS))
    assert not any(group["worse"] for group in one["groups"])


def test_errors_are_in_the_columns_unit_and_have_a_sign() -> None:
    (one,) = judged(values())
    far = next(group for group in one["groups"] if group["group"] == "far")
    assert one["compared"] == "error"
    assert far["error"]["value"] == pytest.approx(20 * WRONG[GROUP == "far"].mean(), rel=1e-4)
    assert far["bias"]["value"] == pytest.approx(far["error"]["value"])  # all too high
    assert far["error"]["low"] < far["error"]["value"] < far["error"]["high"]


def test_spans_are_counted_by_type_in_each_group() -> None:
    (one,) = judged(tags())
    far = next(group for group in one["groups"] if group["group"] == "far")
    person, place = far["labels"]
    assert (person["label"], person["f1"]) == ("person", 1.0)
    assert place["recall"] == pytest.approx(1 - WRONG[GROUP == "far"].mean())


def test_ages_are_cut_into_bands_and_few_rows_left_out() -> None:
    (one,) = judged(values(), np.arange(ROWS) % 60)
    assert len(one["groups"]) == 3
    assert judged(values(), np.where(np.arange(ROWS) < 5, "few", "most")) == []


@pytest.mark.parametrize("made", [values, tags, ranks, texts])
def test_the_page_says_it_in_both_languages(made: Any) -> None:
    report = {"name": "n", "number": 1, "task": made()[0].name, "metric": made()[0].metrics[0]}
    shown = page.fill(report | {"fairness": judged(made())}, dict.fromkeys(draw({})))
    assert "How well each group is answered" in shown
    assert "各组回答得怎样" in shown
    assert "最大差距" in shown
    assert ("各组各类型的 F1" in shown) == (made is tags)
    assert ("平均绝对误差" in shown) == (made is values)
