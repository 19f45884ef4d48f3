"""What the judge really writes, on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import report_sample
from test_report import Page

from seedbed import recipe
from seedbed.judge.calibration import calibrate
from seedbed.judge.judge import Evidence, judge
from seedbed.judge.report import render
from seedbed.tasks.base import Floats, Schema
from seedbed.tasks.text_classification import TextClassification

ROWS = 400


@pytest.fixture(scope="module", params=[False, True], ids=["single-label", "multi-label"])
def judged(request: pytest.FixtureRequest) -> dict[str, Any]:
    separator = ";" if request.param else None
    task = TextClassification(recipe.Data(train="train.csv", label_separator=separator))
    schema = Schema(("refund", "card <b>", "退款"), multi_label=request.param)
    settings = recipe.Judge(bootstrap=100, robustness_rows=60, explained_rows=6)
    draw = np.random.default_rng(3)
    truth = draw.integers(0, 3, ROWS)
    hot = np.eye(3, dtype=np.int64)[truth]
    logits = (4 * hot - 2 + draw.normal(0, 1.3, (ROWS, 3))).astype(np.float32)
    targets = hot if request.param else truth
    words = ("please refund me", "my card & <i>PIN</i>", "我要退款，谢谢")

    def predict(texts: Sequence[str]) -> Floats:
        return np.array([[len(text) % 7, text.count("a"), 1] for text in texts], np.float32)

    texts = [f"{words[i]} {n}" for n, i in enumerate(truth)]
    evidence = Evidence(
        task=task,
        schema=schema,
        metric="accuracy",
        bar=0.9,
        settings=settings,
        seed=0,
        inputs=texts,
        texts=texts,
        numbers=np.arange(1, ROWS + 1),
        truth=targets,
        logits=logits,
        calibration=calibrate(task, schema, logits, targets, settings),
        rivals={"release 2": logits[:, ::-1].copy()},
        predict=predict,
        groups=["app" if n % 3 else "网页" for n in range(ROWS)],
        leaked=frozenset({1, 2}),
        near=True,
        check={"profile": {}, "findings": []},
        engines_kept=1,
    )
    return judge(evidence)


def test_the_page_of_a_judged_model(judged: dict[str, Any]) -> None:
    whole = report_sample.report(k=3, rows=300) | judged
    read = Page(render(whole))
    for reason in judged["verdict"]["reasons"]:
        assert " ".join(reason["said"]["zh"].split("`")) in " ".join(read.text.split("`"))
    for part in ("confusion", "trust", "robustness", "groups", "worst", "explained"):
        assert part in read.ids
    assert read.tags["i"] < 100  # the rows' own markup stays text
    assert "<i>PIN</i>" in read.text
    assert any(name == "class" and value == "for" for _, name, value in read.attributes)
    assert "None" not in read.text
