"""Lines of Chinese for a terminal: they may end after any character, but not before a full stop.

Rich breaks lines at spaces alone, so that Chinese sentences with numbers in them come out ragged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PIECE = re.compile(
    r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]|[^\s\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+|\s+"
)
_CLOSING = frozenset("，。；：、！？）》】”’")
_OPENING = frozenset("（《【“‘")


def wrapped(text: str, width: int) -> str:
    """Return a text in lines of at most so many cells; a longer word is left to the terminal."""
    return "\n".join(_lines(text, width))


def _lines(text: str, width: int) -> Iterator[str]:
    from rich.cells import cell_len

    line = ""
    for piece in _pieces(text):
        if line and cell_len((line + piece).rstrip()) > width:
            yield line.rstrip()
            line = ""
            piece = piece.lstrip()
        line += piece
    yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Yield what stays together: words, and characters with the marks that cling to them."""
    held = ""
    for found in _PIECE.finditer(text):
        piece = found[0]
        if held and piece not in _CLOSING and held[-1] not in _OPENING:
            yield held
            held = ""
        held += piece
    if held:
        yield held
