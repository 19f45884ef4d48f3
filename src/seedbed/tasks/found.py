"""What a search says of a row: its best answers and their scores, packed as logits are.

Whatever answers rows gives one array of numbers a row, `labels` wide. A search gives the places of
its `TOP` best answers and then their scores, best first; so a collection of any size costs the
same to hand on, and rungs, engines, gate, judge and server need not know that it is a search.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Index = NDArray[np.int64]

TOP = 100
"""Answers that a search keeps of a row."""
WIDTH = 2 * TOP
"""Of the packed rows. Places are whole numbers, exact in float32 up to 16 million."""
NOWHERE, LEAST = -1, -1.0
"""The place and the score where a collection holds fewer answers than `TOP`."""


def best(scores: NDArray[Any], before: int = 0) -> Floats:
    """Return the packed best (n, WIDTH) of scores (n, size); equal scores in order of place.

    Args:
        scores: Of every answer of a part of the collection.
        before: Answers that stand before that part.
    """
    found = np.empty((len(scores), WIDTH), dtype=np.float32)
    found[:, :TOP], found[:, TOP:] = NOWHERE, LEAST
    kept = min(TOP, scores.shape[1])
    if kept == 0:
        return found
    near = np.arange(scores.shape[1])[None, :].repeat(len(scores), axis=0)
    if kept < scores.shape[1]:
        near = np.sort(np.argpartition(-scores, kept - 1, axis=1)[:, :kept], axis=1)
    theirs = np.take_along_axis(scores, near, axis=1)
    order = np.argsort(-theirs, axis=1, kind="stable")
    found[:, :kept] = np.take_along_axis(near, order, axis=1) + before
    found[:, TOP : TOP + kept] = np.take_along_axis(theirs, order, axis=1)
    return found


def joined(one: Floats, other: Floats) -> Floats:
    """Return the packed best of two parts of a collection, `one` standing before `other`."""
    places = np.hstack([one[:, :TOP], other[:, :TOP]])
    scores = np.hstack([one[:, TOP:], other[:, TOP:]])
    order = np.argsort(np.where(places < 0, np.inf, -scores), axis=1, kind="stable")[:, :TOP]
    return np.hstack(
        [np.take_along_axis(places, order, axis=1), np.take_along_axis(scores, order, axis=1)]
    )


def places(found: Floats) -> Index:
    """Return the places of packed answers (n, TOP); -1 where there is none."""
    return found[:, :TOP].astype(np.int64)


def scores_of(found: Floats) -> Floats:
    """Return the scores of packed answers (n, TOP)."""
    return found[:, TOP:]
