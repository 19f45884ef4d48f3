"""What a check says of personal data: how much, in which rows; never what it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from seedbed.data.findings import SNIPPET, Finding, build
from seedbed.data.personal import words
from seedbed.data.personal.find import Found, dots, replaced
from seedbed.data.personal.kinds import NAMES

AROUND = 60
"""Characters that a finding shows before a piece of personal data."""


class Place(NamedTuple):
    """A row that holds personal data: its texts in which some stands, and what stands there."""

    split: str
    row: int
    texts: Sequence[tuple[str, Sequence[Found]]]

    def count(self, kind: str) -> int:
        """Return how many pieces of a kind it holds."""
        return sum(piece.kind == kind for _, found in self.texts for piece in found)


def findings(places: Iterable[Place]) -> Iterator[Finding]:
    """Yield a finding for each kind of personal data that stands in the rows.

    Test rows are sealed, and are not to be given.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for place in places:
        for kind in dict.fromkeys(piece.kind for _, found in place.texts for piece in found):
            rows[kind].append(_shown(place, kind))
    for kind in NAMES:
        if rows[kind]:
            pieces = sum(row["count"] for row in rows[kind])
            said = words.personal(kind, pieces, Counter(row["split"] for row in rows[kind]))
            yield build(f"personal_{kind}", "warning", len(rows[kind]), said, rows[kind])


def _shown(place: Place, kind: str) -> dict[str, Any]:
    text, found, first = next(
        (text, found, piece) for text, found in place.texts for piece in found if piece.kind == kind
    )
    # A mask is as long as what it hides, so the places are those of the text.
    hidden = replaced(text, found, dots)
    begin = max(0, first.start - AROUND)
    part = " ".join(hidden[begin : begin + SNIPPET].split())
    shown = ("…" if begin else "") + part + ("…" if begin + SNIPPET < len(hidden) else "")
    return {"split": place.split, "row": place.row, "count": place.count(kind), "text": shown}
