"""Takes personal data out of rows, and says of each row what was taken, not what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from seedbed.data.personal.find import find, redact
from seedbed.data.readers.base import Row


class Redaction:
    """Redacts the cells of rows; remembers what it took out of which.

    Args:
        kept: Columns that stay as they are: labels, and what rows are grouped or ordered by.

    Attributes:
        rows: Row number → kind → pieces taken out.
    """

    def __init__(self, kept: Collection[str]) -> None:
        self.kept = kept
        self.rows: dict[int, Counter[str]] = {}

    def __call__(self, row: Row) -> Row:
        """Return the row without personal data."""
        kinds: Counter[str] = Counter()
        cells = {
            name: cell if name in self.kept else _redacted(cell, kinds)
            for name, cell in row.cells.items()
        }
        if kinds:
            self.rows[row.number] = kinds
        return row._replace(cells=cells)

    def why(self, number: int) -> str:
        """Return what was taken out of a row, such as `2 email, 1 phone`."""
        return ", ".join(f"{count} {kind}" for kind, count in self.rows[number].items())

    def counts(self, gone: Mapping[int, object]) -> dict[str, int]:
        """Return pieces taken out by kind, of the rows that are not gone."""
        total: Counter[str] = Counter()
        for number, kinds in self.rows.items():
            if number not in gone:
                total.update(kinds)
        return dict(total)


def _redacted(cell: str, kinds: Counter[str]) -> str:
    found = find(cell)
    kinds.update(piece.kind for piece in found)
    return redact(cell, found)
