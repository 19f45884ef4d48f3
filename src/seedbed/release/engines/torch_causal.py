"""torch for causal models: answers are scored in batches, or written with keys and values kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from seedbed.backbones.wish import Wish
from seedbed.release.engines.base import Outputs, Reason, Row, lacking
from seedbed.release.engines.causal import CausalEngine
from seedbed.release.engines.processor import without_bfloat16
from seedbed.tasks.base import Floats

if TYPE_CHECKING:
    from seedbed.backbones.modalities.causal import Said


class TorchCausalEngine(CausalEngine):
    """The model as it was trained."""

    name: ClassVar[str] = "torch-causal-float32"
    reference: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = (
        "model/config.json",
        "model/head.json",
        "model/model.safetensors",
        "model/tokenizer.json",
    )
    batch_rows: ClassVar[int] = 16
    batch_tokens: ClassVar[int] = 2048
    dtype: ClassVar[str] = "float32"

    def __init__(self, folder: Path, threads: int) -> None:
        import torch

        super().__init__(folder, threads)
        self.model = self.modality.network(folder / "model", dtype=getattr(torch, self.dtype))

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that torch or transformers is not installed, where that is so."""
        return lacking("torch", "transformers")

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Compute with as many threads as were asked for."""
        import torch

        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        return super().run(rows)

    def _scored(self, rows: Sequence[Said]) -> Floats:
        import torch

        batch = self.modality.batch(rows)
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(array) for name, array in batch.items()}
            found: Floats = self.model(**tensors).numpy()
        return found

    def _write(self, wishes: Sequence[Wish]) -> None:
        from seedbed.backbones.causal import write

        write(self.model.encoder, wishes, self.modality.ends)


class TorchCausalBf16Engine(TorchCausalEngine):
    """The same in bfloat16, where the processor multiplies it in hardware."""

    name: ClassVar[str] = "torch-causal-bf16"
    reference: ClassVar[bool] = False
    dtype: ClassVar[str] = "bfloat16"

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that bfloat16 would be emulated here, where that is so."""
        return super().missing() or without_bfloat16()
