"""Starting from another release: its encoder, tuned on other rows, in the base model's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seedbed import registry
from seedbed.data.table import Table
from seedbed.errors import WrongValue
from seedbed.home import Home, read_json
from seedbed.recipe import Recipe, override
from seedbed.release import seen, store
from seedbed.tasks.base import Task


def start(home: Home, recipe: Recipe) -> tuple[Recipe, Path | None]:
    """Return the recipe, its `transfer` pinned to a number, and that release's folder.

    `base` becomes what that release began with.

    Raises:
        ReleaseMissing: there is no such release.
        ReleaseDamaged: a file of it is missing or altered.
        WrongValue: it has no encoder to start from.
    """
    if recipe.transfer is None:
        return recipe, None
    if registry.kind("tasks", recipe.task).reads == "table":
        raise WrongValue(
            expected="transfer: with a task whose rows an encoder reads",
            got=recipe.task,
            do="Take it out: what a table's columns mean is not another table's.",
            where="transfer",
        )
    found = store.find(home, recipe.transfer)
    if found.manifest["kind"] != "encoder":
        raise WrongValue(
            expected="transfer: a release with an encoder",
            got=f"{found.name}/{found.number}, made by `{found.manifest['rung']}`",
            do="Name one that a rung such as `top` or `full` made: seedbed releases.",
            where="transfer",
        )
    base = read_json(found.folder / "report.json")["base"]
    changes = {"transfer": store.named(home, found), "base": base}
    return override(recipe, changes), found.folder


def learnt(before: Sequence[Path], test: Table, task: Task) -> frozenset[int]:
    """Return the numbers of the test rows that releases learnt from have learnt."""
    texts, numbers = task.texts(test), np.asarray(test.numbers)
    return frozenset(row for one in before for row in numbers[seen.seen(one, texts)].tolist())
