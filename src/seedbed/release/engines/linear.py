"""Counted features and a linear model, in NumPy and SciPy: what serves the `baseline` rung."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from seedbed.backbones import plain
from seedbed.backbones.tabular import Tabular
from seedbed.release.engines.base import Engine, Outputs, Row
from seedbed.tasks.base import Floats


class LinearEngine(Engine):
    """logits = W · features + b, the features of a text or of a table's row."""

    name: ClassVar[str] = "linear"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "linear"
    needs: ClassVar[tuple[str, ...]] = ("model/linear.json", "model/linear.safetensors")

    def __init__(self, folder: Path, threads: int) -> None:
        self.plain, self.head = plain.load(folder / "model")
        self.max_tokens = self.plain.most
        self.columns = self.plain.columns if isinstance(self.plain, Tabular) else None
        self.weight = np.ascontiguousarray(self.head.weight.T)

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the features of each input that are not zero."""
        found = self.plain.transform(inputs)
        return [
            Row((found.indices[start:end], found.data[start:end]), self.plain.size(one))
            for one, (start, end) in zip(inputs, pairwise(found.indptr), strict=True)
        ]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return logits (rows, labels); there are no features that a text could be found by."""
        logits = self._features(rows) @ self.weight + self.head.bias
        return Outputs(logits.astype(np.float32))

    def reasons(self, rows: Sequence[Row]) -> Floats | None:
        """Return the weights of a row's features, summed by column."""
        if not isinstance(self.plain, Tabular):
            return None
        return self.plain.reasons(self._features(rows), self.head)

    def _features(self, rows: Sequence[Row]) -> Any:
        from scipy.sparse import csr_matrix

        columns, weights = zip(*(row.content for row in rows), strict=True)
        starts = np.cumsum([0, *map(len, columns)])
        terms = (np.concatenate(weights), np.concatenate(columns), starts)
        return csr_matrix(terms, shape=(len(rows), len(self.weight)))
