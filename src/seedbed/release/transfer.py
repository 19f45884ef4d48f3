"""Starting from another release: its encoder, tuned on other rows, in the base model's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.data.load import LeftOut, Loaded
from seedbed.data.table import Table
from seedbed.errors import TooFewRows, WrongValue
from seedbed.home import Home, read_json
from seedbed.recipe import Recipe, override
from seedbed.release import seen, store
from seedbed.tasks.base import Task

LEAST = 30
"""Validation rows that are enough to choose by where the others had been learnt before."""


def start(home: Home, recipe: Recipe) -> tuple[Recipe, Path | None]:
    """Return the recipe, its `transfer` pinned to a number, and that release's folder.

    `base` becomes what that release began with.

    Raises:
        ReleaseMissing: there is no such release.
        ReleaseDamaged: a file of it is missing or altered.
        WrongValue: it has no encoder to start from, or the recipe's `base` is another.
    """
    if recipe.transfer is None:
        return recipe, None
    from seedbed.backbones import prefixed

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
    if prefixed.kept(found.folder / "model") is not None:
        raise WrongValue(
            expected="transfer: a release whose encoder was tuned",
            got=f"{found.name}/{found.number}, a prefix before the base model's own encoder",
            do="Name one with another train.adapter, or one that `top` or `full` made.",
            where="transfer",
        )
    base = read_json(found.folder / "report.json")["base"]
    if "base" in recipe.model_fields_set and recipe.base != base:
        raise WrongValue(
            expected=f"base: {base}, which {found.name}/{found.number} began with, or none",
            got=recipe.base,
            do="Take base: out, for transfer: puts that release's encoder in its place; or take"
            " transfer: out.",
            where="base",
        )
    changes = {"transfer": store.named(home, found), "base": base}
    return override(recipe, changes), found.folder


def learnt(before: Sequence[Path], test: Table, task: Task) -> frozenset[int]:
    """Return the numbers of the test rows that releases learnt from have learnt."""
    texts, numbers = task.texts(test), np.asarray(test.numbers)
    return frozenset(row for one in before for row in numbers[seen.seen(one, texts)].tolist())


def fresh(loaded: Loaded, before: Path | None, task: Task) -> Loaded:
    """Return the rows without the validation rows that the release started from has learnt.

    Its answers to these show memory: rungs, settings, calibration and the bar would be chosen by
    rows that are too easy. They are left out, and listed.

    Raises:
        TooFewRows: fewer than half of them are left, and fewer than `LEAST`.
    """
    held = loaded.validation
    known = np.zeros(len(held), bool) if before is None else seen.seen(before, task.texts(held))
    if not known.any():
        return loaded
    left = int((~known).sum())
    if left < min(LEAST, len(held) / 2):
        raise TooFewRows(
            expected="validation rows that the release named in transfer: has not learnt",
            got=f"{left:,} of {len(held):,}",
            do="Give other validation rows in a file of their own (data.validation), or take"
            " transfer: out.",
            where=str(held.path),
        )
    out = [LeftOut("validation", int(row), "learnt_before") for row in held.numbers[known]]
    return replace(loaded, validation=held.take(~known), left_out=[*loaded.left_out, *out])


def as_begun(recipe: Recipe, run: Path) -> Recipe:
    """Return the recipe of a run to be resumed, naming the releases that the run began with.

    Of `transfer: x` and `distill: [x]` it is the newest release, which may be another since.
    """
    begun = recipes.load(run / "recipe.yaml")
    changes: dict[str, str | list[str]] = {}
    if recipe.transfer and begun.transfer and _is_of(begun.transfer, recipe.transfer):
        changes["transfer"] = begun.transfer
    if len(recipe.distill) == len(begun.distill):
        pairs = zip(begun.distill, recipe.distill, strict=True)
        changes["distill"] = [then if _is_of(then, now) else now for then, now in pairs]
    return override(recipe, changes)


def _is_of(pinned: str, name: str) -> bool:
    """Tell whether `x/3` is a release that `x` has meant once."""
    return pinned.rpartition("/")[0] == name.removesuffix("@latest").rstrip("/")
