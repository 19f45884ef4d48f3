"""BM25 over a release's collection, in NumPy: what serves the `bm25` rung."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from seedbed.backbones.bm25 import Bm25
from seedbed.backbones.tfidf import MOST_CHARACTERS
from seedbed.release.engines.base import Engine, Outputs, Row


class Bm25Engine(Engine):
    """The answers that share the most telling words with a question."""

    name: ClassVar[str] = "bm25"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "bm25"
    needs: ClassVar[tuple[str, ...]] = ("model/bm25.json", "model/bm25.safetensors")

    def __init__(self, folder: Path, threads: int) -> None:
        self.max_tokens = MOST_CHARACTERS
        self.model = Bm25.load(folder / "model")

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what safetensors raises."""
        from safetensors import SafetensorError

        return (*super().failures(), SafetensorError)

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the terms of each question that the collection knows."""
        found = [self.model.terms(text) for text in inputs]
        return [Row(columns, max(1, len(columns))) for columns in found]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return the packed best answers; there are no features."""
        return Outputs(self.model.search([row.content for row in rows]))
