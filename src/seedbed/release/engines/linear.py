"""TF-IDF and a linear model, in NumPy and SciPy: what serves the `baseline` rung."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.release.engines.base import Engine
from seedbed.tasks.base import Floats


class LinearEngine(Engine):
    """logits = W · tfidf(text) + b."""

    name: ClassVar[str] = "linear"
    kind: ClassVar[str] = "linear"
    needs: ClassVar[tuple[str, ...]] = ("model/linear.json", "model/linear.safetensors")

    def __init__(self, folder: Path, threads: int) -> None:
        from safetensors.numpy import load_file

        from seedbed.backbones.tfidf import Tfidf

        tensors = load_file(folder / "model" / "linear.safetensors")
        self.tfidf = Tfidf.load(folder / "model")
        self.weight = np.ascontiguousarray(tensors["weight"].T)
        self.bias = tensors["bias"]

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return logits (texts, labels)."""
        found: Floats = (self.tfidf.transform(texts) @ self.weight + self.bias).astype(np.float32)
        return found
