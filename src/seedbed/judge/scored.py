"""The test rows with the answers they got: what every part of the judge looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.table import Index
from seedbed.judge import pictures
from seedbed.judge.reasons import Reasons
from seedbed.recipe import Judge
from seedbed.tasks import statistics
from seedbed.tasks.base import Doubles, Floats, Schema, Targets, Task
from seedbed.tasks.statistics import Difference, Interval

Mask = NDArray[np.bool_]

SHOWN_ROWS = 20
LONGEST = 600
"""Characters of a text that a report shows."""


@dataclass(frozen=True)
class Scored:
    """Rows and what was answered, in the order of their numbers.

    Attributes:
        metric: The recipe's measure.
        inputs: What the model reads; `texts` is what a person recognises the rows by.
        numbers: (n,) row numbers in the file.
        scores: (n, k) at the release's temperature.
        predict: Gives logits of new texts.
        untuned: Gives what the model that learnt nothing writes; None where there is none.
        untuned_scores: (n, k) what it gives of the rows.
        reasons: Gives what the columns of a table's rows add to their logits.
    """

    task: Task
    schema: Schema
    metric: str
    settings: Judge
    seed: int
    temperature: float
    inputs: Sequence[Any]
    texts: Sequence[str]
    numbers: Index
    truth: Targets
    scores: Floats
    predict: Callable[[Sequence[Any]], Floats]
    untuned: Callable[[Sequence[Any]], Floats] | None = None
    untuned_scores: Floats | None = None
    reasons: Callable[[Sequence[Any]], Reasons | None] | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def answers(self) -> Targets:
        """The answers, in the shape of the truth."""
        return self.task.decide(self.scores, self.schema)

    def judged(self, metric: str) -> Targets:
        """Return what a metric looks at: the answers, or the scores."""
        return self.task.judged(metric, self.scores, self.schema)

    @cached_property
    def sure(self) -> Floats | None:
        """(n,) confidences, where an answer has one."""
        return self.task.confidence(self.scores, self.schema)

    @cached_property
    def losses(self) -> Doubles:
        """(n,) how wrong each answer is, 0 where it is right."""
        return self.task.losses(self.truth, self.answers)

    @cached_property
    def right(self) -> Mask:
        """(n,) whether the answer is right, in all labels."""
        right: Mask = self.losses == 0
        return right

    def worst_first(self, rows: Index) -> Index:
        """Return rows with the most wrong first, of equally wrong ones the surest."""
        sure = np.zeros(len(rows)) if self.sure is None else self.sure[rows]
        order: Index = rows[np.lexsort((-sure, -self.losses[rows]))]
        return order

    def everything(self) -> Mask:
        """Return a mask of all rows."""
        return np.ones(len(self), dtype=bool)

    def interval(self, metric: str, rows: Mask | Index) -> Interval:
        """Return a metric of some rows."""
        return self.interval_of(metric, self.truth[rows], self.judged(metric)[rows])

    def interval_of(self, metric: str, truth: Targets, answers: Targets) -> Interval:
        """Return a metric of any answers, by the recipe's settings."""
        return statistics.bootstrap(
            self.task,
            self.schema,
            metric,
            truth,
            answers,
            resamples=self.settings.bootstrap,
            confidence=self.settings.confidence,
            seed=self.seed,
        )

    def difference(
        self, truth: Targets, ours: Targets, theirs: Targets, metric: str | None = None
    ) -> Difference:
        """Return a metric (the recipe's) of `ours` less that of `theirs`, on the same rows."""
        return statistics.paired_bootstrap(
            self.task,
            self.schema,
            metric or self.metric,
            truth,
            ours,
            theirs,
            resamples=self.settings.bootstrap,
            confidence=self.settings.confidence,
            seed=self.seed,
        )

    def mean(self, values: Doubles) -> Interval:
        """Return the mean of some rows' values, by the recipe's settings."""
        return statistics.mean(
            values,
            resamples=self.settings.bootstrap,
            confidence=self.settings.confidence,
            seed=self.seed,
        )

    def ask(self, texts: Sequence[str]) -> Floats:
        """Return scores (n, k) of new texts; equal texts are asked once."""
        place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        if not place:
            return np.zeros((0, len(self.schema.labels)), dtype=np.float32)
        logits = self.predict(list(place))
        scores = self.task.scores(logits, self.schema, self.temperature)
        return scores[[place[text] for text in texts]]

    @property
    def pictures(self) -> bool:
        """Whether the rows are pictures."""
        return self.task.reads == "image"

    def words(self, answer: Any, row: int) -> str:
        """Return a row's answer, or its truth, as a report shows it."""
        return self.task.said(answer, self.schema, self.inputs[row])

    def shown(self, row: int) -> dict[str, Any]:
        """Return a row as the report lists it."""
        picture = {"picture": pictures.shown(self.inputs[row])} if self.pictures else {}
        return picture | {
            "row": int(self.numbers[row]),
            "text": clipped(self.texts[row], LONGEST),
            "truth": self.words(self.truth[row], row),
            "answer": self.words(self.answers[row], row),
            "confidence": None if self.sure is None else float(self.sure[row]),
        }


def clipped(text: str, most: int) -> str:
    """Return a text cut after so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def metrics(scored: Scored, rows: Mask) -> Mapping[str, dict[str, float]]:
    """Return every metric of the task on some rows, with intervals."""
    return {name: scored.interval(name, rows).as_dict() for name in scored.task.metrics}


def worst(scored: Scored) -> list[dict[str, Any]]:
    """Return the most wrong answers, of equally wrong ones those given with most confidence."""
    wrong = scored.worst_first(np.flatnonzero(scored.losses > 0))
    return [scored.shown(row) for row in wrong[:SHOWN_ROWS]]
