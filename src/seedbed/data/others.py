"""Files of texts that a run reads beside its rows.

Texts without labels, a collection of answers, and texts to read on in before the ladder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seedbed.data import read
from seedbed.data.encoding import open_text
from seedbed.data.readers.base import Row, Sink
from seedbed.recipe import Recipe

if TYPE_CHECKING:
    from seedbed.data.load import Asks

LINES = (".txt", ".txt.gz")
"""Endings of files with a text a line."""
_NO_TEXT = ("data.label", "data.image")


class File(NamedTuple):
    """A file that a run reads.

    Attributes:
        name: `unlabeled`, `collection` or `pretrain`; or a split.
        path: Of it.
        columns: Those of its columns that are read.
    """

    name: str
    path: Path
    columns: tuple[str, ...]


def others(recipe: Recipe, task: Asks) -> tuple[File, ...]:
    """Return the files that a run of the recipe reads beside its rows."""
    data = recipe.data
    asked = [name for name, key in (task.columns() or {}).items() if key not in _NO_TEXT]
    named = (
        ("unlabeled", data.unlabeled, asked),
        ("collection", data.collection if data.match == "answer" else None, [data.text_b]),
        ("pretrain", recipe.pretrain.rows if recipe.pretrain else None, [data.text]),
    )
    return tuple(File(name, Path(path), tuple(columns)) for name, path, columns in named if path)


def rows(file: File, encoding: str | None, broken: Sink = lambda _: None) -> Iterator[Row]:
    """Stream the rows of a file, or its lines; `broken` takes those that cannot be read."""
    if _of_lines(file):
        return lines(file.path, file.columns[0], encoding)
    return read.rows(file.path, broken=broken, encoding=encoding)


def texts(file: File, encoding: str | None) -> Iterator[Row]:
    """Stream the same with nothing but what a run reads."""
    for row in rows(file, encoding) if file.columns else ():
        yield row._replace(cells={name: row.cells.get(name, "") for name in file.columns})


def by_hand(file: File) -> str:
    """Return how a person takes rows out of it where no copy as CSV is written; else nothing."""
    return "" if _of_lines(file) else read.by_hand(file.path)


def lines(path: Path, column: str, encoding: str | None) -> Iterator[Row]:
    """Yield the lines of a file, stripped, as rows of one column; blank ones are no rows."""
    with open_text(path, encoding) as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                yield Row(number, {column: line.strip()})


def _of_lines(file: File) -> bool:
    return file.path.name.lower().endswith(LINES)
