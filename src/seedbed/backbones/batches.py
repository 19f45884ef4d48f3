"""Batches of rows of near-equal length, under a budget of word pieces."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Floats = NDArray[np.float32]


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


def gathered(parts: Iterable[tuple[Index, Floats]], rows: int) -> Floats:
    """Return what batches gave as one array, in the order of the rows.

    Args:
        parts: Row positions (b,) with (b, width); or with (b, words, width), where the words of a
            batch may be fewer than those of another: zeros are put behind them.
        rows: How many there are in all.
    """
    found: Floats | None = None
    longer: list[tuple[Index, Floats]] = []
    for index, part in parts:
        if part.ndim == 3:
            longer.append((index, part))
            continue
        if found is None:
            found = np.empty((rows, part.shape[1]), dtype=np.float32)
        found[index] = part
    if longer:
        words = max(part.shape[1] for _, part in longer)
        found = np.zeros((rows, words, longer[0][1].shape[2]), dtype=np.float32)
        for index, part in longer:
            found[index, : part.shape[1]] = part
    assert found is not None, "rows are never empty here"
    return found
