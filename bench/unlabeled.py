"""fewclue_tnews with 20,000 titles without labels: the ladder with the levers, and without them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.base import Figure, model, rows
from seedbed import recipe as recipes
from seedbed import registry
from seedbed.data.load import load
from seedbed.data.read import table
from seedbed.release.gate import reference
from seedbed.tasks.settle import settled
from seedbed.tasks.statistics import paired_bootstrap
from seedbed.tune.climb import Climb, Climber, choose
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Events

LEVER = "pseudo"


def run() -> list[Figure]:
    """Climb every rung once; the plain ladder chooses among all but the lever's."""
    folder = rows("fewclue_tnews")
    names = {"train": "train", "validation": "dev", "test": "test", "unlabeled": "unlabeled"}
    raw = {
        "name": "topics",
        "data": {key: str(folder / f"{name}.csv") for key, name in names.items()},
        "base": str(model("e5-small-zh-en")),
        "ladder": {"stop": False},
        "budget": {"minutes": 30},
    }
    recipe, task = settled(recipes.validate(raw))
    loaded = load(recipe, task)
    assert loaded.unlabeled is not None
    schema = task.schema(loaded.train)
    with tempfile.TemporaryDirectory() as scratch:
        context = Context(
            recipe,
            task,
            schema,
            Split.of(task, loaded.train, schema),
            Split.of(task, loaded.validation, schema),
            Path(scratch),
            Path(scratch) / "cache",
            Clock(recipe.budget.minutes * 60),
            Events(),
            unlabeled=task.inputs(loaded.unlabeled),
        )
        climb = Climber(context).run()
        plain = choose(context, _without(climb))
        asked = Split.of(task, table(loaded.test.path, list(task.columns() or {})), schema)
        answers = {name: _answers(context, climb, name, asked) for name in climb.candidates}
        seconds = climb.candidates[LEVER].seconds
    scores = {name: float((told == asked.targets).mean()) for name, told in answers.items()}
    held = {name: one.value for name, one in climb.intervals.items()}
    gap = paired_bootstrap(
        task, schema, "accuracy", asked.targets, answers[climb.chosen], answers[plain]
    )
    return [
        Figure(
            f"fewclue_tnews, {len(context.train):,} rows and {len(context.unlabeled):,} without "
            "labels: gain of the levers over the plain ladder, accuracy",
            "significant",
            f"{scores[climb.chosen]:.4f} by `{climb.chosen}` against {scores[plain]:.4f} by "
            f"`{plain}`: {100 * gap.value:+.1f} points ({100 * gap.low:+.1f} to "
            f"{100 * gap.high:+.1f}); `{LEVER}` took {seconds:.0f} s",
            gap.low > 0,
            {"test": scores, "validation": held},
        )
    ]


def _without(climb: Climb) -> Climb:
    found = {name: one for name, one in climb.candidates.items() if name != LEVER}
    return replace(
        climb, candidates=found, intervals={name: climb.intervals[name] for name in found}
    )


def _answers(context: Context, climb: Climb, name: str, asked: Split) -> np.ndarray:
    one = climb.candidates[name]
    engine = registry.kind("engines", reference(one.kind))(one.folder.parent, 2)
    scores = context.task.scores(engine.logits(asked.inputs), context.schema)
    return context.task.decide(scores, context.schema)
