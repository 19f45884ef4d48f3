"""What a task is: how rows become inputs and targets, and what a model's scores mean.

A task is one file beside this one, registered under the entry points `seedbed.tasks`. It knows
rows, labels, the loss and the metrics; it knows no encoder, rung, engine or report.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data.table import Table
from seedbed.recipe import Data, Train

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float32]
Targets = NDArray[Any]


@dataclass(frozen=True)
class Schema:
    """What the answers look like; stored with the release.

    Attributes:
        labels: Names of the outputs, in the order of the head's columns.
        multi_label: Whether a row may have several labels, or none.
    """

    labels: tuple[str, ...]
    multi_label: bool = False


class Task(ABC):
    """One kind of question that a model can be tuned to answer."""

    name: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]

    def __init__(self, data: Data) -> None:
        self.data = data

    @abstractmethod
    def schema(self, table: Table) -> Schema:
        """Read the answers' shape off the training rows."""

    @abstractmethod
    def inputs(self, table: Table) -> Sequence[Any]:
        """Return what the model reads, one item a row."""

    @abstractmethod
    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return the truth: (n,) integers, or (n, k) zeros and ones where multi-label."""

    @abstractmethod
    def strata(self, table: Table) -> Sequence[str]:
        """Return what a split should keep in proportion, one word a row."""

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return the mean loss of a batch: logits (b, k), targets as `targets` gives them."""

    @abstractmethod
    def class_weights(self, targets: Targets, schema: Schema) -> Floats:
        """Return a weight for each label, mean one over the rows, that counts labels the same."""

    @abstractmethod
    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return probabilities (n, k) for logits (n, k)."""

    @abstractmethod
    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the answers, in the shape of `targets`."""

    @abstractmethod
    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return a metric of the answers, 0 to 1, higher is better."""

    @abstractmethod
    def answer(self, scores: Floats, schema: Schema, threshold: float) -> Mapping[str, Any]:
        """Return one row's answer as JSON: scores (k,); `threshold` is the reject threshold."""
