"""What a pretrained model reads, and how: one file beside this one for each kind of data.

A modality is registered under the entry points `seedbed.modalities`. Tuning and serving work
through it alone: it turns inputs into rows, rows into arrays by name, and names the network that
makes features of those arrays. A release keeps its settings in `model/head.json`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed import registry
from seedbed.backbones.base import Backbone
from seedbed.backbones.batches import Index
from seedbed.home import read_json
from seedbed.recipe import Train

if TYPE_CHECKING:
    import torch

    from seedbed.backbones.network import Network

Arrays = dict[str, NDArray[Any]]


class Modality(ABC):
    """How one base model reads one kind of data; no method but `network` imports torch."""

    name: ClassVar[str]
    files: ClassVar[tuple[str, ...]]
    """Files of a base model, beside its weights, that a release keeps where there are such."""
    kind: ClassVar[str] = "encoder"
    """Of the candidates that it reads for: which engines can serve them."""
    headless: ClassVar[bool] = False
    """Whether the network answers by itself, without a head on its features."""
    rates: ClassVar[Mapping[str, float]] = {}
    """Peak learning rates by rung, where they are not the usual ones."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Those of them without which nothing can be encoded."""
    odd: ClassVar[tuple[Any, ...]] = ()
    """Inputs of unusual shape, that an exported network is compared on too."""

    most: int
    """The largest size of a row; what an input has beyond it is cut."""
    rate: float | None = None
    """Peak learning rate of `full`, where the base model asks for another than is usual."""
    rows_to_see: int = 60_000
    """Rows that a training goes through where time allows: few rows are seen more often."""
    most_passes: int = 10

    @classmethod
    @abstractmethod
    def check(cls, folder: Path) -> None:
        """Refuse a base model that it could not read with; weights are known to be there.

        Raises:
            ModelError: what is missing, and what to do.
        """

    @classmethod
    @abstractmethod
    def choose(cls, backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Modality:
        """Return how a base model is to read, by the recipe and by some of the training inputs."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, told: Mapping[str, Any]) -> Modality:
        """Return how a release's model reads: its folder `model/`, and what `told` kept."""

    @abstractmethod
    def told(self) -> dict[str, Any]:
        """Return the settings that a release keeps."""

    @abstractmethod
    def pinned(self) -> dict[str, Any]:
        """Return the recipe's keys, with values by which `choose` chooses the same again."""

    @property
    @abstractmethod
    def axes(self) -> Mapping[str, Mapping[int, str]]:
        """The arrays of a batch, in the order of the network's arguments: axes that vary."""

    @abstractmethod
    def encode(self, inputs: Sequence[Any]) -> list[Any]:
        """Return inputs as rows, in their order; any thread may call it."""

    @abstractmethod
    def size(self, row: Any) -> int:
        """Return what a row costs to compute, at least one: queues, batches and meters count it."""

    @abstractmethod
    def batch(self, rows: Sequence[Any]) -> Arrays:
        """Return rows as the arrays that `axes` names, padded where they differ."""

    @abstractmethod
    def network(self, folder: Path, *, dtype: torch.dtype | None = None) -> Network:
        """Load the network of a base model or of a release, in evaluation mode.

        Args:
            folder: The base model's, or the release's `model/`.
            dtype: Of the weights; float32 by default.
        """

    def augment(
        self, batch: dict[str, torch.Tensor], draw: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """Return a training batch changed at random in ways that leave the truth as it is."""
        return batch

    def sizes(self, rows: Sequence[Any]) -> Index:
        """Return the size of each row (n,)."""
        return np.fromiter(map(self.size, rows), np.int64, len(rows))


def choose(backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Modality:
    """Return how a base model is to read; see `Modality.choose`."""
    found: Modality = registry.kind("modalities", backbone.modality).choose(backbone, train, inputs)
    return found


def load(folder: Path) -> Modality:
    """Return how the model of a release reads, by its `head.json`."""
    told = read_json(folder / "head.json")
    # Releases from before there was more than text do not say it.
    found: Modality = registry.kind("modalities", told.get("reads", "text")).load(folder, told)
    return found
