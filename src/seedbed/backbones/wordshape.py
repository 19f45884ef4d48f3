"""Words by what they look like and what stands beside them, for a linear model of tags.

The features are those of conditional-random-field taggers (Ratinov & Roth 2009): the word, its
ends, its shape, and the same of its neighbours, hashed (Weinberger et al. 2009).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.head import Floats, Linear

WIDTH = 1 << 17
_EDGE = "\x1e"

Columns = NDArray[np.int32]


def terms(words: Sequence[str]) -> list[Columns]:
    """Return the columns of each word's features, each below `WIDTH`."""
    padded = [_EDGE, _EDGE, *words, _EDGE, _EDGE]
    lower = [word.lower() for word in padded]
    shapes = [_shape(word) for word in padded]
    return [
        np.unique([crc32(one.encode()) % WIDTH for one in _features(lower, shapes, i)])
        for i in range(2, len(padded) - 2)
    ]


def common(rows: Sequence[Columns], least: int) -> Columns:
    """Return the columns that so many words have, sorted."""
    counts = np.bincount(np.concatenate([*rows]), minlength=WIDTH)
    return np.flatnonzero(counts >= least).astype(np.int32)


def matrix(rows: Sequence[Columns], known: Columns) -> Any:
    """Return words' columns as a sparse matrix (words, known columns) of ones."""
    from scipy.sparse import csr_matrix

    place = np.full(WIDTH, -1, dtype=np.int32)
    place[known] = np.arange(len(known))
    found = [place[row] for row in rows]
    found = [row[row >= 0] for row in found]
    starts = np.cumsum([0, *map(len, found)])
    columns = np.concatenate([*found]) if found else np.zeros(0, np.int32)
    ones = np.ones(len(columns), dtype=np.float32)
    return csr_matrix((ones, columns, starts), shape=(len(found), len(known)))


def spread(head: Linear, known: Columns, rows: Sequence[Sequence[Columns]]) -> Floats:
    """Return logits (n, most words, labels) of rows of words' columns."""
    flat = head.logits(matrix([one for row in rows for one in row], known))
    found = np.zeros((len(rows), max(1, *map(len, rows)), flat.shape[1]), dtype=np.float32)
    start = 0
    for i, row in enumerate(rows):
        found[i, : len(row)] = flat[start : start + len(row)]
        start += len(row)
    return found


def _features(words: Sequence[str], shapes: Sequence[str], i: int) -> Iterator[str]:
    word = words[i]
    yield f"w {word}"
    for size in (2, 3, 4):
        yield f"p {word[:size]}"
        yield f"s {word[-size:]}"
    for step in (-2, -1, 0, 1, 2):
        yield f"s{step} {shapes[i + step]}"
        if step:
            yield f"w{step} {words[i + step]}"
    yield f"b-1 {words[i - 1]} {word}"
    yield f"b+1 {word} {words[i + 1]}"
    yield f"b-2 {words[i - 2]} {words[i - 1]}"
    yield f"b+2 {words[i + 1]} {words[i + 2]}"
    yield f"t {words[i - 1]} {word} {words[i + 1]}"
    yield f"h {shapes[i - 1]} {shapes[i]} {shapes[i + 1]}"


def _shape(word: str) -> str:
    """Return Xx for Rick, XX for USA, d for 2017; marks stand for themselves."""
    shape = re.sub("[A-Z]", "X", word)
    shape = re.sub("[a-z]", "x", shape)
    shape = re.sub(r"\d", "d", shape)
    return re.sub(r"(.)\1+", r"\1\1", shape)[:8]
