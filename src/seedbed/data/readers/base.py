"""What a reader is: a file format that gives rows, one at a time.

A reader is one file beside this one, registered under the entry points `seedbed.readers`. It
streams: memory does not grow with the file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple

from seedbed.errors import DataError


class Row(NamedTuple):
    """One row: its number (1 is the first under the header) and its cells as text."""

    number: int
    cells: dict[str, str]


class Broken(NamedTuple):
    """A row that could not be read: its number, the line it begins in (0: not known), and why."""

    number: int
    line: int
    error: DataError

    def why(self) -> str:
        """Return the reason in a few words."""
        return f"expected {self.error.expected}; got {self.error.got}"


Sink = Callable[[Broken], None]


class Reader(ABC):
    """One file format.

    Attributes:
        suffixes: File name endings, lower case, with the dot.
        regular: Whether every row has the same columns.
        folders: Whether it reads a folder instead of a file.
        by_hand: How a person takes rows out, where no copy as CSV can stand for what it reads.
    """

    suffixes: ClassVar[tuple[str, ...]]
    regular: ClassVar[bool] = True
    folders: ClassVar[bool] = False
    by_hand: ClassVar[str] = ""

    @abstractmethod
    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the rows of a file.

        Args:
            path: The file.
            broken: Takes each row that cannot be read; without it such a row is raised.
            encoding: Of a text file, where it is known; otherwise it is found.

        Raises:
            FileMissing, FileEmpty, FormatUnknown, EncodingUnknown: the file is of no use.
            RowBroken, CellTooLarge: a row is of no use, and `broken` was not given.
        """


def report(broken: Sink | None, flaw: Broken) -> None:
    """Hand a broken row over, or raise its error where nobody takes it."""
    if broken is None:
        raise flaw.error
    broken(flaw)
