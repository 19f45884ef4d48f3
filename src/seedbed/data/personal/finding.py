"""What a check says of personal data: how much, in which rows; never what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from seedbed.data.findings import SNIPPET, Finding, build
from seedbed.data.personal import words
from seedbed.data.personal.find import Found, find, masked
from seedbed.data.personal.kinds import NAMES

AROUND = 60
"""Characters that a finding shows before a piece of personal data."""


class Place(NamedTuple):
    """A row that is looked through."""

    split: str
    row: int
    text: str


def findings(places: Iterable[Place]) -> Iterator[Finding]:
    """Yield a finding for each kind of personal data that stands in the rows.

    Test rows are sealed, and are not to be given.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for place in places:
        found = find(place.text)
        for kind in dict.fromkeys(piece.kind for piece in found):
            rows[kind].append(_shown(place, kind, found))
    for kind in NAMES:
        if rows[kind]:
            pieces = sum(row["count"] for row in rows[kind])
            said = words.personal(kind, pieces, len(rows[kind]))
            yield build(f"personal_{kind}", "warning", len(rows[kind]), said, rows[kind])


def _shown(place: Place, kind: str, found: Sequence[Found]) -> dict[str, Any]:
    first = next(piece for piece in found if piece.kind == kind)
    count = sum(piece.kind == kind for piece in found)
    # A mask is as long as what it hides, so the places are those of the text.
    hidden = masked(place.text, list(found))
    begin = max(0, first.start - AROUND)
    part = " ".join(hidden[begin : begin + SNIPPET].split())
    shown = ("…" if begin else "") + part + ("…" if begin + SNIPPET < len(hidden) else "")
    return {"split": place.split, "row": place.row, "count": count, "text": shown}
