"""Finds personal data in a text, masks it, and takes it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
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


Instead = Callable[[Found, str], str]
"""What stands in the place of a piece, or of a part of one."""


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


def masked(text: str) -> str:
    """Return the text with a dot for each letter and digit of its personal data."""
    return replaced(text, find(text), dots)


def replaced(text: str, found: Sequence[Found], by: Instead) -> str:
    """Return the text with something in place of each piece."""
    parts, at = [], 0
    for piece in found:
        parts += [text[at : piece.start], by(piece, text[piece.start : piece.end])]
        at = piece.end
    return "".join([*parts, text[at:]])


def placeholder(piece: Found, part: str) -> str:
    """Return what stands for a piece that is taken out."""
    return PLACEHOLDERS[piece.kind]


def dots(piece: Found, part: str) -> str:
    """Return as many signs as a piece, or a part of it, has: a dot for each letter and digit."""
    return _LETTER.sub(MASK, part)


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
