"""Words by their shape and neighbours, in NumPy and SciPy: what serves the `tagger` rung."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from seedbed.backbones.head import Linear
from seedbed.backbones.tfidf import MOST_CHARACTERS
from seedbed.backbones.wordshape import spread, terms
from seedbed.release.engines.base import Engine, Outputs, Row


class TaggerEngine(Engine):
    """logits = W · features(word) + b, for each word."""

    name: ClassVar[str] = "tagger"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "tagger"
    needs: ClassVar[tuple[str, ...]] = ("model/tagger.safetensors",)

    def __init__(self, folder: Path, threads: int) -> None:
        from safetensors.numpy import load_file

        self.max_tokens = MOST_CHARACTERS
        found = load_file(folder / "model" / "tagger.safetensors")
        self.head = Linear(found["weight"].astype(np.float32), found["bias"])
        self.known = found["columns"]

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the columns of each word."""
        found = [terms(one.words) for one in inputs]
        return [Row(words, max(1, len(words))) for words in found]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return logits (rows, most words, labels)."""
        return Outputs(spread(self.head, self.known, [row.content for row in rows]))
