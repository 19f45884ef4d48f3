"""Batches of rows of near-equal length, under a budget of word pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def by_length(lengths: Index, max_rows: int, max_tokens: int) -> list[Index]:
    """Return batches of row positions, shortest rows first, every row once.

    Args:
        lengths: Word pieces of each row (n,).
        max_rows: Most rows to a batch.
        max_tokens: Most word pieces to a batch, padding counted; a longer row stands alone.
    """
    order = np.argsort(lengths, kind="stable")
    batches: list[Index] = []
    start = 0
    for end in range(1, len(order) + 1):
        full = end - start == max_rows
        if end < len(order) and not full:
            full = (end - start + 1) * lengths[order[end]] > max_tokens
        if full or end == len(order):
            batches.append(order[start:end])
            start = end
    return batches


def shuffled(lengths: Index, rows: int, seed: tuple[int, ...]) -> list[Index]:
    """Return batches of `rows` rows for one epoch: random, yet each of near-equal length.

    Rows are shuffled, sorted by length within blocks of fifty batches, cut, and the batches
    shuffled; so a batch wastes little on padding and an epoch visits every row once.

    Args:
        lengths: Word pieces of each row (n,).
        rows: Rows to a batch; the last may be smaller.
        seed: Behind the draw; the same seed gives the same batches.
    """
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(lengths))
    batches: list[Index] = []
    for block in range(0, len(order), rows * 50):
        part = order[block : block + rows * 50]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + rows] for i in range(0, len(part), rows)]
    return [batches[i] for i in draw.permutation(len(batches))]
