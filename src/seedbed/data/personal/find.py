"""Finds personal data in a text, masks it, and takes it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from seedbed.data.personal.kinds import KINDS, NEAR, PLACEHOLDERS, PROVINCES, Kind

MASK = "•"

# Full-width signs as plain ones, and all dashes and spaces as one: a character for a character.
_SIGNS = {0xFF01 + i: 0x21 + i for i in range(94)}
_SIGNS |= dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), ord("-"))
_SIGNS |= dict.fromkeys([0x3000, 0xA0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F], ord(" "))
_WORTHWHILE = re.compile(
    rf"@|[0-9](?:[^0-9]{{0,3}}[0-9]){{3}}|[0-9][A-Z0-9]{{4}}|:[0-9A-Fa-f]*:|[{PROVINCES}][A-HJ-NP-Z]"
)
_LINK = re.compile(r"(?:https?://|www\.)[\x21-\x7e]+")
_LETTER = re.compile(r"\w")


class Found(NamedTuple):
    """A piece of a text: `text[start:end]` is personal data of a kind."""

    kind: str
    start: int
    end: int


def find(text: str) -> list[Found]:
    """Return the personal data in a text, in its order; no two pieces overlap."""
    even = plainly(text)
    if not _WORTHWHILE.search(even):
        return []
    taken: list[Found] = []
    links = [match.span() for match in _LINK.finditer(even)]
    for kind in KINDS:
        for start, end in _pieces(even, kind, [] if kind.in_links else links):
            if all(end <= other.start or other.end <= start for other in taken):
                taken.append(Found(kind.name, start, end))
    return sorted(taken, key=lambda found: found.start)


def plainly(text: str) -> str:
    """Return a text of the same length with plain digits, letters, dashes and spaces."""
    return text if text.isascii() else text.translate(_SIGNS)


def redact(text: str, found: list[Found], placeholders: Mapping[str, str] = PLACEHOLDERS) -> str:
    """Return the text with a placeholder in place of each piece."""
    return _replaced(text, found, lambda piece: placeholders[piece.kind])


def masked(text: str, found: list[Found] | None = None) -> str:
    """Return the text with a dot for each letter and digit of its personal data.

    Args:
        text: The text.
        found: Its personal data, where it is known.
    """
    pieces = find(text) if found is None else found
    return _replaced(text, pieces, lambda one: _LETTER.sub(MASK, text[one.start : one.end]))


def _replaced(text: str, found: list[Found], by: Callable[[Found], str]) -> str:
    parts, at = [], 0
    for piece in found:
        parts += [text[at : piece.start], by(piece)]
        at = piece.end
    return "".join([*parts, text[at:]])


def _pieces(even: str, kind: Kind, links: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for match in kind.pattern.finditer(even):
        start, end = match.span()
        if any(first <= start < last for first, last in links):
            continue
        if kind.near and not kind.near.search(even[max(0, start - NEAR) : start]):
            continue
        fits = kind.check(match.group())
        if fits:
            yield start, end if fits is True else start + fits
