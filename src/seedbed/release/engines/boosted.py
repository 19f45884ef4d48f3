"""Gradient-boosted trees by LightGBM: what serves the `boosted` rung."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.backbones.boosted import Boosted
from seedbed.data.columns import Doubles
from seedbed.home import read_json
from seedbed.release.engines.base import Reason, Row, lacking
from seedbed.release.engines.vectors import Vectors
from seedbed.tasks.base import Floats


class BoostedEngine(Vectors):
    """The trees, walked by LightGBM itself."""

    name: ClassVar[str] = "boosted"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "boosted"
    needs: ClassVar[tuple[str, ...]] = ("model/boosted.json",)

    def __init__(self, folder: Path, threads: int) -> None:
        self.model, self.columns = Boosted.load(folder / "model")
        self.threads = threads
        self._files = read_json(folder / "model" / "boosted.json")["files"]

    @classmethod
    def missing(cls) -> Reason | None:
        """Ask for LightGBM."""
        return lacking("lightgbm")

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what LightGBM raises."""
        from lightgbm.basic import LightGBMError

        return (*super().failures(), LightGBMError)

    def files(self) -> tuple[str, ...]:
        """Add the trees."""
        return (*super().files(), *(f"model/{name}" for name in self._files))

    def answers(self, vectors: Doubles) -> Floats:
        """Return logits (n, labels)."""
        few = len(vectors) < 64  # threads cost more than they save
        return self.model.logits(vectors, threads=1 if few else self.threads)

    def reasons(self, rows: Sequence[Row]) -> Floats:
        """Return SHAP values by column."""
        return self.by_column(self.model.reasons(np.stack([row.content for row in rows])))
