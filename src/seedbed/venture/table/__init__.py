"""Dated tables of machine prices, of analogies and of funding rounds: defaults, never facts.

A file of the same name beside the venture file wins, then one in `SEEDBED_HOME/tables`, then ours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as day
from importlib.resources import files
from pathlib import Path

from seedbed.errors import TableWrong
from seedbed.recipe import nearest
from seedbed.venture.assumption import Assumption
from seedbed.venture.belief import AMOUNT, Impossible, parse

TABLES = ("prices.csv", "analogies.csv", "rounds.csv")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        name: What the venture calls it.
        cells: Every cell by its heading.
        source: Where the row is from.
        date: When that was.
        where: The file and line.
    """

    name: str
    cells: dict[str, str]
    source: str
    date: day
    where: str

    def belief(self, value: str, low: str = "", high: str = "", *, per: float = 1) -> Assumption:
        """Return the assumption that some cells make, divided by `per`."""
        told = {"value": self.cells.get(value), "low": self.cells.get(low)}
        told["high"] = self.cells.get(high)
        try:
            numbers = {key: float(cell) / per for key, cell in told.items() if cell}
            return parse({**numbers, "source": self.source, "date": self.date}, AMOUNT)
        except (Impossible, ValueError) as cause:
            raise TableWrong(
                expected=f"numbers in {value}, and low ≤ value ≤ high",
                got=str(cause),
                do="Mend the row.",
                where=self.where,
            ) from None

    def age(self, today: day) -> int:
        """Return how many days old the row is."""
        return (today - self.date).days


class Tables:
    """The tables that a venture uses.

    Args:
        folders: Where to look first for a file of the table's name.
    """

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self._folders = tuple(folders)

    def path(self, table: str) -> Path:
        """Return the file that a table is read from."""
        own = (folder / table for folder in self._folders)
        shipped = Path(str(files("seedbed.venture"))) / "table" / table
        return next((path for path in own if path.is_file()), shipped)

    def rows(self, table: str) -> dict[str, Row]:
        """Return all rows of a table by name.

        Raises:
            TableWrong: it is no table, or a row lacks its name, source or date.
        """
        path = self.path(table)
        try:
            with path.open(encoding="utf-8-sig", newline="") as handle:
                read = list(csv.DictReader(handle, strict=True))
        except (OSError, UnicodeDecodeError, csv.Error) as cause:
            raise TableWrong(
                expected="a CSV file in UTF-8",
                got=str(cause),
                do="Mend it, or take it away: Seedbed's own is used then.",
                where=str(path),
            ) from None
        made = [_row(cells, f"{path.name}, line {line}") for line, cells in enumerate(read, 2)]
        return {row.name: row for row in made}

    def row(self, table: str, name: str) -> Row:
        """Return one row.

        Raises:
            TableWrong: there is none of that name; the nearest is named.
        """
        known = self.rows(table)
        if name in known:
            return known[name]
        near = nearest(name, known)
        raise TableWrong(
            expected=f"one of {', '.join(known)}",
            got=repr(name),
            do=f"Did you mean {near!r}?" if near else f"Add a row to a {table} beside the venture.",
            where=str(self.path(table)),
        )


def _row(cells: dict[str, str | None], where: str) -> Row:
    plain = {key: (cell or "").strip() for key, cell in cells.items() if isinstance(key, str)}
    try:
        dated = day.fromisoformat(plain.get("date", ""))
    except ValueError:
        dated = None
    if dated is None or not plain.get("name") or not plain.get("source"):
        raise TableWrong(
            expected="a name, a source and a date such as 2026-11-20",
            got=", ".join(f"{key} {plain.get(key, '')!r}" for key in ("name", "source", "date")),
            do="Fill them in: a number from nowhere is no number.",
            where=where,
        )
    return Row(plain["name"], plain, plain["source"], dated, where)
