"""Labels that are probably wrong: of which tasks they are looked for, and by whose answers.

Before any training the rows are answered by the baseline, out of fold: seconds. After a climb they
are answered by the probe, which knows more; where it was passed over, by what was chosen instead,
that answered at least the validation rows without having learnt from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.data.findings import Check, Finding
from seedbed.data.labels import label_errors
from seedbed.data.load import Loaded
from seedbed.data.split import together
from seedbed.recipe import Recipe
from seedbed.tasks.base import Schema, Task
from seedbed.tune.rungs.baseline import Baseline, out_of_fold

if TYPE_CHECKING:
    from seedbed.tune.climb import Climb


def looked_for(task: Task) -> bool:
    """Tell whether labels can be doubted: what came of a table's row is seldom wrong."""
    return task.output == "label" and task.reads != "table"


def before(recipe: Recipe, loaded: Loaded, task: Task, schema: Schema, check: Check) -> Finding:
    """Return the training rows whose label the baseline contradicts."""
    train, column = loaded.train, recipe.data.group
    assert check.clusters is not None, "the check looked for duplicates"
    near = check.clusters[: len(train)]
    groups = together(near, train.columns[column] if column else None)
    inputs, targets = task.inputs(train), task.targets(train, schema)
    scores = out_of_fold(task, inputs, targets, schema, recipe.seed, groups=groups)
    shown = task.shown(train)
    return label_errors(train, targets, scores, schema, texts=shown, model=Baseline.name)


def after(climb: Climb, loaded: Loaded, task: Task, schema: Schema) -> list[Finding]:
    """Return the rows whose label the probe contradicts, or else the rung that was chosen."""
    rung = "probe" if "probe" in climb.candidates else climb.chosen
    held = climb.candidates[rung].held
    chances = task.scores(held.logits, schema)
    return [
        label_errors(
            answered,
            held.targets[mask],
            chances[mask],
            schema,
            texts=task.shown(answered),
            model=rung,
            split=name,
        )
        for name, table in (("train", loaded.train), ("validation", loaded.validation))
        if (mask := held.split == name).any()
        for answered in [table.take(np.isin(table.numbers, held.numbers[mask]))]
    ]
