"""Fills in what a recipe leaves to its task."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from seedbed import registry
from seedbed.errors import WrongValue
from seedbed.recipe import Recipe, nearest, override
from seedbed.tasks.base import Task

ASKED = {"larger": ("larger",), "data.unlabeled": ("pseudo", "distill"), "distill": ("distill",)}
"""Keys of a recipe → the rungs that read what each names; the first is what it adds on top of the
ladder."""


def settled(recipe: Recipe) -> tuple[Recipe, Task]:
    """Return the recipe with the task's metric and rungs where it names none, and the task.

    Raises:
        KindUnknown: there is no such task.
        WrongValue: the task has no such metric; a rung is named that the ladder lacks; a key is
            given whose rung the written ladder lacks; or word pieces are to be left out of what is
            no text, or `pretrain` to be tried on it.
    """
    task: Task = registry.kind("tasks", recipe.task)(recipe.data)
    metric = recipe.quality.metric or task.metrics[0]
    if metric not in task.metrics:
        near = nearest(metric, task.metrics)
        raise WrongValue(
            expected=f"quality.metric: one of {', '.join(task.metrics)} ({task.name})",
            got=repr(metric),
            do=f"Did you mean {near!r}?" if near else "Take the key out for the first of them.",
        )
    if recipe.train.augment == "words" and not _tunes_texts(task):
        raise WrongValue(
            expected="train.augment: words with a task whose texts a rung reads row by row",
            got=recipe.task if task.output != "rank" else f"{recipe.task}, data.match: answer",
            do="Take it out" + " (pictures: train.move)" * (task.reads == "image") + ".",
            where="train.augment",
        )
    if recipe.pretrain is not None and not takes(task, "pretrain"):
        raise WrongValue(
            expected="pretrain: with a task of single texts, which the rung `probe` or `prompted`"
            " answers",
            got=recipe.task,
            do="Take it out, or set task: text-classification, text-regression or text-generation.",
            where="pretrain",
        )
    if recipe.base != task.base and "base" not in recipe.model_fields_set:
        recipe = override(recipe, {"base": task.base})
    more = asked(recipe, task)
    if recipe.ladder.rungs:
        _check_listed(recipe, recipe.ladder.rungs)
    if recipe.quality.metric and recipe.ladder.rungs:
        return recipe, task
    rungs = recipe.ladder.rungs or (*task.rungs, *more)
    return override(recipe, {"quality.metric": metric, "ladder.rungs": list(rungs)}), task


def asked(recipe: Recipe, task: Task) -> list[str]:
    """Return the rungs beyond the task's own that the recipe's other keys ask for.

    Raises:
        WrongValue: the task has no use for one of these keys.
    """
    named = _named(recipe)
    for key in named:
        if not takes(task, key):
            raise WrongValue(
                expected=f"{key}: with a task that labels texts or pictures",
                got=task.name,
                do="Take the key out.",
                where=key,
            )
    return [ASKED[key][0] for key in named]


def takes(task: Task | type[Task], key: str) -> bool:
    """Tell whether a task has a use for `pretrain`, `transfer`, or a key that asks for a rung."""
    if key == "pretrain":  # single texts, each with a label, a number or an answer
        return (task.reads == "text" and task.output in ("label", "value")) or task.output == "text"
    if key == "transfer":
        return task.reads not in ("table", "chat")
    return task.reads != "table" and (key == "larger" or task.output == "label")


def unasked(recipe: Recipe, rungs: Collection[str]) -> dict[str, Any]:
    """Return the changes that take out the keys which no rung of a ladder reads."""
    nothing: dict[str, Any] = {"larger": None, "data.unlabeled": None, "distill": []}
    return {key: nothing[key] for key in _named(recipe) if not {*ASKED[key]} & {*rungs}}


def _named(recipe: Recipe) -> list[str]:
    """Return the keys that are given of those which ask for a rung."""
    given = {
        "larger": recipe.larger,
        "data.unlabeled": recipe.data.unlabeled,
        "distill": recipe.distill,
    }
    return [key for key, value in given.items() if value]


def _check_listed(recipe: Recipe, rungs: Collection[str]) -> None:
    for key in unasked(recipe, rungs):
        raise WrongValue(
            expected=f"{key}: with {' or '.join(ASKED[key])} in ladder.rungs, which reads it",
            got=", ".join(rungs),
            do=f"Add {ASKED[key][0]} to ladder.rungs, or take {key} out.",
            where=key,
        )


def _tunes_texts(task: Task) -> bool:
    """Tell whether a task's rows are texts that the training loop takes one by one."""
    return task.reads in ("text", "pair", "words") and task.output != "rank"
