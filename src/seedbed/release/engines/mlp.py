"""A small network of a table's columns, in NumPy: what serves the `mlp` rung."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.backbones.mlp import Mlp
from seedbed.data.columns import Doubles
from seedbed.release.engines.base import Row
from seedbed.release.engines.vectors import Vectors
from seedbed.tasks.base import Floats


class MlpEngine(Vectors):
    """Three products of matrices."""

    name: ClassVar[str] = "mlp"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "mlp"
    needs: ClassVar[tuple[str, ...]] = ("model/mlp.json", "model/mlp.safetensors")

    def __init__(self, folder: Path, threads: int) -> None:
        self.model = Mlp.load(folder / "model")
        self.columns = self.model.scaled.columns

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def answers(self, vectors: Doubles) -> Floats:
        """Return logits (n, labels)."""
        return self.model.logits(vectors)

    def reasons(self, rows: Sequence[Row]) -> Floats:
        """Return what each column changes, put in the place of its typical cell."""
        return self.model.reasons(np.stack([row.content for row in rows]))
