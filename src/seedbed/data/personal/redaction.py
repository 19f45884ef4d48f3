"""Takes personal data out of rows, and says of each row what was taken, not what it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from seedbed.data.personal.find import Found, Instead, find, placeholder, replaced
from seedbed.data.readers.base import Row

if TYPE_CHECKING:
    from seedbed.data.load import Asks


class Redaction:
    """Writes something in the place of the personal data in rows; remembers what it found in which.

    It looks into every cell but the labels, what rows are grouped and ordered by, and pictures. Of
    JSON, such as a conversation, every text in it is looked into by itself. The name of a column
    that holds no text to read may say what it does hold, such as `phone`.

    Args:
        task: What the rows are for.
        instead: What stands in its place.
        read: Columns of texts that are read; by default those that the task asks for by name.

    Attributes:
        texts: The texts of the row at hand in which something was found, with what was found.
        rows: Row number → kind → pieces found.
    """

    def __init__(
        self, task: Asks, instead: Instead = placeholder, read: Collection[str] | None = None
    ) -> None:
        self.instead = instead
        self.texts: list[tuple[str, list[Found]]] = []
        self.rows: dict[int, Counter[str]] = {}
        self._task = task
        self._read = (task.columns() or ()) if read is None else read
        self._kept = _kept(task)

    def __call__(self, row: Row) -> Row:
        """Return the row without personal data."""
        self.texts = []
        linked = self._task.linked(row.cells, self)
        cells = {
            name: linked[name] if name in linked else self._cell(name, cell)
            for name, cell in row.cells.items()
        }
        if self.texts:
            self.rows[row.number] = Counter(
                piece.kind for _, found in self.texts for piece in found
            )
        return row._replace(cells=cells)

    def text(self, text: str, before: str = "") -> str:
        """Return a text without personal data; `before` is what it is read behind."""
        return replaced(text, self.find(text, before), self.instead)

    def find(self, text: str, before: str = "") -> list[Found]:
        """Return the personal data in a text of the row at hand."""
        size = len(before)
        pieces = find(before + text)
        found = [Found(kind, start - size, end - size) for kind, start, end in pieces]
        found = [piece for piece in found if piece.start >= 0]
        if found:
            self.texts.append((text, found))
        return found

    def value(self, value: Any, before: str = "") -> Any:
        """Return a value of JSON without personal data."""
        if isinstance(value, str):
            return self.text(value, before)
        if isinstance(value, list):
            return [self.value(one, before) for one in value]
        if isinstance(value, dict):
            done: dict[str, Any] = {}
            for key, one in value.items():
                done[_free(self.text(key), done)] = self.value(one, before and f"{key}: ")
            return done
        if isinstance(value, bool) or value is None:
            return value
        number = self.text(str(value), before)
        return value if number == str(value) else number

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

    def _cell(self, name: str, cell: str) -> str:
        if name in self._kept:
            return cell
        before = "" if name in self._read else f"{name}: "
        count = len(self.texts)
        try:
            done = self.value(parsed(cell), before)
            if done is not None:
                return cell if len(self.texts) == count else dumped(done, cell)
        except RecursionError:  # lists in lists without end are no more than text
            del self.texts[count:]
        return self.text(cell, before)


def parsed(cell: str) -> Any:
    """Return what a cell of JSON holds, a list or an object; None where it is none."""
    if cell.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


def dumped(value: Any, cell: str) -> str:
    """Return a value as JSON, with characters escaped where the cell that it comes from has any."""
    return json.dumps(value, ensure_ascii="\\u" in cell)


def _free(key: str, taken: Collection[str]) -> str:
    """Return a key, longer where another has become the same: no value gets lost."""
    return key if key not in taken else _free(f"{key}_", taken)


def _kept(task: Asks) -> set[str]:
    """Return the columns that stay as they are."""
    data, named = task.data, task.columns()
    kept = {data.group, data.time} - {None}
    if named is None or named.get(data.label) == "data.label":
        kept.add(data.label)
    if task.reads == "image":
        kept.add(data.image)
    return {name for name in kept if name}
