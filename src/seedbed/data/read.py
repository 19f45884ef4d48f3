"""Reads rows: a row at a time, or the columns asked for into memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from seedbed import registry
from seedbed.data.cells import absent, no_rows
from seedbed.data.readers.base import Broken, Reader, Row, Sink
from seedbed.data.table import Table
from seedbed.errors import ColumnMissing, FormatUnknown
from seedbed.recipe import nearest

__all__ = ["Broken", "Row", "rows", "table"]


def rows(path: Path, *, broken: Sink | None = None, encoding: str | None = None) -> Iterator[Row]:
    """Stream the rows of a file; its suffix says which reader reads it.

    Args:
        path: A csv, tsv, jsonl, parquet or Excel file.
        broken: Takes each row that cannot be read; without it such a row is raised.
        encoding: Of a text file; found where not given.

    Raises:
        FileMissing, FileEmpty, FormatUnknown, EncodingUnknown: the file is of no use.
        RowBroken, CellTooLarge: a row is of no use, and `broken` was not given.
    """
    return _reader(path).rows(path, broken, encoding=encoding)


def table(
    path: Path,
    columns: Sequence[str] | None = None,
    *,
    keys: Mapping[str, str] | None = None,
    broken: Sink | None = None,
    encoding: str | None = None,
) -> Table:
    """Read a file into memory, only the columns asked for (all where None).

    Args:
        path: The file.
        columns: Names of columns.
        keys: Column → the recipe's key that names it, for errors.
        broken: As for `rows`.
        encoding: As for `rows`.

    Raises:
        ColumnMissing: the file lacks a column; the nearest is named.
        RowBroken, CellTooLarge: no row can be read; it says why the first one cannot.
    """
    regular = _reader(path).regular
    wanted = list(dict.fromkeys(columns)) if columns is not None else None
    cells: dict[str, list[str]] = {name: [] for name in wanted or ()}
    seen: dict[str, None] = {}
    numbers: list[int] = []
    faults: list[Broken] = []
    sink = _first(broken, faults) if broken else None
    for row in rows(path, broken=sink, encoding=encoding):
        if not regular or not numbers:
            seen.update(dict.fromkeys(row.cells))
            if regular:
                _demand(wanted, seen, path, keys)
            if wanted is None:
                cells |= {name: [""] * len(numbers) for name in row.cells if name not in cells}
        for name, column in cells.items():
            column.append(row.cells.get(name, ""))
        numbers.append(row.number)
    if not numbers:
        raise faults[0].error if faults else no_rows(path, "no row that can be read")
    _demand(wanted, seen, path, keys)
    return Table(path, cells, np.array(numbers, dtype=np.int64))


def by_hand(path: Path) -> str:
    """Return how a person takes rows out of a file that has no copy as CSV; empty where it has."""
    return _reader(path).by_hand


def _first(broken: Sink, faults: list[Broken]) -> Sink:
    """Return a sink that also keeps the first row it takes."""

    def take(one: Broken) -> None:
        if not faults:
            faults.append(one)
        broken(one)

    return take


def _demand(
    wanted: list[str] | None,
    seen: Mapping[str, None],
    path: Path,
    keys: Mapping[str, str] | None,
) -> None:
    for name in wanted or ():
        if name in seen:
            continue
        near = nearest(name, seen)
        key = (keys or {}).get(name)
        told = f" ({key})" if key else ""
        raise ColumnMissing(
            expected=f"a column named {name!r}{told}",
            got=f"columns {', '.join(list(seen)[:20])}",
            do=f"Did you mean {near!r}?" if near else f"Set {key or 'the column'} in the recipe.",
            where=f"{path}, header",
        )


def _reader(path: Path) -> Reader:
    known: list[str] = []
    for name in registry.names("readers"):
        kind = registry.kind("readers", name)
        if kind.folders and path.is_dir():
            return cast(Reader, kind())
        if path.name.lower().endswith(kind.suffixes):
            return cast(Reader, kind())
        known.extend(kind.suffixes)
    if path.is_dir() or not path.exists():
        raise absent(path)
    raise FormatUnknown(
        expected=f"a file that ends in {', '.join(known)}",
        got=path.name,
        do="Rename it, or export the rows as CSV.",
        where=str(path),
    )
