"""What all readers share: how values become cells, and the errors of headers, cells and paths."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seedbed.errors import CellTooLarge, FileEmpty, FileMissing, RowBroken

CELL_LIMIT = 4 << 20
"""Most characters of a cell; a text of 100,000 words has about 600,000."""


def header(cells: Sequence[str], where: Path) -> list[str]:
    """Return the column names: stripped, each once, `column_3` where the third has none."""
    names = [cell.strip() or f"column_{i}" for i, cell in enumerate(cells, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RowBroken(
            expected="a header that names each column once",
            got=f"{twice[0]!r} {names.count(twice[0])} times",
            do="Rename one of them.",
            where=f"{where}, header",
        )
    return names


def absent(path: Path) -> FileMissing:
    """Return the error of a path that is no file."""
    folder = path.is_dir()
    return FileMissing(
        expected="a file of rows",
        got=f"a folder, {path}" if folder else f"no file {path}",
        do="Name one of the files in it." if folder else "Check the path.",
        where=str(path),
    )


def no_rows(where: Path, got: str = "a header and nothing under it") -> FileEmpty:
    """Return the error of a file without rows."""
    return FileEmpty(
        expected="at least one row",
        got=got,
        do="Check that it is the right file.",
        where=str(where),
    )


def too_large(where: str, column: str, size: int) -> CellTooLarge:
    """Return the error of a cell beyond `CELL_LIMIT`."""
    return CellTooLarge(
        expected=f"cells of at most {CELL_LIMIT:,} characters",
        got=f"{size:,} or more in {column}",
        do="Shorten the text or take the row out; models read some hundred words of it.",
        where=where,
    )


def as_text(value: Any) -> str:
    """Return a value as a cell: nothing is "", whole numbers have no point, lists are JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
