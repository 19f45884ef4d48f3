"""What every rung is given: the rows, the base model, the clock, and who listens."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones import base
from seedbed.backbones.base import Backbone
from seedbed.backbones.modalities.base import Modality, choose
from seedbed.data.table import Table
from seedbed.errors import WrongValue
from seedbed.recipe import Recipe, override
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tune.events import Events

if TYPE_CHECKING:
    from seedbed.tune.features import Speed

Index = NDArray[np.int64]

READS = {"words": "words", "chat": "causal"}
"""How a model of texts is read where a task asks for more than a vector a text."""
WRITING_SECONDS = 90.0
"""What it takes to see how fast answers are written, and how good some of them are."""
FEW_ROWS = 32
"""Training rows a label, at the median, up to which they count as few. What rungs gain then was
measured with 12 of them (`gains.json`); where between 12 and 130 that turns was not."""
TAUGHT_ROWS = 64
"""Training rows, about, by which it is measured how long teachers take."""
CHOICE_ROWS = 2000
"""Training rows, about, by which it is chosen how the base model is to read."""


@dataclass(frozen=True)
class Split:
    """Rows as a model sees them.

    Attributes:
        numbers: Their row numbers in the file (n,).
        inputs: What the model reads, n items.
        targets: The truth, as the task gives it.
        groups: Which rows no fold may divide (n,), numbered across the splits; None where each row
            is alone.
    """

    numbers: Index
    inputs: Sequence[Any]
    targets: Targets
    groups: Index | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, task: Task, table: Table, schema: Schema, groups: Index | None = None) -> Split:
        """Read a table by its task."""
        return cls(table.numbers, task.inputs(table), task.targets(table, schema), groups)


def seconds_of(recipe: Recipe) -> float:
    """Return the seconds that a recipe's budget comes to, of time and of money.

    Raises:
        WrongValue: there is a budget of money, and a machine that costs nothing.
    """
    budget, hour = recipe.budget, recipe.value.compute_hour
    seconds = budget.minutes * 60
    if budget.money is None:
        return seconds
    if not hour:
        raise WrongValue(
            expected="value.compute_hour: the price of an hour, to reckon budget.money by",
            got="0",
            do="Give value.compute_hour, or take budget.money out.",
        )
    return min(seconds, budget.money / hour * 3600)


@dataclass
class Clock:
    """The run's budget of time, counted from the first row read.

    Attributes:
        seconds: The whole budget.
        reserve: What the gate and the judge will need of it.
        spent_before: Seconds that a run took before it was resumed.
    """

    seconds: float
    reserve: float = 0.0
    spent_before: float = 0.0
    began: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> float:
        """Seconds since the run began, those before a resumption included."""
        return self.spent_before + time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Seconds that the ladder may still use; negative where overdrawn."""
        return self.seconds - self.reserve - self.spent


