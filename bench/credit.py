"""German credit: AUC of the ladder's choice over 10 folds, everything chosen inside each."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.base import Figure, rows
from seedbed import registry
from seedbed.data import read
from seedbed.data.table import Table
from seedbed.recipe import Data, Recipe
from seedbed.release.gate import reference
from seedbed.tasks.settle import settled
from seedbed.tune.climb import Climber
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Events
from seedbed.tune.folds import folds

FOLDS = 10
REACH = 0.795
FOREST = 0.7955
"""A tuned forest over 10 folds, as published (`anchors`)."""


def run() -> list[Figure]:
    whole = _table(rows("german_credit"))
    recipe, task = settled(
        Recipe(
            name="credit",
            task="tabular-classification",
            data=Data(train="train.csv", label="creditability"),
        )
    )
    truth = task.targets(whole, task.schema(whole))
    found: list[Mapping[str, float]] = []
    for learn, ask in folds(truth, FOLDS, seed=0):
        found.append(_fold(recipe, task, whole.take(np.sort(learn)), whole.take(np.sort(ask))))
        print(f"    {len(found)}: " + ", ".join(f"{k} {v:.4f}" for k, v in found[-1].items()))
    mean = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
    error = float(np.std([one["ladder"] for one in found], ddof=1) / np.sqrt(FOLDS))
    each = ", ".join(f"{name} {value:.4f}" for name, value in mean.items() if name != "ladder")
    return [
        Figure(
            f"German credit, AUC, {FOLDS} folds, all chosen inside",
            f"≥ {REACH} (a tuned forest: {FOREST})",
            f"{mean['ladder']:.4f} ± {error:.4f} (always {each})",
            mean["ladder"] >= REACH,
            {"mean": mean, "standard_error": error, "folds": [dict(one) for one in found]},
        )
    ]


def _table(folder: Path) -> Table:
    parts = [read.table(folder / name) for name in ("train.csv", "test.csv")]
    columns = {name: [*cells, *parts[1].columns[name]] for name, cells in parts[0].columns.items()}
    return Table(folder, columns, np.arange(1, sum(map(len, parts)) + 1))


def _fold(recipe: Recipe, task: Any, learn: Table, ask: Table) -> dict[str, float]:
    """Return the AUC on the rows asked of the ladder's choice, and of each rung."""
    schema = task.schema(learn)
    known, asked = Split.of(task, learn, schema), Split.of(task, ask, schema)
    aside = folds(known.targets, 10, seed=recipe.seed)[0]
    train, validation = (Split.of(task, learn.take(np.sort(part)), schema) for part in aside)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        clock, cache = Clock(600.0), run / "cache"
        context = Context(recipe, task, schema, train, validation, run, cache, clock, Events())
        climb = Climber(context).run()
        scores = {}
        for name, candidate in climb.candidates.items():
            engine = registry.kind("engines", reference(candidate.kind))
            logits = engine(candidate.folder.parent, 1).logits(asked.inputs)
            scores[name] = task.metric("auc", asked.targets, task.scores(logits, schema), schema)
    return {"ladder": scores[climb.chosen], **scores}
