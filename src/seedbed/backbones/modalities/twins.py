"""Pairs of texts, each read alone, and compared: cheap where both texts can be read beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seedbed.backbones.base import Backbone
from seedbed.backbones.modalities.base import Arrays
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.tokens import Pieces
from seedbed.recipe import Train

if TYPE_CHECKING:
    import torch

    from seedbed.backbones.encoder import Compared

Pair = tuple[str, str]


class Twins(Text):
    """A row is how many word pieces the first text has, then those of both texts."""

    name: ClassVar[str] = "twins"
    odd: ClassVar[tuple[Any, ...]] = (("a", "two words"), ("two words", "a"))

    @classmethod
    def choose(cls, backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Twins:
        """Return the tokenizer, cut where the recipe says, else where nearly all texts fit."""
        found = super().choose(backbone, train, [text for pair in inputs for text in pair])
        assert isinstance(found, Twins), "a modality chooses its own kind"
        return found

    def encode(self, inputs: Sequence[Any]) -> list[Pieces]:
        """Return the word pieces of both texts of each pair, special ones included."""
        texts = super().encode([text for pair in inputs for text in pair])
        return [
            np.concatenate([[len(one)], one, other]).astype(np.int32)
            for one, other in zip(texts[::2], texts[1::2], strict=True)
        ]

    def size(self, row: Pieces) -> int:
        """Return how many word pieces both texts have."""
        return len(row) - 1

    def batch(self, rows: Sequence[Pieces]) -> Arrays:
        """Return ids and mask, each (2 · rows, longest): the two texts of a row one after another.

        They are padded to the longest text of all.
        """
        texts = [part for row in rows for part in (row[1 : 1 + row[0]], row[1 + row[0] :])]
        return super().batch(texts)

    def network(self, folder: Path, *, dtype: torch.dtype | None = None) -> Compared:
        """Load the encoder, with pooling and comparing."""
        from seedbed.backbones.encoder import Compared, load_encoder

        return Compared(load_encoder(folder, dtype=dtype), self.pooling).eval()
