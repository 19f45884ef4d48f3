"""The users' own words, made safe and short enough to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# What no HTML or XML text may hold: most controls, lone surrogates, non-characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Part(NamedTuple):
    """A piece of a text: `weight` None where it was not weighed, `strength` 0 to 1."""

    text: str
    weight: float | None = None
    strength: float = 0.0


def cleaned(value: Any) -> Any:
    """Return the report with characters that no page may hold replaced by U+FFFD."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("\ufffd", value.replace("\r\n", "\n"))
    if isinstance(value, Mapping):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value


def columns(text: str) -> int:
    """Return how wide a text is, in columns: two for a Chinese character, one for a letter."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shortened(text: str, most: int) -> str:
    """Return the text cut to `most` columns, with an ellipsis where something was cut."""
    # Slicing first: a cell may hold megabytes, and no column is narrower than a letter.
    head = text[: most + 1]
    if len(text) == len(head) and columns(head) <= most:
        return text
    while columns(head) > most - 1:
        head = head[:-1]
    return head.rstrip() + "…"


def wrapped(text: str, most: int) -> list[str]:
    """Return a text as one line, or two, of at most `most` columns; what is left over is cut."""
    if columns(text) <= most:
        return [text]
    at = len(shortened(text[: most + 1], most)) - 1
    # A line ends at a space; Chinese, which has none, wherever it is full.
    space = text.rfind(" ", 0, at + 1)
    at = space if space > at // 2 else at
    return [text[:at].rstrip(), shortened(text[at:].lstrip(), most)]


def tinted(text: str, weighed: Sequence[Mapping[str, Any]], most: int = 700) -> list[Part]:
    """Cut a text into its weighed parts and what stands between them.

    Args:
        text: The whole text.
        weighed: `{"text", "weight"}` in the order of the text; one that is not found is left out.
        most: Characters to show; the rest is cut and marked.
    """
    top = max((abs(part["weight"]) for part in weighed), default=0.0) or 1.0
    parts: list[Part] = []
    at = 0
    for part in weighed:
        word = part["text"].strip()
        found = text.find(word, at)
        if not word or found < 0:
            continue
        end = found + len(word)
        if end > most:
            break
        if found > at:
            parts.append(Part(text[at:found]))
        weight = float(part["weight"])
        parts.append(Part(word, weight, abs(weight) / top))
        at = end
    rest = text[at:most] + ("…" if len(text) > most else "")
    return [*parts, Part(rest)] if rest else parts
