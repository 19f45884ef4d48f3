"""Rows in memory: columns side by side, with each row's number in its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.readers.base import Row
from seedbed.errors import ColumnMissing
from seedbed.recipe import nearest

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Rows of one split.

    Attributes:
        path: The file they were read from.
        columns: Column name → cells, all of the same length, as text (as read, not stripped).
        numbers: Row numbers as a person counts them: the first row under the header is 1.
    """

    path: Path
    columns: Mapping[str, Sequence[Any]]
    numbers: Index

    def __len__(self) -> int:
        return len(self.numbers)

    def column(self, name: str, *, key: str) -> Sequence[Any]:
        """Return the cells of a column.

        Args:
            name: The column.
            key: The recipe's key that names it, for the error.

        Raises:
            ColumnMissing: the file has no such column.
        """
        try:
            return self.columns[name]
        except KeyError:
            near = nearest(name, self.columns)
            raise ColumnMissing(
                expected=f"a column named {name!r} ({key})",
                got=f"columns {', '.join(self.columns)}",
                do=f"Set {key} to {near!r}?" if near else f"Set {key} in the recipe.",
                where=str(self.path),
            ) from None

    def rows(self) -> Iterator[Row]:
        """Yield the rows one by one, as a reader does."""
        for number, *cells in zip(self.numbers, *self.columns.values(), strict=True):
            yield Row(int(number), dict(zip(self.columns, cells, strict=True)))

    def take(self, index: Index | NDArray[np.bool_]) -> Table:
        """Return some of the rows, by position or by mask."""
        chosen = np.flatnonzero(index) if index.dtype == np.bool_ else index
        columns = {name: [cells[i] for i in chosen] for name, cells in self.columns.items()}
        return Table(self.path, columns, self.numbers[chosen])
