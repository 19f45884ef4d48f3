"""What a release says of the label that is wished for: who is given it, and its points."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.backbones import plain
from seedbed.backbones.tabular import Tabular
from seedbed.data.load import Loaded
from seedbed.data.table import Table
from seedbed.errors import WrongValue
from seedbed.judge.calibration import Calibration
from seedbed.judge.fairness import Sensitive
from seedbed.judge.scorecard import scorecard
from seedbed.recipe import Recipe, nearest
from seedbed.tasks.base import Schema
from seedbed.tune.climb import Climb
from seedbed.tune.context import Context
from seedbed.tune.rungs.base import Held


def label(recipe: Recipe, schema: Schema) -> str | None:
    """Return the label that the recipe wishes for, if any.

    Raises:
        WrongValue: the rows have no such label.
    """
    named = recipe.data.positive
    if named is not None and named not in schema.labels:
        near = nearest(named, schema.labels)
        raise WrongValue(
            expected=f"data.positive: one of {', '.join(schema.labels[:20])}",
            got=repr(named),
            do=f"Did you mean {near!r}?" if near else "Leave it out for the commonest.",
        )
    return named


def sensitive(
    context: Context, held: Held, loaded: Loaded, test: Table, temperature: float
) -> Sensitive | None:
    """Return what fairness is judged by: the recipe's columns, of test and of held-out rows."""
    names = context.recipe.data.sensitive
    if not names:
        return None
    tables = {"train": loaded.train, "validation": loaded.validation}
    places = {
        split: {int(number): i for i, number in enumerate(table.numbers)}
        for split, table in tables.items()
    }
    rows = [
        (tables[split], places[split][int(number)])
        for split, number in zip(held.split, held.numbers, strict=True)
    ]
    return Sensitive(
        {name: test.column(name, key="data.sensitive") for name in names},
        {name: [table.columns[name][i] for table, i in rows] for name in names},
        context.task.scores(held.logits, context.schema, temperature),
        held.targets,
        _wished(context) if context.task.output == "label" else None,
        context.recipe.value,
    )


def points(context: Context, climb: Climb, calibration: Calibration) -> dict[str, Any] | None:
    """Return the scorecard of the linear model of a table, whether it is the release or not."""
    linear = climb.candidates.get("baseline")
    if context.task.reads != "table" or context.task.output != "label" or linear is None:
        return None
    table, head = plain.load(linear.folder)
    assert isinstance(table, Tabular), "it reads a table"
    chosen = climb.chosen == "baseline"
    warmth = calibration.temperature if chosen else 1.0
    found = scorecard(table, head, context.schema, _wished(context), warmth)
    return found and found | {"released": chosen}


def _wished(context: Context) -> str:
    named = label(context.recipe, context.schema)
    if named is not None:
        return named
    targets = context.train.targets
    counts = targets.sum(axis=0) if targets.ndim == 2 else np.bincount(targets)
    return context.schema.labels[int(counts.argmax())]
