"""A survey's CSV: columns by name, numbers checked, every wrong cell told by its line."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.errors import SurveyWrong

LARGEST = 200 * 2**20
"""Bytes beyond which a file is no survey."""
YES = frozenset(("1", "yes", "y", "true", "是", "会"))
NO = frozenset(("0", "no", "n", "false", "否", "不会"))


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey as it was read: every cell a text.

    Attributes:
        path: Where it stands, for errors.
        columns: Names, in the file's order, lower case.
        rows: Cells of each row, in that order.
        lines: The line of the file that each row ends on.
    """

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def cells(self, name: str) -> list[str]:
        """Return a column.

        Raises:
            SurveyWrong: there is none of that name.
        """
        if name not in self.columns:
            raise SurveyWrong(
                expected=f"a column {name!r}",
                got=", ".join(self.columns),
                do="Name the columns as `seedbed plan market --help` does.",
                where=self.path,
            )
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    def prices(self, name: str) -> np.ndarray:
        """Return a column of prices (N,): finite numbers, 0 or more.

        Raises:
            SurveyWrong: cells that are no such numbers; how many, and the first with its line.
        """
        found = np.array([_number(cell) for cell in self.cells(name)])
        wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
        if wrong.size:
            raise self._wrong(name, wrong, "a price: a plain number, 0 or more")
        return found

    def numbers(self, name: str) -> np.ndarray:
        """Return a column of finite numbers (N,).

        Raises:
            SurveyWrong: cells that are none; how many, and the first with its line.
        """
        found = np.array([_number(cell) for cell in self.cells(name)])
        wrong = np.flatnonzero(~np.isfinite(found))
        if wrong.size:
            raise self._wrong(name, wrong, "a plain number")
        return found

    def answers(self, name: str) -> np.ndarray:
        """Return a column of yes and no as booleans (N,).

        Raises:
            SurveyWrong: cells that are neither; how many, and the first with its line.
        """
        said = [cell.casefold() for cell in self.cells(name)]
        wrong = np.array([i for i, cell in enumerate(said) if cell not in YES | NO], int)
        if wrong.size:
            raise self._wrong(name, wrong, "yes or no (or 1 or 0)")
        return np.array([cell in YES for cell in said], bool)

    def people(self) -> np.ndarray:
        """Return who answered each row (N,): names; each row its own where nobody is named.

        Raises:
            SurveyWrong: a row that names nobody.
        """
        if "respondent" not in self.columns:
            return np.array([str(i) for i in range(len(self.rows))])
        found = np.array(self.cells("respondent"))
        wrong = np.flatnonzero(found == "")
        if wrong.size:
            raise self._wrong("respondent", wrong, "who answered")
        return found

    def _wrong(self, name: str, rows: np.ndarray, expected: str) -> SurveyWrong:
        first = int(rows[0])
        more = f", and {rows.size - 1:,} more such cells" if rows.size > 1 else ""
        return SurveyWrong(
            expected=f"{expected}, in column {name!r}",
            got=f"{self.cells(name)[first] or 'nothing'!r} on line {self.lines[first]}{more}",
            do="Correct the cells, or take those rows out.",
            where=self.path,
        )


def read(path: Path | str) -> Survey:
    """Return a survey: CSV in UTF-8 with a heading, commas or semicolons between its cells.

    Raises:
        SurveyWrong: there is no such file, it is no text, a row has too many or too few cells, a
            heading stands twice, or there are no rows.
    """
    found = Path(path)
    rows = list(_rows(found))
    heads = tuple(cell.strip().casefold() for cell in rows[0][1]) if rows else ()
    if not heads or len(rows) < 2:
        raise _unusable(found, "a heading and rows under it", "no rows")
    twice = sorted({name for name in heads if heads.count(name) > 1})
    if twice or "" in heads:
        raise _unusable(found, "a name for each column", f"{(twice or ['an empty one'])[0]!r}")
    for line, cells in rows[1:]:
        if len(cells) != len(heads):
            told = f"{len(cells)} on line {line}"
            raise _unusable(found, f"{len(heads)} cells in each row", told)
    kept = tuple(tuple(cell.strip() for cell in cells) for _, cells in rows[1:])
    return Survey(str(found), heads, kept, tuple(line for line, _ in rows[1:]))


def few(where: str, kind: str, needed: int, people: int, dropped: int = 0) -> SurveyWrong:
    """Return the error that too few people are left to say anything."""
    left_out = f" ({dropped} were left out as inconsistent)" if dropped else ""
    return SurveyWrong(
        expected=f"{needed} people or more whose answers to {kind} agree with themselves",
        got=f"{people}{left_out}",
        do="Ask more people; 30 give a rough interval, 100 a useful one.",
        where=where,
    )


def resamples(people: int, times: int, seed: int) -> Iterator[np.ndarray]:
    """Yield how often each person is drawn (people,), in each of so many resamples of them all."""
    chance = np.random.default_rng(seed)
    for _ in range(times):
        yield np.bincount(chance.integers(0, people, people), minlength=people)


def interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Return the points that hold nine tenths of resampled values; those that are none left out."""
    told = np.asarray(values, float)
    kept = told[np.isfinite(told)]
    if not kept.size:
        return math.nan, math.nan
    low, high = np.quantile(kept, (0.05, 0.95))
    return float(low), float(high)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise _unusable(path, "a survey", "a file of more than 200 MB")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        got = "no file there" if isinstance(cause, FileNotFoundError) else str(cause)
        raise _unusable(path, "a CSV file in UTF-8", got) from None
    heading = text.partition("\n")[0]
    between = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=between, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as cause:
        raise _unusable(path, "rows in CSV", f"{cause}, on line {reader.line_num}") from None


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _unusable(path: Path | str, expected: str, got: str) -> SurveyWrong:
    do = "See the columns in: seedbed plan market --help."
    return SurveyWrong(expected=expected, got=got, do=do, where=str(path))


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Return each text once, sorted."""
    return tuple(sorted(set(values)))
