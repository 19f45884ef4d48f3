"""What Label Studio exports: one JSON list of tasks, those that somebody has labelled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from seedbed.data import label_studio
from seedbed.data.cells import CELL_LIMIT, no_rows, too_large
from seedbed.data.encoding import open_text
from seedbed.data.readers.base import Broken, Reader, Row, Sink, report
from seedbed.errors import RowBroken

_FILE_LIMIT = 512 << 20


class LabelStudioReader(Reader):
    """Tasks whose data, labels and spans are columns, from the exports JSON and JSON-MIN.

    The file is one value and is read whole. Tasks without an annotation are no rows; rows are
    numbered as the tasks stand in the file.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".json",)
    regular: ClassVar[bool] = False

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the tasks that are labelled."""
        found, tasks = 0, _tasks(path, encoding)
        spans = label_studio.spanned(tasks)
        for number, task in enumerate(tasks, start=1):
            where = f"{path}, task {number:,}"
            if not isinstance(task, dict):
                got = f"a {type(task).__name__}"
                report(broken, Broken(number, 0, _broken("a task, which is an object", got, where)))
                continue
            cells = label_studio.row(task, spans)
            if cells is None:
                continue
            long = next((name for name, cell in cells.items() if len(cell) > CELL_LIMIT), None)
            if long is not None:
                error = too_large(where, f"column {long!r}", len(cells[long]))
                report(broken, Broken(number, 0, error))
                continue
            found += 1
            yield Row(number, cells)
        if not found:
            raise no_rows(path, "no task that somebody has labelled")


def _tasks(path: Path, encoding: str | None) -> list[object]:
    with open_text(path, encoding) as handle:
        text = handle.read(_FILE_LIMIT + 1)
    if len(text) > _FILE_LIMIT:
        raise too_large(str(path), "the file", len(text))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise _broken("one JSON list of tasks", f"{text[:40]!r} ({cause})", str(path)) from None
    if not isinstance(found, list):
        raise _broken("one JSON list of tasks", f"a {type(found).__name__}", str(path))
    return found


def _broken(expected: str, got: str, where: str) -> RowBroken:
    return RowBroken(
        expected=expected,
        got=got,
        do="Export it from Label Studio as JSON or JSON-MIN; one object a line is .jsonl.",
        where=where,
    )