@dataclass
class Context:
    """One run's rows, base model, folder, clock and listeners.

    Attributes:
        recipe: The whole recipe.
        task: The task, made of the recipe.
        schema: The answers' shape.
        train: Rows to learn from.
        validation: Rows to choose by.
        run: The run's folder.
        cache: Where base models and features are kept between runs.
        clock: The budget of time.
        events: Who listens.
        test_rows: How many rows the judge will read; their time is kept in reserve.
        start: Folder of another release's model, or of what the base model became by reading on, to
            learn from in its place.
        unlabeled: What the model reads of the rows without labels.
        teachers: Others that answer rows with chances (n, labels), to be learnt from.
        learnt: Numbers of the training rows that `start` has learnt: no answer to them, out of fold
            or not, tells how good a model is.
    """

    recipe: Recipe
    task: Task
    schema: Schema
    train: Split
    validation: Split
    run: Path
    cache: Path
    clock: Clock
    events: Events
    test_rows: int = 0
    start: Path | None = None
    unlabeled: Sequence[Any] = ()
    teachers: Sequence[Callable[[Sequence[Any]], Floats]] = ()
    learnt: frozenset[int] = frozenset()

    @property
    def pretrained(self) -> bool:
        """Whether a base model reads the rows; what a table holds is read as it stands."""
        return self.task.reads != "table"

    @cached_property
    def backbone(self) -> Backbone:
        """The base model, fetched when first asked for."""
        found = base.fetch(str(self.start or self.recipe.base), self.cache)
        reads = READS.get(self.task.reads)
        if reads is None or found.modality != "text":
            return found
        return base.checked(replace(found, modality=reads))

    @cached_property
    def modality(self) -> Modality:
        """How the base model reads the rows."""
        some = [self.train.inputs[row] for row in self.some(CHOICE_ROWS)]
        return choose(self.backbone, self.recipe.train, some)

    @cached_property
    def encoded(self) -> tuple[list[Any], list[Any]]:
        """The training and the validation rows as the base model reads them, encoded once."""
        encode = self.modality.encode
        return encode(self.train.inputs), encode(self.validation.inputs)

    @cached_property
    def sizes(self) -> tuple[Index, Index]:
        """The size of each training and each validation row: what it costs to compute."""
        train, validation = map(self.modality.sizes, self.encoded)
        return train, validation

    @cached_property
    def others(self) -> tuple[list[Any], Index]:
        """The rows without labels as the base model reads them, and the size of each."""
        encoded = self.modality.encode(self.unlabeled)
        return encoded, self.modality.sizes(encoded)

    @cached_property
    def larger(self) -> Context:
        """The same run with the recipe's larger base model; what it keeps lies in its own folder.

        Texts are cut where the base model cuts them, so that both are asked the same. Settings of
        other rungs do not hold for it: they were chosen for the base model.
        """
        ladder = self.recipe.ladder
        passes = ladder.epochs.get("larger")
        changes = self.modality.pinned() | {"base": self.recipe.larger, "larger": None}
        changes["search.trials"] = 0  # what it would cost is seldom left
        own = ladder.settings.get("larger")
        told = {} if own is None else dict.fromkeys(ladder.order, own.model_dump())
        changes["ladder.settings"] = told
        if passes is not None:
            changes["ladder.epochs"] = dict.fromkeys(ladder.order, passes)
        recipe = override(self.recipe, changes)
        return replace(self, recipe=recipe, start=None, run=self.run / "larger")

    @cached_property
    def pooled(self) -> Floats:
        """Pooled features (n, d) of the frozen base model: the training rows', then the others'."""
        from seedbed.tune.features import pooled

        return pooled(self)

    @property
    def features(self) -> tuple[Floats, Floats]:
        """Pooled features of the frozen base model: (train, d) and (validation, d)."""
        return self.pooled[: len(self.train)], self.pooled[len(self.train) :]

    @cached_property
    def speed(self) -> Speed:
        """What this machine does in a second, measured."""
        from seedbed.tune.features import measure

        return measure(self)

    @cached_property
    def teaching(self) -> float:
        """Seconds in which all teachers together answer a row, measured on some training rows."""
        some = [self.train.inputs[row] for row in self.some(TAUGHT_ROWS)]
        for teacher in self.teachers:
            teacher(some[:1])  # the first warms up
        began = time.perf_counter()
        for teacher in self.teachers:
            teacher(some)
        return (time.perf_counter() - began) / len(some)

    @cached_property
    def rows_a_label(self) -> float:
        """Training rows of each label, at the median; infinite where a row has no single label."""
        targets = self.train.targets
        if self.task.output != "label" or targets.ndim == 2:
            return float("inf")
        return float(np.median(np.unique(targets, return_counts=True)[1]))

    def some(self, most: int) -> Index:
        """Return the positions of some training rows, sorted: all, or `most` drawn by the seed.

        Labels that the draw missed come on top, with a row each.
        """
        rows = np.arange(len(self.train))
        if len(rows) <= most:
            return rows
        drawn = np.random.default_rng(self.recipe.seed).choice(rows, most, replace=False)
        targets = self.train.targets
        if self.task.output != "label":
            return np.sort(drawn)
        if targets.ndim == 1:
            labels, first = np.unique(targets, return_index=True)
            missed = first[~np.isin(labels, targets[drawn])]
        else:
            missed = targets.argmax(axis=0)[targets[drawn].sum(axis=0) == 0]
        return np.unique(np.concatenate([drawn, missed]))

    @property
    def judged_rows(self) -> int:
        """Rows that the judge has answered, about."""
        judge = self.recipe.judge
        spoilt = 6 * min(judge.robustness_rows, self.test_rows)
        return self.test_rows + spoilt + 25 * judge.explained_rows

    def keep_reserve(self) -> None:
        """Set the time that the gate and the judge will need aside, by the measured speed.

        The gate answers up to a thousand validation rows with each of five engines, and of three
        pruned ones where they are asked for, and exports them; the judge answers the test rows, six
        spoilt copies of some, and some in pieces.
        """
        if not self.pretrained:
            self.clock.reserve = 20.0
            return
        engines = 9 if self.recipe.gate.prune else 6
        asked = self.judged_rows + engines * min(1000, len(self.validation))
        writing = WRITING_SECONDS * (self.task.output == "text")
        self.clock.reserve = 20 + writing + asked * float(self.sizes[0].mean()) / self.speed.forward

    @property
    def groups(self) -> Index | None:
        """Which training rows, then validation rows, no fold may divide; None: each is alone."""
        train, validation = self.train.groups, self.validation.groups
        if train is None or validation is None:
            return None
        return np.concatenate([train, validation])

    @cached_property
    def label_weights(self) -> Floats | None:
        """A weight for each label (labels,), or None where all rows count the same."""
        if self.recipe.train.class_weights == "none" or self.task.output != "label":
            return None
        return self.task.class_weights(self.train.targets, self.schema)

    def row_weights(self, targets: Targets) -> Floats | None:
        """Return a weight for each row (n,), or for each of its labels where multi-label."""
        weights = self.label_weights
        if weights is None:
            return None
        if targets.ndim == 2:
            found: Floats = np.where(targets == 1, weights, np.float32(1))
            return found
        return weights[targets]

    def score(self, logits: Floats, targets: Targets) -> float:
        """Return the recipe's metric of logits (n, labels)."""
        metric, scores = self.recipe.quality.metric, self.task.scores(logits, self.schema)
        judged = self.task.judged(metric, scores, self.schema)
        return self.task.metric(metric, targets, judged, self.schema)

    def tell(self, kind: str, **told: Any) -> None:
        """Tell the listeners."""
        self.events.tell(kind, **told)
