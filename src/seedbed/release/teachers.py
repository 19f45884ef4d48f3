"""Other releases as teachers: what they say of rows is learnt by the rung `distill`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seedbed.errors import WrongValue
from seedbed.home import Home
from seedbed.recipe import Recipe, override
from seedbed.release import store
from seedbed.release.predictor import Predictor
from seedbed.tasks.base import Floats, Schema


def found(home: Home, recipe: Recipe) -> tuple[Recipe, tuple[Path, ...]]:
    """Return the recipe, its teachers pinned to a number each, and their folders.

    Raises:
        ReleaseMissing: there is no such release.
        ReleaseDamaged: a file of one is missing or altered.
    """
    releases = [store.find(home, name) for name in recipe.distill]
    if not releases:
        return recipe, ()
    names = [store.named(home, release) for release in releases]
    return override(recipe, {"distill": names}), tuple(one.folder for one in releases)


def opened(
    folders: Sequence[Path], schema: Schema
) -> tuple[Callable[[Sequence[Any]], Floats], ...]:
    """Return what answers inputs with chances (n, labels), one a teacher.

    Raises:
        WrongValue: one has other labels.
    """
    return tuple(_opened(folder, schema).scores for folder in folders)


def _opened(folder: Path, schema: Schema) -> Predictor:
    teacher = Predictor(folder)
    if teacher.schema != schema:
        raise WrongValue(
            expected=f"a teacher with the labels of the rows: {', '.join(schema.labels[:5])}, …",
            got=f"{folder.parent.name}/{folder.name}: {', '.join(teacher.schema.labels[:5])}, …",
            do="Name releases that were made of rows with the same labels.",
            where="distill",
        )
    return teacher
