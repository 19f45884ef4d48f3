"""CSV and TSV: commas, semicolons, tabs or bars between cells, double quotes around them."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import ClassVar, TextIO

from seedbed.data.cells import CELL_LIMIT, header, no_rows, too_large
from seedbed.data.encoding import find, open_text
from seedbed.data.readers.base import Broken, Reader, Row, Sink, report
from seedbed.errors import DataError, RowBroken

_ROW_LIMIT = 2 * CELL_LIMIT
_SAMPLE_LINES = 50


class CsvReader(Reader):
    """Comma- or tab-separated rows under a header; blank lines are no rows."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".csv.gz", ".tsv.gz")

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the rows; after a broken one, reading goes on at the next line."""
        encoding = encoding or find(path)
        with open_text(path, encoding) as handle:
            delimiter = _delimiter(handle, "\t,;|" if ".tsv" in path.name.lower() else ",;\t|")
        csv.field_size_limit(max(csv.field_size_limit(), _ROW_LIMIT + 1))
        with open_text(path, encoding) as handle:
            records = _Records(handle, path, delimiter)
            names = header(next(records, []), path)
            if not names:
                raise no_rows(path, "blank lines only")
            yield from _rows(records, names, broken)
        if records.number < 1:
            raise no_rows(path)


def _rows(records: _Records, names: list[str], broken: Sink | None) -> Iterator[Row]:
    while True:
        try:
            cells = next(records)
            if len(cells) != len(names):
                cells = _fitted(cells, names, records)
            if records.size > CELL_LIMIT:
                _check_sizes(cells, names, records)
        except StopIteration:
            return
        except DataError as error:
            report(broken, Broken(records.number, records.line, error))
            continue
        yield Row(records.number, dict(zip(names, cells, strict=True)))


def _fitted(cells: list[str], names: list[str], records: _Records) -> list[str]:
    """Drop empty cells beyond the header, as spreadsheets write them."""
    if len(cells) > len(names) and not any(cells[len(names) :]):
        return cells[: len(names)]
    raise RowBroken(
        expected=f"{len(names)} cells, as in the header",
        got=f"{len(cells)}",
        do="Quote cells that hold the delimiter, or mend the row.",
        where=records.where(),
    )


def _check_sizes(cells: list[str], names: list[str], records: _Records) -> None:
    for name, cell in zip(names, cells, strict=True):
        if len(cell) > CELL_LIMIT:
            raise too_large(records.where(), f"column {name!r}", len(cell))


class _Records:
    """Iterates over records; keeps the lines of the one at hand, to go back to its second line.

    Attributes:
        number: Rows so far, blank lines left out; the header is row 0.
        line: Line in which the record at hand begins.
        size: Characters of the record at hand.
    """

    def __init__(self, handle: TextIO, path: Path, delimiter: str) -> None:
        self.number = -1
        self.line = 0
        self.size = 0
        self._handle = handle
        self._path = path
        self._delimiter = delimiter
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._parser = self._new_parser()

    def where(self) -> str:
        """Say where the record at hand stands."""
        row = f"row {self.number:,} (line {self.line:,})" if self.number > 0 else "header"
        return f"{self._path}, {row}"

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        while True:
            self.line += len(self._taken) or 1
            self._taken.clear()
            self.size = 0
            try:
                cells = next(self._parser)
            except csv.Error as cause:
                self.number += 1
                raise self._broken(str(cause)) from None
            except DataError:
                self._parser = self._new_parser()
                raise
            if cells:
                self.number += 1
                return cells

    def _new_parser(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self._delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        while line := self._ahead.popleft() if self._ahead else self._next_line():
            self._taken.append(line)
            self.size += len(line)
            if self.size > _ROW_LIMIT:
                self.number += 1
                if len(self._taken) > 1:
                    raise self._broken(f"not closed within {_ROW_LIMIT:,} characters")
                raise too_large(self.where(), "one line", self.size)
            yield line

    def _next_line(self) -> str:
        line = self._handle.readline(_ROW_LIMIT + 1)
        if len(line) > _ROW_LIMIT:
            rest = line
            while rest and rest[-1] not in "\r\n":
                rest = self._handle.readline(_ROW_LIMIT)
        return line

    def _broken(self, cause: str) -> RowBroken:
        """Return the error of a quote gone wrong, and go back to the line after its first."""
        got = {
            "unexpected end of data": "a quote that opens here and never closes",
        }.get(cause, f"a quote that opens here: {cause}")
        if "expected after" in cause:
            got = f"text between a closing quote and the next delimiter ({cause})"
        error = RowBroken(
            expected='quotes around the whole cell, doubled ("") inside it',
            got=got,
            do="Close the quote, or double the quotes inside the cell.",
            where=self.where(),
        )
        self._ahead.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        self._parser = self._new_parser()
        return error


def _delimiter(handle: TextIO, order: str) -> str:
    """Return the delimiter under which the most of the first lines are as wide as the header."""
    sample = list(islice(iter(lambda: handle.readline(1 << 16), ""), _SAMPLE_LINES))
    return max(order, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: list[str], delimiter: str) -> float:
    try:
        widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
    except csv.Error:
        return 0.0
    if not widths or widths[0] < 2:
        return 0.0
    return widths.count(widths[0]) / len(widths)
