"""What a row holds, to a task: its input, its texts, its answer, and what is missing.

This is the side of a task that the data layer asks (`seedbed.data.load.Asks`): to read rows, split
them, find what is wrong with them, and write copies without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from seedbed.data.table import Table
from seedbed.recipe import Data

if TYPE_CHECKING:
    from seedbed.data.personal.redaction import Redaction


class Rows(ABC):
    """How a task reads rows."""

    reads: ClassVar[str] = "text"
    """What an input is: `text`, `pair` (two texts), `image` or `table` (a row of one)."""

    def __init__(self, data: Data) -> None:
        self.data = data

    def columns(self) -> Mapping[str, str] | None:
        """Return the columns to read, with the recipe's keys that name them; None for all."""
        return {self.data.text: "data.text", self.data.label: "data.label"}

    def gather(self, tables: Sequence[Table]) -> None:
        """Look at all rows of a run before any other question is asked of them.

        For what rows have in common, such as the collection that answers are chosen from; never for
        which answer belongs to a row that is set aside.
        """
        return

    @abstractmethod
    def inputs(self, table: Table) -> Sequence[Any]:
        """Return what the model reads, one item a row."""

    def blank(self, table: Table) -> Sequence[bool]:
        """Return which rows hold nothing to learn from: an empty text, or one of two."""
        return [_is_blank(one) for one in self.inputs(table)]

    def unanswered(self, table: Table) -> Sequence[bool]:
        """Return which rows lack the answer that every row must have."""
        cells = table.columns.get(self.data.label)
        if cells is None or self.data.label_separator is not None:
            return [False] * len(table)
        return [not str(cell).strip() for cell in cells]

    def texts(self, table: Table) -> Sequence[str]:
        """Return what tells rows apart, as text: duplicates and leaks are found by it."""
        return [one if isinstance(one, str) else "" for one in self.inputs(table)]

    def shown(self, table: Table) -> Sequence[str]:
        """Return what a person knows each row by."""
        return self.texts(table)

    def strata(self, table: Table) -> Sequence[str]:
        """Return what a split should keep in proportion, one word a row; empty for nothing."""
        return [""] * len(table)

    def answered(self, table: Table) -> Sequence[str]:
        """Return each row's answer as a word: rows of one text that share it repeat each other."""
        # Without a column of labels nothing here can tell, so every row is another.
        return [str(cell).strip() for cell in table.columns.get(self.data.label, table.numbers)]

    def linked(self, cells: Mapping[str, str], hide: Redaction) -> Mapping[str, str]:
        """Return, without personal data, the cells that would no longer fit each other.

        Such as a text, and places in it. `hide` does all others one by one.
        """
        return {}


def _is_blank(one: Any) -> bool:
    if isinstance(one, tuple):
        return any(_is_blank(part) for part in one)
    return isinstance(one, str) and not one.strip()
