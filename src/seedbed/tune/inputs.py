"""Where the loop's batches come from: encoded rows, or some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from seedbed.backbones.batches import Index
from seedbed.backbones.modalities.base import Modality


class Inputs(Protocol):
    """Rows to be batched: encoded ones, or activations of frozen layers."""

    @property
    def lengths(self) -> Index:
        """The size of each row (n,)."""

    def batch(self, rows: Index) -> dict[str, Tensor]:
        """Return what the model's forward takes for these rows."""


class Encoded:
    """Encoded rows.

    Args:
        modality: That encoded them.
        rows: As it gave them.
        lengths: Their sizes, where they are known.
    """

    def __init__(
        self, modality: Modality, rows: Sequence[Any], lengths: Index | None = None
    ) -> None:
        self.modality = modality
        self.rows = rows
        self.lengths = modality.sizes(rows) if lengths is None else lengths

    def batch(self, rows: Index) -> dict[str, Tensor]:
        """Return the modality's arrays as tensors."""
        arrays = self.modality.batch([self.rows[i] for i in rows])
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


@dataclass(frozen=True)
class Some:
    """Some rows of other inputs.

    Attributes:
        whole: The others.
        rows: Which of them (n,).
    """

    whole: Inputs
    rows: Index

    @property
    def lengths(self) -> Index:
        """The size of each row (n,)."""
        return self.whole.lengths[self.rows]

    def batch(self, rows: Index) -> dict[str, Tensor]:
        """Return what the model's forward takes for these rows."""
        return self.whole.batch(self.rows[rows])
