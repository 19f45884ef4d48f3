"""What the engines of encoders share: inputs to rows, rows to batches, features to logits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from seedbed import registry
from seedbed.backbones import head
from seedbed.backbones.batches import Index, fitting, gathered, is_short
from seedbed.backbones.modalities.base import Arrays, Modality, load
from seedbed.home import read_json, sha256
from seedbed.release.engines.base import Engine, Outputs, Row
from seedbed.tasks.base import Floats

BATCH_ROWS = 64
BATCH_TOKENS = 2048
"""Larger batches are slower: their activations leave the processor's cache."""

_shared: WeakValueDictionary[tuple[object, ...], Modality] = WeakValueDictionary()


class Batched(Engine):
    """An encoder that answers batches of near-equal length under a token budget.

    An engine runs the encoder and the pooling. The head stays in float32 outside of it: it is a
    thousandth of the work, and its errors are the answer's.

    Attributes:
        head: The release's head; the gate puts another in its place where that one has learnt from
            the rows that engines are examined on.
    """

    kind: ClassVar[str] = "encoder"

    def __init__(self, folder: Path, threads: int) -> None:
        self.modality = _modality(folder / "model")
        self.max_tokens = self.modality.most
        self.head = head.load(folder / "model")
        self.threads = threads

    @abstractmethod
    def forward(self, batch: Arrays) -> Floats:
        """Return features (rows, width) of one batch, as the modality makes it."""

    def files(self) -> tuple[str, ...]:
        """Add what encoding needs."""
        return (*super().files(), *(f"model/{name}" for name in self.modality.needs))

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the inputs as the modality encodes them."""
        return [Row(row, self.modality.size(row)) for row in self.modality.encode(inputs)]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return logits (rows, labels) and features (rows, width); at least one row.

        Where memory runs out, fewer rows are computed at once.
        """
        sizes = [row.size for row in rows]
        if len(rows) <= BATCH_ROWS and len(rows) * max(sizes) <= BATCH_TOKENS:
            try:
                return self._outputs(self._batch([row.content for row in rows]))
            except Exception as cause:
                if not is_short(cause):
                    raise

        def compute(batch: Index) -> Floats:
            return self._batch([rows[i].content for i in batch])

        lengths = np.array(sizes, dtype=np.int64)
        parts = fitting(lengths, BATCH_ROWS, BATCH_TOKENS, compute)
        return self._outputs(gathered(parts, len(rows)))

    def _outputs(self, features: Floats) -> Outputs:
        # A vector for each word is not what a text could be found by.
        return Outputs(self.head.logits(features), features if features.ndim == 2 else None)

    def _batch(self, rows: Sequence[Any]) -> Floats:
        return self.forward(self.modality.batch(rows))


def _modality(folder: Path) -> Modality:
    """Return how a model reads; engines share it where its files are the same.

    A tokenizer is large, and nothing else of the process goes on while one is read.
    """
    head = folder / "head.json"
    needs = registry.kind("modalities", read_json(head).get("reads", "text")).needs
    key = tuple(_digest(path) for path in (head, *(folder / name for name in needs)))
    found = _shared.get(key)
    if found is None:
        found = _shared[key] = load(folder)
    return found


def _digest(path: Path) -> str:
    return sha256(path) if path.exists() else str(path)
