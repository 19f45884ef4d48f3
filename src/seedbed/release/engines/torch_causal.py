"""torch for causal models: answers are scored in batches, or written with keys and values kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from seedbed.backbones.batches import Index, fitting
from seedbed.backbones.modalities.base import load
from seedbed.errors import MemoryShort, ModelError, SeedbedError
from seedbed.release.engines.base import Engine, Outputs, Reason, Row, lacking
from seedbed.release.engines.processor import without_bfloat16
from seedbed.tasks.base import Floats
from seedbed.tasks.text_generation import END, PAD

if TYPE_CHECKING:
    from seedbed.backbones.causal import Wish
    from seedbed.backbones.modalities.causal import Causal, Said

BATCH_ROWS, BATCH_TOKENS = 16, 2048
TAIL = 24
"""Tokens from the end that are read for a stop, beside those of the stop itself."""


class TorchCausalEngine(Engine):
    """The model as it was trained."""

    name: ClassVar[str] = "torch-causal-float32"
    kind: ClassVar[str] = "causal"
    reference: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = (
        "model/config.json",
        "model/head.json",
        "model/model.safetensors",
        "model/tokenizer.json",
    )
    dtype: ClassVar[str] = "float32"

    def __init__(self, folder: Path, threads: int) -> None:
        import torch

        self.modality = cast("Causal", load(folder / "model"))
        self.max_tokens = self.modality.context
        self.threads = threads
        self.model = self.modality.network(folder / "model", dtype=getattr(torch, self.dtype))

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that torch or transformers is not installed, where that is so."""
        return lacking("torch", "transformers")

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises; a prompt that is too long is no engine's failure."""
        from safetensors import SafetensorError

        usual = (kind for kind in super().failures() if kind is not SeedbedError)
        return (*usual, MemoryShort, ModelError, SafetensorError)

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the conversations as tokens."""
        return [Row(row, self.modality.size(row)) for row in self.modality.encode(inputs)]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return sums (rows, 3) of rows with answers, or what is written to those without.

        Tokens that are written stand in (rows, most + 1), `END` and `PAD` behind them.
        """
        import torch

        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        said = [cast("Said", row.content) for row in rows]
        width = 3 if said[0].scored else self.modality.written + 1
        found = np.full((len(rows), width), PAD, dtype=np.float32)
        sizes = np.array([row.size for row in rows], dtype=np.int64)

        def compute(batch: Index) -> Floats:
            some = [said[i] for i in batch]
            return self._scored(some) if width == 3 else self._written(some)

        for batch, part in fitting(sizes, BATCH_ROWS, BATCH_TOKENS, compute):
            found[batch] = part
        return Outputs(found, tokens=None if width == 3 else self._spent(said, found))

    def _scored(self, rows: Sequence[Said]) -> Floats:
        import torch

        batch = self.modality.batch(rows)
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(array) for name, array in batch.items()}
            found: Floats = self.model(**tensors).numpy()
        return found

    def _written(self, rows: Sequence[Said]) -> Floats:
        from seedbed.backbones.causal import write

        wishes = [self._wish(row) for row in rows]
        write(self.model.encoder, wishes, self.modality.ends)
        found = np.full((len(rows), self.modality.written + 1), PAD, dtype=np.float32)
        for i, one in enumerate(wishes):
            found[i, : len(one.written)] = one.written
            if one.stopped:
                found[i, len(one.written)] = END
        return found

    def _wish(self, row: Said) -> Wish:
        from seedbed.backbones.causal import Wish

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


class TorchCausalBf16Engine(TorchCausalEngine):
    """The same in bfloat16, where the processor multiplies it in hardware."""

    name: ClassVar[str] = "torch-causal-bf16"
    reference: ClassVar[bool] = False
    dtype: ClassVar[str] = "bfloat16"

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that bfloat16 would be emulated here, where that is so."""
        return super().missing() or without_bfloat16()
