"""What the engines of encoders share: texts to word pieces, word pieces to batches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.backbones.batches import by_length
from seedbed.backbones.tokens import Longs, Tokens
from seedbed.home import read_json
from seedbed.release.engines.base import Engine
from seedbed.tasks.base import Floats

BATCH_ROWS = 64
BATCH_TOKENS = 2048
"""Larger batches are slower: their activations leave the processor's cache."""


class Batched(Engine):
    """An encoder that answers batches of near-equal length under a token budget."""

    kind: ClassVar[str] = "encoder"

    def __init__(self, folder: Path, threads: int) -> None:
        head = read_json(folder / "model" / "head.json")
        self.tokens = Tokens(folder / "model", head["max_tokens"], head["prefix"])
        self.threads = threads

    @abstractmethod
    def forward(self, ids: Longs, mask: Longs) -> Floats:
        """Return logits (rows, labels) of one padded batch (rows, word pieces)."""

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return logits (texts, labels); at least one text."""
        rows = self.tokens.encode(texts)
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        batches = by_length(lengths, BATCH_ROWS, BATCH_TOKENS)
        parts = [self.forward(*self.tokens.pad([rows[i] for i in batch])) for batch in batches]
        found = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        for batch, part in zip(batches, parts, strict=True):
            found[batch] = part
        return found
