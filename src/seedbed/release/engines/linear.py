"""TF-IDF and a linear model, in NumPy and SciPy: what serves the `baseline` rung."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.backbones.tfidf import MOST_CHARACTERS, WORDS, Tfidf
from seedbed.release.engines.base import Engine, Outputs, Row


class LinearEngine(Engine):
    """logits = W · tfidf(text) + b."""

    name: ClassVar[str] = "linear"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "linear"
    needs: ClassVar[tuple[str, ...]] = ("model/linear.json", "model/linear.safetensors")

    def __init__(self, folder: Path, threads: int) -> None:
        from safetensors.numpy import load_file

        self.max_tokens = MOST_CHARACTERS
        tensors = load_file(folder / "model" / "linear.safetensors")
        self.tfidf = Tfidf.load(folder / "model")
        self.weight = np.ascontiguousarray(tensors["weight"].T)
        self.bias = tensors["bias"]

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def encode(self, texts: Sequence[str]) -> list[Row]:
        """Return the terms of each text and their weights."""
        found = self.tfidf.transform(texts)
        return [
            Row((found.indices[start:end], found.data[start:end]), self._size(text))
            for text, (start, end) in zip(texts, pairwise(found.indptr), strict=True)
        ]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return logits (rows, labels); there are no features that a text could be found by."""
        from scipy.sparse import csr_matrix

        columns, weights = zip(*(row.content for row in rows), strict=True)
        starts = np.cumsum([0, *map(len, columns)])
        terms = (np.concatenate(weights), np.concatenate(columns), starts)
        found = csr_matrix(terms, shape=(len(rows), len(self.weight)))
        return Outputs((found @ self.weight + self.bias).astype(np.float32))

    def _size(self, text: str) -> int:
        """Count the words of a text, or its characters where those are the terms."""
        read = text[:MOST_CHARACTERS]
        return max(1, len(WORDS.findall(read) if self.tfidf.analyzer == "word" else read))
