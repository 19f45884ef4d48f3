"""What engines of causal models share: rows with answers are scored, those without are answered."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from seedbed.backbones.batches import Index, fitting
from seedbed.backbones.modalities.base import load
from seedbed.backbones.wish import Wish
from seedbed.errors import MemoryShort, ModelError, SeedbedError
from seedbed.release.engines.base import Engine, Outputs, Row
from seedbed.tasks.base import Floats
from seedbed.tasks.text_generation import END, PAD

if TYPE_CHECKING:
    from seedbed.backbones.modalities.causal import Causal, Said

TAIL = 24
"""Tokens from the end that are read for a stop, beside those of the stop itself."""


class CausalEngine(Engine):
    """An engine of a causal model, which computes `_scored` and `_write`."""

    kind: ClassVar[str] = "causal"
    batch_rows: ClassVar[int] = 1
    """Rows that are computed together, at most; and their tokens, padding included."""
    batch_tokens: ClassVar[int] = 1

    def __init__(self, folder: Path, threads: int) -> None:
        self.modality = cast("Causal", load(folder / "model"))
        self.max_tokens = self.modality.context
        self.threads = threads

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what a model is refused by; a prompt that is too long is no engine's failure."""
        usual = (kind for kind in super().failures() if kind is not SeedbedError)
        return (*usual, MemoryShort, ModelError)

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the conversations as tokens."""
        return [Row(row, self.modality.size(row)) for row in self.modality.encode(inputs)]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return sums (rows, 3) of rows with answers, or what is written to those without.

        Tokens that are written stand in (rows, most + 1), `END` and `PAD` behind them.
        """
        said = [cast("Said", row.content) for row in rows]
        width = 3 if said[0].scored else self.modality.written + 1
        found = np.full((len(rows), width), PAD, dtype=np.float32)
        sizes = np.array([row.size for row in rows], dtype=np.int64)

        def compute(batch: Index) -> Floats:
            some = [said[i] for i in batch]
            return self._scored(some) if width == 3 else self._written(some)

        for batch, part in fitting(sizes, self.batch_rows, self.batch_tokens, compute):
            found[batch] = part
        return Outputs(found, tokens=None if width == 3 else self._spent(said, found))

    @abstractmethod
    def _scored(self, rows: Sequence[Said]) -> Floats:
        """Return the sums of rows with answers (rows, 3)."""

    @abstractmethod
    def _write(self, wishes: Sequence[Wish]) -> None:
        """Write what is wished for."""

    def _written(self, rows: Sequence[Said]) -> Floats:
        wishes = [self._wish(row) for row in rows]
        self._write(wishes)
        found = np.full((len(rows), self.modality.written + 1), PAD, dtype=np.float32)
        for i, one in enumerate(wishes):
            found[i, : len(one.written)] = one.written
            if one.stopped:
                found[i, len(one.written)] = END
        return found

    def _wish(self, row: Said) -> Wish:
        chat, decode = row.chat, self.modality.tokenizer.decode
        longest = TAIL + max(map(len, chat.stop), default=0)

        def ended(written: list[int]) -> bool:
            tail = decode(written[-longest:]) if chat.stop else ""
            return any(stop in tail for stop in chat.stop)

        most = self.modality.longest(row)
        return Wish(row.ids.tolist(), most, chat.temperature, chat.seed, ended)

    def _spent(self, rows: Sequence[Said], found: Floats) -> list[int]:
        written = (found >= 0).sum(axis=1)
        return [len(row.ids) + int(more) for row, more in zip(rows, written, strict=True)]
