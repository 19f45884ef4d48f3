"""JSON lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from seedbed.data.cells import CELL_LIMIT, as_text, no_rows, too_large
from seedbed.data.encoding import open_text
from seedbed.data.readers.base import Broken, Reader, Row, Sink, report
from seedbed.errors import DataError, RowBroken

_LINE_LIMIT = 2 * CELL_LIMIT


class JsonlReader(Reader):
    """Objects whose keys are columns; nested values are kept as JSON, blank lines are no rows."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
    regular: ClassVar[bool] = False

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the objects; a key that a line lacks is not in its row."""
        number = 0
        with open_text(path, encoding) as handle:
            for line, text in enumerate(iter(lambda: handle.readline(_LINE_LIMIT + 1), ""), 1):
                if not text.strip():
                    continue
                number += 1
                where = f"{path}, row {number:,} (line {line:,})"
                try:
                    if len(text) > _LINE_LIMIT:
                        while (rest := handle.readline(_LINE_LIMIT)) and rest[-1] not in "\r\n":
                            pass
                        raise too_large(where, "one line", len(text))
                    cells = _cells(text, where)
                except DataError as error:
                    report(broken, Broken(number, line, error))
                    continue
                yield Row(number, cells)
        if not number:
            raise no_rows(path, "blank lines only")


def _cells(text: str, where: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise _broken(where, got=f"{text.strip()[:40]!r} ({cause})") from None
    if not isinstance(value, dict):
        raise _broken(where, got=f"a {type(value).__name__}, {text.strip()[:40]!r}")
    cells = {name: as_text(item) for name, item in value.items()}
    if "\\u" in text:
        _check_surrogates(cells, where)
    if len(text) > CELL_LIMIT:
        for name, cell in cells.items():
            if len(cell) > CELL_LIMIT:
                raise too_large(where, f"column {name!r}", len(cell))
    return cells


def _check_surrogates(cells: dict[str, str], where: str) -> None:
    try:
        "".join((*cells, *cells.values())).encode()
    except UnicodeEncodeError as cause:
        half = cause.object[cause.start].encode("unicode_escape").decode()
        raise _broken(where, got=f"half a character, {half}") from None


def _broken(where: str, *, got: str) -> RowBroken:
    return RowBroken(
        expected='a JSON object, such as {"text": "…", "label": "…"}',
        got=got,
        do="Write one object to a line, without commas between the lines.",
        where=where,
    )
