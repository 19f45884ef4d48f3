"""A collection of answers to choose from: each once, whatever its spaces and capitals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import overload

import numpy as np

from seedbed.data.fingerprints import key

FILE = "answers.jsonl"
NEWLINE = 10


class Collection:
    """Answers by their place, and places by answer.

    Texts that differ in nothing but white space, capitals and the width of letters are one answer.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: Sequence[str] = []
        self._places: dict[int, int] | None = {}
        self.add(texts)

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, texts: Iterable[str]) -> None:
        """Put texts at the end that are not there yet; empty ones are no answers."""
        known, kept = self._known(), list(self.texts)
        for text in texts:
            found = key(text)
            if found and found not in known:
                known[found] = len(kept)
                kept.append(text)
        self.texts = kept

    def place(self, text: str) -> int:
        """Return an answer's place; -1 where it is not in the collection."""
        return self._known().get(key(text), -1)

    def _known(self) -> dict[int, int]:
        if self._places is None:
            self._places = {}
            for place, text in enumerate(self.texts):
                self._places.setdefault(key(text), place)
        return self._places

    def save(self, folder: Path) -> None:
        """Write the answers, one JSON object with `text` a line, in order of place."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE).open("w", encoding="utf-8") as out:
            for text in self.texts:
                out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Collection:
        """Open what `save` wrote; a text is read when it is asked for."""
        found = cls()
        found.texts = Lines(folder / FILE)
        found._places = None
        return found


class Lines(Sequence[str]):
    """The texts of a file of JSON lines, read one at a time.

    Args:
        path: The file; it does not change while it is open.
    """

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        if not self._size:
            self._ends = np.zeros(0, dtype=np.int64)
            return
        with path.open("rb") as file:
            self._map = mmap(file.fileno(), 0, access=ACCESS_READ)
        self._ends = np.flatnonzero(np.frombuffer(self._map, dtype=np.uint8) == NEWLINE)

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        start = int(self._ends[place - 1]) + 1 if place else 0
        text: str = json.loads(self._map[start : int(self._ends[place])])["text"]
        return text
