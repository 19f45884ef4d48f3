"""What a task is: how rows become inputs and targets, and what a model's scores mean.

A task is one file beside this one, registered under the entry points `seedbed.tasks`. It knows
rows, answers, the loss and the metrics; it knows no encoder, rung, engine or report.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.data.table import Table
from seedbed.recipe import Train
from seedbed.tasks.rows import Rows
from seedbed.tasks.schema import Promise, Schema

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Floats", "Promise", "Schema", "Targets", "Task"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Targets = NDArray[Any]


RUNGS = ("baseline", "probe", "top", "adapter", "full")
"""The ladder of tasks that read texts, cheapest first."""


class Task(Rows):
    """One kind of question that a model can be tuned to answer."""

    name: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]
    """Of its answers; the first is the recipe's where that names none."""
    output: ClassVar[Literal["label", "value", "tags", "rank", "text"]] = "label"
    """What an answer is; the judge has a file for each."""
    rungs: ClassVar[tuple[str, ...]] = RUNGS
    """The ladder where the recipe names none, cheapest first."""
    example: ClassVar[Any] = "My card has not arrived. Can you tell me when it will come? "
    """What a server asks of a release before anybody does, to see how fast it is, and shows to
    those who want to try it. Of a table it is no row: those have columns of their own."""
    base: ClassVar[str] = "minilm"
    """The base model where the recipe names none."""
    exam_rows: ClassVar[int] = 1000
    """Validation rows, at most, that engines are examined on: few enough to be quick beside any
    training; a fixed number, so that what is kept does not depend on how fast a machine is."""
    graded: ClassVar[frozenset[str]] = frozenset()
    """Metrics that look at the scores rather than at the answers made of them."""
    rivals: ClassVar[Mapping[str, str]] = {"baseline": "baseline"}
    """Rungs that the chosen one is compared with on the test rows, and the rivals' names there."""

    def keep(self, folder: Path) -> None:
        """Write what answers need beyond the model into a release; nothing by default."""
        return

    def open(self, folder: Path) -> None:
        """Read what `keep` wrote."""
        return

    @abstractmethod
    def schema(self, table: Table) -> Schema:
        """Read the answers' shape off the training rows."""

    @abstractmethod
    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return the truth, one item a row: integers (n,), zeros and ones (n, k), or numbers."""

    def asked(self, one: Any) -> Any:
        """Return what somebody asks about, such as a text, as the model reads it."""
        return one

    def asks(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return what a caller would send of rows, by which an engine's speed is measured."""
        return inputs

    def typed(self, text: str, folder: Path) -> Any:
        """Return what stands in a cell, or on the command line, as the model reads it.

        Args:
            text: As it was written.
            folder: Where files that it names are looked for.
        """
        return self.asked(text)

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return the mean loss of a batch: logits (b, k), targets as `targets` gives them."""

    def class_weights(self, targets: Targets, schema: Schema) -> Floats:
        """Return a weight for each label, mean one over the rows, that counts labels the same."""
        return np.ones(len(schema.labels), dtype=np.float32)

    @abstractmethod
    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return what the logits (n, k) say: probabilities of labels, or values."""

    @abstractmethod
    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the answers, in the shape of `targets`."""

    def judged(self, name: str, scores: Floats, schema: Schema) -> Targets:
        """Return what a metric looks at: the answers, or the scores where it is `graded`."""
        return scores if name in self.graded else self.decide(scores, schema)

    @abstractmethod
    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return a metric of what `judged` gave for it, at most 1, higher is better."""

    def sums(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> Doubles | None:
        """Return what each row adds to the sums that a metric is made of (n, s).

        `of_sums` makes the metric of them; so an interval costs a product of matrices instead of a
        metric a resample. None where the metric is not made of sums.
        """
        return None

    def of_sums(self, name: str, sums: Doubles) -> Doubles:
        """Return the metric of sums over rows (..., s)."""
        raise NotImplementedError

    @abstractmethod
    def losses(self, truth: Targets, answers: Targets) -> Doubles:
        """Return how wrong each row's answer is (n,): 0 where it is right; a wrong label is 1."""

    def confidence(self, scores: Floats, schema: Schema) -> Floats | None:
        """Return how sure each row's answer is (n,), 0 to 1; None where an answer does not say."""
        return None

    def differ(self, one: Targets, other: Targets) -> NDArray[np.bool_]:
        """Return where two models' answers are not the same (n,)."""
        unlike = one != other
        return np.asarray(unlike.any(axis=1) if unlike.ndim == 2 else unlike, dtype=np.bool_)

    @abstractmethod
    def answer(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return one row's answer as JSON: scores (k,); `given` is the input that was answered."""

    def brief(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return one row's answer without what only a reader of details wants."""
        return self.answer(scores, schema, promise, given)

    @abstractmethod
    def said(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return one row's answer, or its truth, as a report shows it."""

    def key(self, answer: Any, schema: Schema, given: Any = None) -> Hashable:
        """Return what one row's answer is compared by with another model's."""
        return self.said(answer, schema)
