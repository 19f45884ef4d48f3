"""Takes personal data out of sentences, with the tags or spans still in their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seedbed.data.personal.find import Found, replaced
from seedbed.data.personal.redaction import Redaction, dumped
from seedbed.tasks.spans import joined, loaded, span

_KINDS = ("type", "label", "labels")
"""Keys of a span that name its type: a label, which stays."""

Piece = tuple[int, int, int]
"""Where a piece of a text begins and ends, and how long what stands in its place is."""


def hidden(text: str, label: str, hide: Redaction) -> tuple[str, str]:
    """Return a row's two cells without personal data; `spans.read` says how they are written.

    Words stay as many as their tags: each in which a part of a piece stands has the placeholder.
    Spans move with their text; one that begins or ends within a piece holds the whole placeholder.
    """
    told = loaded(label)
    tags = told.split() if isinstance(told, str) else told
    if tags and not all(isinstance(tag, str) for tag in tags):
        return _moved(text, tags, label, hide)
    words = loaded(text)
    if isinstance(words, str):
        if not tags:
            return hide.text(text), label
        left = _words(words.split(), hide)
        return text if left is None else " ".join(left), label
    left = _words([str(word) for word in words], hide)
    return text if left is None else dumped(left, text), label


def _words(words: list[str], hide: Redaction) -> list[str] | None:
    """Return as many words, without personal data; None where there is none."""
    sentence = joined(words)
    found = hide.find(sentence.text)
    left = []
    for word, start in zip(words, sentence.starts, strict=True):
        end = start + len(word)
        parts = [
            Found(one.kind, max(one.start, start) - start, min(one.end, end) - start)
            for one in found
            if one.start < end and start < one.end
        ]
        left.append(replaced(word, parts, hide.instead))
    return left if found else None


def _moved(text: str, told: Sequence[Any], label: str, hide: Redaction) -> tuple[str, str]:
    """Return a text without personal data, and its spans where they are now."""
    found = hide.find(text)
    left = replaced(text, found, hide.instead)
    sizes = (len(hide.instead(one, text[one.start : one.end])) for one in found)
    pieces = [(one.start, one.end, size) for one, size in zip(found, sizes, strict=True)]
    spans: list[Any] = []
    for one in told:
        start, end, _ = span(one, "")
        start, end = _place(start, pieces, last=False), _place(end, pieces, last=True)
        if isinstance(one, dict):
            now = {"start": start, "end": end, "text": left[start:end]}
            spans.append({name: _part(name, one[name], now, hide) for name in one})
        else:
            spans.append([start, end, *one[2:]])
    return (left, dumped(spans, label)) if hide.texts else (text, label)


def _part(name: str, value: Any, now: dict[str, Any], hide: Redaction) -> Any:
    if name in now:
        return now[name]
    return value if name in _KINDS else hide.value(value)


def _place(at: int, pieces: Sequence[Piece], *, last: bool) -> int:
    """Return where a span begins, or ends (`last`), once the pieces have been replaced."""
    moved = at
    for start, end, size in pieces:
        if end <= at:
            moved += size - (end - start)
        elif start < at:
            return moved - (at - start) + (size if last else 0)
    return moved
