"""torch in float32: the reference that others are held to, and the last to fall back on."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from seedbed.backbones.modalities.base import Arrays
from seedbed.release.engines.base import Reason, lacking
from seedbed.release.engines.batched import Batched
from seedbed.tasks.base import Floats

MODEL = (
    "model/config.json",
    "model/head.json",
    "model/head.safetensors",
    "model/model.safetensors",
)


class TorchFloat32Engine(Batched):
    """The model as it was trained."""

    name: ClassVar[str] = "torch-float32"
    reference: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = MODEL
    dtype: ClassVar[str] = "float32"

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        import torch

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

    def forward(self, batch: Arrays) -> Floats:
        """Return features of one batch."""
        import torch

        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(array) for name, array in batch.items()}
            found: Floats = self.model(**tensors).numpy()
        return found
