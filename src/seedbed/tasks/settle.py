"""Fills in what a recipe leaves to its task."""

from __future__ import annotations

from seedbed import registry
from seedbed.errors import WrongValue
from seedbed.recipe import Recipe, nearest, override
from seedbed.tasks.base import Task

ASKED = {"larger": "larger", "data.unlabeled": "pseudo", "distill": "distill"}
"""Keys of a recipe → the rung that each adds on top of the ladder."""


def settled(recipe: Recipe) -> tuple[Recipe, Task]:
    """Return the recipe with the task's metric and rungs where it names none, and the task.

    Raises:
        KindUnknown: there is no such task.
        WrongValue: the task has no such metric; a rung is named that the ladder lacks; or word
            pieces are to be left out of what is no text, or `pretrain` to be tried on it.
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
    if recipe.pretrain is not None and not _is_probed(task):
        raise WrongValue(
            expected="pretrain: with a task of single texts, which the rung `probe` answers",
            got=recipe.task,
            do="Take it out, or set task: text-classification or text-regression.",
            where="pretrain",
        )
    if recipe.base != task.base and "base" not in recipe.model_fields_set:
        recipe = override(recipe, {"base": task.base})
    if recipe.quality.metric and recipe.ladder.rungs:
        return recipe, task
    rungs = recipe.ladder.rungs or (*task.rungs, *asked(recipe, task))
    return override(recipe, {"quality.metric": metric, "ladder.rungs": list(rungs)}), task


def asked(recipe: Recipe, task: Task) -> list[str]:
    """Return the rungs beyond the task's own that the recipe's other keys ask for.

    Raises:
        WrongValue: the task has no use for one of these keys.
    """
    keys = {
        "larger": bool(recipe.larger),
        "data.unlabeled": bool(recipe.data.unlabeled),
        "distill": bool(recipe.distill),
    }
    named = [key for key, given in keys.items() if given]
    for key in named:
        if task.reads == "table" or (key != "larger" and task.output != "label"):
            raise WrongValue(
                expected=f"{key}: with a task that labels texts or pictures",
                got=task.name,
                do="Take the key out.",
                where=key,
            )
    return [ASKED[key] for key in named]


def _tunes_texts(task: Task) -> bool:
    """Tell whether a task's rows are texts that the training loop takes one by one."""
    return task.reads in ("text", "pair", "words") and task.output != "rank"


def _is_probed(task: Task) -> bool:
    """Tell whether a task's rows are single texts, each with a label or a number."""
    return task.reads == "text" and task.output in ("label", "value")
