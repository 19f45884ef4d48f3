"""What the engines of a table's rows share: rows to vectors, vectors to logits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from seedbed.data.columns import Columns, Doubles
from seedbed.release.engines.base import Engine, Outputs, Row
from seedbed.tasks.base import Floats


class Vectors(Engine):
    """A model of the vectors that `Columns.encode` makes; a row's size is its columns."""

    columns: Columns

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        """The number of columns that are read."""
        return len(self.columns.used)

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the rows as vectors."""
        return [Row(one, len(self.columns.used)) for one in self.columns.encode(inputs)]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return logits (rows, labels)."""
        return Outputs(self.answers(np.stack([row.content for row in rows])))

    @abstractmethod
    def answers(self, vectors: Doubles) -> Floats:
        """Return logits (n, labels) of vectors (n, width)."""

    def by_column(self, found: Floats) -> Floats:
        """Return what places of the vector add (n, labels, width), summed by column."""
        starts = [place.start for place in self.columns.places]
        summed: Floats = np.add.reduceat(found, starts, axis=2)
        return summed
