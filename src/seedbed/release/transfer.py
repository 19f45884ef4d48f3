"""Starting from another release: its encoder, tuned on other rows, in the base model's place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.data import sentences
from seedbed.data.findings import Finding
from seedbed.data.findings import build as finding
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


def learnt(before: Sequence[Path], rows: Table, task: Task) -> frozenset[int]:
    """Return the numbers of the rows that releases learnt from have learnt."""
    texts, numbers = task.texts(rows), np.asarray(rows.numbers)
    return frozenset(row for one in before for row in numbers[seen.seen(one, texts)].tolist())


def fresh(loaded: Loaded, before: Path | None, teachers: Sequence[Path], task: Task) -> Loaded:
    """Return the rows without the validation rows that a release learnt from has learnt.

    Its answers to these show memory: rungs, settings, calibration and the bar would be chosen by
    rows that are too easy. They are left out, and listed. Those that only teachers have learnt stay
    where too few would be left: a teacher of the same rows is what one has, and what learns from it
    is told of the training rows alone. `findings` tells of them.

    Raises:
        TooFewRows: without those that the release started from has learnt, fewer than half are
            left, and fewer than `LEAST`.
    """
    held = loaded.validation
    known = learnt(() if before is None else (before,), held, task)
    if _too_few(len(held) - len(known), held):
        raise TooFewRows(
            expected="validation rows that the release named in transfer: has not learnt",
            got=f"{len(held) - len(known):,} of {len(held):,}",
            do="Give other validation rows in a file of their own (data.validation), or take"
            " transfer: out.",
            where=str(held.path),
        )
    more = known | learnt(teachers, held, task)
    known = known if _too_few(len(held) - len(more), held) else more
    if not known:
        return loaded
    out = [LeftOut("validation", row, "learnt_before") for row in sorted(known)]
    left = held.take(~np.isin(held.numbers, list(known)))
    return replace(loaded, validation=left, left_out=[*loaded.left_out, *out])


def findings(
    loaded: Loaded, before: Path | None, teachers: Sequence[Path], task: Task
) -> Iterator[Finding]:
    """Yield what the report is to say of rows that releases learnt from have learnt, and stay."""
    known = 0 if before is None else len(learnt((before,), loaded.train, task))
    if known:
        yield finding("learnt_train", "note", known, sentences.learnt_train(known))
    taught = len(learnt(teachers, loaded.validation, task))
    if taught:
        yield finding("taught_before", "warning", taught, sentences.taught_before(taught))


def _too_few(left: int, held: Table) -> bool:
    return left < min(LEAST, len(held) / 2)


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
