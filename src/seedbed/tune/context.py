"""What every rung is given: the rows, the base model, the clock, and who listens."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones import base
from seedbed.backbones.base import Backbone
from seedbed.backbones.tokens import Pieces, Tokens
from seedbed.data.table import Table
from seedbed.errors import WrongValue
from seedbed.recipe import LONGEST_CHOSEN, Recipe
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tune.events import Events

if TYPE_CHECKING:
    from seedbed.tune.features import Speed

Index = NDArray[np.int64]

SHORTEST_CHOSEN = 128
"""The fewest word pieces that are kept where the recipe leaves it open: short rows cost nothing."""
LENGTH_ROWS = 2000
LENGTH_SHARE = 0.97
"""So many of so many training rows must fit in whole; the few longer ones are cut."""


@dataclass(frozen=True)
class Split:
    """Rows as a model sees them.

    Attributes:
        numbers: Their row numbers in the file (n,).
        inputs: What the model reads, n items.
        targets: The truth, as the task gives it.
    """

    numbers: Index
    inputs: Sequence[str]
    targets: Targets

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, task: Task, table: Table, schema: Schema) -> Split:
        """Read a table by its task."""
        return cls(table.numbers, task.inputs(table), task.targets(table, schema))


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

    @cached_property
    def backbone(self) -> Backbone:
        """The base model, fetched when first asked for."""
        return base.fetch(self.recipe.base, self.cache)

    @cached_property
    def tokens(self) -> Tokens:
        """The base model's tokenizer."""
        backbone, given = self.backbone, self.recipe.train.max_tokens
        most = backbone.positions or sys.maxsize
        if given is not None and given > most:
            raise WrongValue(
                expected=f"train.max_tokens of at most {most}, all that {backbone.name} can read",
                got=str(given),
                do="Lower it, or leave it out: then it is chosen by the rows.",
            )
        return Tokens(backbone.folder, given or min(most, self._length()), backbone.prefix)

    def _length(self) -> int:
        """Return a length that nearly all training rows fit in, by some of them."""
        backbone = self.backbone
        tokens = Tokens(backbone.folder, LONGEST_CHOSEN, backbone.prefix)
        some = [self.train.inputs[row] for row in self.some(LENGTH_ROWS)]
        found = np.percentile([len(row) for row in tokens.encode(some)], 100 * LENGTH_SHARE)
        return max(SHORTEST_CHOSEN, 32 * math.ceil(float(found) / 32))

    @cached_property
    def pieces(self) -> tuple[list[Pieces], list[Pieces]]:
        """Word pieces of the training and of the validation rows, cut once."""
        return self.tokens.encode(self.train.inputs), self.tokens.encode(self.validation.inputs)

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

    def some(self, most: int) -> Index:
        """Return the positions of some training rows, sorted: all, or `most` drawn by the seed.

        Labels that the draw missed come on top, with a row each.
        """
        rows = np.arange(len(self.train))
        if len(rows) <= most:
            return rows
        drawn = np.random.default_rng(self.recipe.seed).choice(rows, most, replace=False)
        targets = self.train.targets
        if targets.dtype.kind == "f":
            return np.sort(drawn)
        if targets.ndim == 1:
            labels, first = np.unique(targets, return_index=True)
            missed = first[~np.isin(labels, targets[drawn])]
        else:
            missed = targets.argmax(axis=0)[targets[drawn].sum(axis=0) == 0]
        return np.unique(np.concatenate([drawn, missed]))

    def keep_reserve(self) -> None:
        """Set the time that the gate and the judge will need aside, by the measured speed.

        The gate answers up to a thousand validation rows with each of five engines, and exports
        them; the judge answers the test rows, six spoilt copies of some, and some in pieces.
        """
        judge = self.recipe.judge
        asked = self.test_rows + 6 * min(judge.robustness_rows, self.test_rows)
        asked += 25 * judge.explained_rows + 6 * min(1000, len(self.validation))
        mean = float(np.mean([len(row) for row in self.pieces[0]]))
        self.clock.reserve = 20 + asked * mean / self.speed.forward

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
        answers = self.task.decide(self.task.scores(logits, self.schema), self.schema)
        return self.task.metric(self.recipe.quality.metric, targets, answers, self.schema)

    def tell(self, kind: str, **told: Any) -> None:
        """Tell the listeners."""
        self.events.tell(kind, **told)
