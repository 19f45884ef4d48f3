"""Numbers from texts: R² on four kinds of sentences, against TF-IDF with ridge regression."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.base import Figure, rows, tune
from seedbed.data.read import table
from seedbed.data.table import Table
from seedbed.release.predictor import Predictor
from seedbed.tasks.base import Floats
from seedbed.tasks.statistics import paired_bootstrap

FILES = ("tweets", "product_reviews", "movie_reviews", "news_editorials")
MINUTES = 4


def run() -> list[Figure]:
    return [one(rows("vader_rated_sentences") / f"{name}.csv") for name in FILES]


def one(path: Path) -> Figure:
    """Set a fifth of a file aside, tune on the rest, and compare with the twin on the fifth."""
    found = table(path, ["text", "score"])
    order = np.random.default_rng(0).permutation(len(found))
    test, train = found.take(order[: len(order) // 5]), found.take(order[len(order) // 5 :])
    with tempfile.TemporaryDirectory() as scratch:
        for name, part in (("train", train), ("test", test)):
            lines = [part.columns["text"], part.columns["score"]]
            _write(Path(scratch) / f"{name}.csv", lines)
        made = tune(
            {
                "name": "score",
                "task": "text-regression",
                "data": {
                    "train": f"{scratch}/train.csv",
                    "test": f"{scratch}/test.csv",
                    "label": "score",
                },
                "budget": {"minutes": MINUTES},
            }
        )
    predictor = Predictor(made.release)
    truth = predictor.task.targets(test, predictor.schema)
    ours = predictor.logits(list(test.columns["text"]))[:, 0]
    theirs = _ridge(train.columns["text"], _numbers(train), test.columns["text"])
    theirs = (theirs - predictor.schema.centre) / predictor.schema.width
    gap = paired_bootstrap(
        predictor.task, predictor.schema, "r2", truth, ours, theirs.astype(np.float32)
    )
    r2 = predictor.task.metric("r2", truth, ours, predictor.schema)
    return Figure(
        f"vader_rated_sentences, {path.stem}: R² against a TF-IDF ridge",
        "significantly above",
        f"{r2:.3f} by `{made.report['rung']}`, {gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"
        f" in {made.seconds:.0f} s",
        gap.low > 0,
        {"r2": r2, "difference": gap.as_dict(), "ladder": made.report["ladder"]},
    )


def _ridge(texts: Sequence[str], scores: Floats, asked: Sequence[str]) -> Floats:
    """Answer by the twin: words and pairs of them, the penalty chosen by cross-validation."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    twin = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), Ridge())
    search = GridSearchCV(twin, {"ridge__alpha": [0.3, 1, 3, 10, 30]}, cv=5)
    found: Floats = search.fit(texts, scores).predict(asked)
    return found


def _numbers(part: Table) -> Floats:
    return np.array([float(cell) for cell in part.columns["score"]])


def _write(path: Path, columns: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "score"])
        writer.writerows(zip(*columns, strict=True))
