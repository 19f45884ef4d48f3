"""What the columns of a table are, read off the training rows: numbers, categories, dates.

A release keeps what was read, so rows are read when it answers as they were when it learnt. Each
column fills one place of a row's vector, a date three: numbers as they are, categories as the rank
of their level, dates as days since 1970, the month and the day of the week. What is missing is NaN.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.data.cells import as_text
from seedbed.errors import ColumnMissing, RowUnreadable, TooFewRows
from seedbed.recipe import nearest

Doubles = NDArray[np.float64]
Rows = Sequence[Mapping[str, Any]]
Kind = Literal["number", "category", "date"]
Reason = Literal["empty", "constant", "identifier", "words"]

MISSING = frozenset(
    ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None")
)
"""Cells that stand for nothing; `none` is not among them, since people mean an answer by it."""
MOSTLY = 0.8
"""Share of the cells that must be numbers, or dates, for a column to be read so."""
MOST_LEVELS = 1000
"""Levels of a category that are told apart, the commonest; all others count as one."""
UNIQUE = 0.5
"""Share of distinct words from which a column names its rows rather than sorts them."""
MANY = 50
"""Rows from which on a column may be told to name its rows."""
DATES = ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y", "%Y年%m月%d日", "%d %b %Y", "%b %d, %Y")
"""Ways to write a date, beside those of ISO 8601."""
_DAY = 86_400
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Column:
    """One column that a model reads.

    Attributes:
        name: Its name in the file.
        kind: How its cells are read.
        levels: Of a category: its levels, the commonest first.
        typical: What is taken for a missing cell: the median of numbers and dates.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    typical: float = 0.0

    @property
    def width(self) -> int:
        """How many places of a row's vector it fills."""
        return 3 if self.kind == "date" else 1

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Level → its place among the levels."""
        return {level: i for i, level in enumerate(self.levels)}

    @property
    def example(self) -> str | float:
        """A cell such as many rows have: the commonest level, the median number or day."""
        if self.kind == "category":
            return self.levels[0]
        if self.kind == "date":
            return (_EPOCH + timedelta(days=int(self.typical))).isoformat()
        return float(f"{self.typical:.6g}")

    def read(self, cells: Sequence[str]) -> Doubles:
        """Return cells as (n, width); NaN where one is missing or cannot be read."""
        if self.kind == "number":
            return numbers(cells)[:, None]
        if self.kind == "date":
            return _calendar(days(cells))
        other = len(self.levels)
        ranks = self.ranks
        found = [math.nan if cell in MISSING else ranks.get(cell, other) for cell in cells]
        return np.array(found, dtype=np.float64)[:, None]


@dataclass(frozen=True)
class Columns:
    """The columns that a model reads, and those that it could not use.

    Attributes:
        used: In the order of the file.
        unused: Name → why it tells nothing.
    """

    used: tuple[Column, ...]
    unused: Mapping[str, Reason]

    @classmethod
    def fit(cls, rows: Rows, kinds: Mapping[str, Kind]) -> Columns:
        """Read the columns off training rows.

        Args:
            rows: Column → cell.
            kinds: Columns whose kind is given.

        Raises:
            ColumnMissing: `kinds` names a column that the rows lack.
            TooFewRows: no column tells the rows apart.
        """
        names = list(rows[0]) if rows else []
        for name in kinds:
            if name not in names:
                raise _lacking(name, names, "data.columns")
        used: list[Column] = []
        unused: dict[str, Reason] = {}
        for name in names:
            found = _column(name, texts(rows, name), kinds.get(name))
            if isinstance(found, Column):
                used.append(found)
            else:
                unused[name] = found
        if not used:
            raise TooFewRows(
                expected="a column that tells the rows apart",
                got=", ".join(f"{name}: {why}" for name, why in unused.items()) or "no column",
                do="Add columns, or name the kind of one in data.columns.",
            )
        return cls(tuple(used), unused)

    @property
    def names(self) -> list[str]:
        """The names of the columns that are read."""
        return [column.name for column in self.used]

    @property
    def example(self) -> dict[str, str | float]:
        """A row such as there are many, column → cell."""
        return {column.name: column.example for column in self.used}

    @cached_property
    def places(self) -> list[slice]:
        """Where each column stands in a row's vector."""
        ends = list(accumulate(column.width for column in self.used))
        return [slice(end - one.width, end) for one, end in zip(self.used, ends, strict=True)]

    @property
    def width(self) -> int:
        """How long a row's vector is."""
        return int(self.places[-1].stop)

    def encode(self, rows: Rows) -> Doubles:
        """Return rows as vectors (n, width), NaN where a cell is missing or cannot be read."""
        found = np.empty((len(rows), self.width))
        for column, place in zip(self.used, self.places, strict=True):
            found[:, place] = column.read(texts(rows, column.name))
        return found

    def check(self, rows: Rows, *, only: bool = True, numbers: Sequence[int] | None = None) -> None:
        """Refuse rows that lack a column, or whose number or date cannot be read.

        Args:
            rows: Column → cell, as a caller gave them.
            only: Refuse columns that the model does not know, too.
            numbers: Of the rows, for errors; counted from one where left out.

        Raises:
            ColumnMissing, RowUnreadable: what is wrong, in which row.
        """
        known, counted = set(self.names), numbers or range(1, len(rows) + 1)
        for number, row in zip(counted, rows, strict=True):
            gone = next((name for name in self.names if name not in row), None)
            if gone is not None:
                raise _lacking(gone, list(row), f"row {number}")
            extra = next((name for name in row if name not in known | self.unused.keys()), None)
            if only and extra is not None:
                near = nearest(extra, known)
                raise RowUnreadable(
                    expected=f"the columns {_few(self.names)}",
                    got=f"a column {extra[:80]!r}",
                    do=f"Did you mean {near!r}?" if near else "Leave it out.",
                    where=f"row {number}",
                )
        for column in self.used:
            _demand(column, texts(rows, column.name), counted)

    def as_dict(self) -> dict[str, Any]:
        """Return what `of` reads."""
        return {"used": [asdict(column) for column in self.used], "unused": dict(self.unused)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Columns:
        """Read what `as_dict` gave."""
        used = (Column(**one | {"levels": tuple(one["levels"])}) for one in told["used"])
        return cls(tuple(used), told["unused"])


def texts(rows: Rows, name: str) -> list[str]:
    """Return the cells of a column as stripped text, "" where a row lacks it."""
    cells = (row.get(name) for row in rows)
    return [(cell if isinstance(cell, str) else as_text(cell)).strip() for cell in cells]


def numbers(cells: Sequence[str]) -> Doubles:
    """Return cells as numbers (n,), NaN where one is missing, infinite or no number."""
    plain = ["nan" if cell in MISSING else cell for cell in cells]
    try:
        found = np.array(plain, dtype=object).astype(np.float64)
    except ValueError:
        found = np.array([_number(cell) for cell in plain], dtype=np.float64)
    found[~np.isfinite(found)] = math.nan
    return found


def days(cells: Sequence[str]) -> Doubles:
    """Return cells as days since 1970 (n,), NaN where one is missing or no date."""
    known = {cell: _day(cell) for cell in set(cells)}
    return np.array([known[cell] for cell in cells], dtype=np.float64)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _day(cell: str) -> float:
    if cell in MISSING or cell.isdecimal():  # fromisoformat takes 20240101, a number to us
        return math.nan
    try:
        return _since(datetime.fromisoformat(cell))
    except ValueError:
        pass
    for form in DATES:
        try:
            return _since(datetime.strptime(cell, form))
        except ValueError:
            continue
    return math.nan


def _since(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() / _DAY


def _calendar(found: Doubles) -> Doubles:
    """Return days (n,) with their month, 1 to 12, and day of the week, Monday 0 (n, 3)."""
    whole = np.floor(np.nan_to_num(found)).astype("datetime64[D]")
    month = whole.astype("datetime64[M]").astype(np.int64) % 12 + 1
    weekday = (whole.astype(np.int64) + 3) % 7
    gone = np.isnan(found)
    parts = [np.where(gone, math.nan, part) for part in (found, month, weekday)]
    return np.stack(parts, axis=1)


def _column(name: str, cells: Sequence[str], given: Kind | None) -> Column | Reason:
    present = [cell for cell in cells if cell not in MISSING]
    if not present:
        return "empty"
    if len(set(present)) == 1 and len(present) == len(cells):
        return "constant"
    kind = given or kind_of(present)
    if kind == "category":
        counts = Counter(present)
        if given is None and len(present) >= MANY and len(counts) >= UNIQUE * len(present):
            return "words"
        levels = sorted(counts, key=lambda level: (-counts[level], level))
        return Column(name, kind, tuple(levels[:MOST_LEVELS]))
    found = numbers(present) if kind == "number" else days(present)
    if given is None and kind == "number" and counts_rows(found):
        return "identifier"
    known = found[~np.isnan(found)]
    return Column(name, kind, typical=float(np.median(known)) if len(known) else 0.0)


def kind_of(present: Sequence[str]) -> Kind:
    """Return what cells, none of them missing, are read as."""
    least = MOSTLY * len(present)
    if np.count_nonzero(~np.isnan(numbers(present))) >= least:
        return "number"
    some = present[:: max(1, len(present) // 1000)]
    if np.count_nonzero(~np.isnan(days(some))) >= MOSTLY * len(some):
        return "date"
    return "category"


def counts_rows(found: Doubles) -> bool:
    """Tell whether numbers are those of rows: whole, all different, and nearly without gaps.

    Rows set aside leave gaps, so up to half of the numbers may be absent.
    """
    if len(found) < MANY or np.isnan(found).any() or (found % 1).any():
        return False
    return len(np.unique(found)) == len(found) and float(np.ptp(found)) < 2 * len(found)


def _demand(column: Column, cells: Sequence[str], counted: Sequence[int]) -> None:
    if column.kind == "category":
        return
    found = column.read(cells)[:, 0]
    for i in np.flatnonzero(np.isnan(found)).tolist():
        if cells[i] not in MISSING:
            raise RowUnreadable(
                expected=f"a {column.kind} in column {column.name!r}, or nothing",
                got=repr(cells[i][:60]),
                do="Write a plain number such as 3.5, without a unit or a thousands separator."
                if column.kind == "number"
                else "Write it as 2026-11-23.",
                where=f"row {counted[i]}",
            )


def _lacking(name: str, names: Iterable[str], where: str) -> ColumnMissing:
    near = nearest(name, names)
    return ColumnMissing(
        expected=f"a column named {name!r}",
        got=f"columns {_few(list(names))}",
        do=f"Did you mean it by {near!r}?" if near else "Add it; an empty cell says it is missing.",
        where=where,
    )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")
