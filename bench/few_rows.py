"""banking77 with ten rows a label, the whole ladder beside a plain twin.

The twin is a logistic regression on the frozen features of the same rows. Five draws of the
training rows each; the test rows are the set's own.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bench.base import Figure, rows, tune
from seedbed.backbones import base
from seedbed.backbones.modalities.base import choose
from seedbed.recipe import Train
from seedbed.tune.features import extract
from seedbed.tune.inputs import Encoded

MANY, REACH = 10, 0.87
DRAWS = 5
MINUTES = 8


def run() -> list[Figure]:
    return [figure(MANY, REACH)]


def figure(many: int, reach: float) -> Figure:
    folder = rows("banking77")
    found = [_one(folder, many, seed) for seed in range(DRAWS)]
    ours, twins = (np.array([one[key] for one in found]) for key in ("ours", "twin"))
    gap, sd = ours - twins, float(ours.std(ddof=1))
    seconds = float(np.mean([one["seconds"] for one in found]))
    rungs = Counter(one["rung"] for one in found)
    chosen = ", ".join(f"`{rung}` {times}" for rung, times in rungs.most_common())
    return Figure(
        f"banking77, {many} rows a label, accuracy, mean of {DRAWS} draws",
        f"≥ {reach}",
        f"{ours.mean():.4f} (sd {sd:.4f}; chosen: {chosen}; {seconds:.0f} s); frozen features and "
        f"a logistic regression {twins.mean():.4f}, gain {gap.min():+.4f} to {gap.max():+.4f}",
        bool(ours.mean() >= reach),
        {"draws": found},
    )


def _one(folder: Path, many: int, seed: int) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    drawn = draw(folder / "train.csv", many, seed)
    with (home / "train.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *drawn])
    run = tune(
        {
            "name": "few",
            "data": {"train": str(home / "train.csv"), "test": str(folder / "test.csv")},
            "budget": {"minutes": MINUTES},
            "judge": {"robustness_rows": 50, "explained_rows": 0},
            "gate": {"engines": ["torch-float32", "openvino-bf16"]},
            "seed": seed,
        },
        home=home,
    )
    print(f"    draw {seed}: {run.metric('accuracy'):.4f} by `{run.report['rung']}`", flush=True)
    return {
        "ours": run.metric("accuracy"),
        "twin": _twin(drawn, _read(folder / "test.csv"), home),
        "rung": run.report["rung"],
        "seconds": run.seconds,
        "ladder": run.report["ladder"],
    }


def draw(path: Path, many: int, seed: int) -> list[tuple[str, str]]:
    """Return as many rows of each label, drawn by a seed."""
    every, kept = _read(path), Counter[str]()
    random.Random(seed).shuffle(every)
    found = []
    for text, label in every:
        if kept[label] < many:
            kept[label] += 1
            found.append((text, label))
    return found


def _read(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def _twin(train: list[tuple[str, str]], test: list[tuple[str, str]], cache: Path) -> float:
    """Return the accuracy of scikit-learn's logistic regression on frozen features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    backbone = base.fetch("minilm", cache)
    modality = choose(backbone, Train(), [text for text, _ in train])
    network = modality.network(backbone.folder)
    known, asked = (
        extract(network, Encoded(modality, modality.encode([t for t, _ in part])), lambda _: None)
        for part in (train, test)
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(known, [label for _, label in train])
    return float(model.score(asked, [label for _, label in test]))
