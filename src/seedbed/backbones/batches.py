"""Batches of rows of near-equal length, under a budget of word pieces and of memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import MemoryShort, SeedbedError

Index = NDArray[np.int64]
Floats = NDArray[np.float32]
T = TypeVar("T")

log = logging.getLogger(__name__)

NO_MEMORY = ("allocate memory", "bad_alloc", "could not create a primitive")
"""What torch and ONNX Runtime, the C++ library, and oneDNN, which gives no reason, say where memory
is short."""


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


def fitting(
    lengths: Index, max_rows: int, max_tokens: int, compute: Callable[[Index], T]
) -> Iterator[tuple[Index, T]]:
    """Yield the batches of `by_length` with what is computed of each.

    Where memory runs out, what is left is computed in batches of half the size from then on.

    Args:
        lengths, max_rows, max_tokens: See `by_length`.
        compute: Called with row positions (b,); with the same ones again where it had no memory.

    Raises:
        MemoryShort: there is no memory for one row.
    """
    batches = by_length(lengths, max_rows, max_tokens)[::-1]
    while batches:
        batch = batches[-1]
        try:
            found = compute(batch)
        except Exception as cause:  # those of ONNX Runtime share no other base
            if not is_short(cause):
                raise
            size = len(batch) * int(lengths[batch].max())
            max_tokens = halved(min(max_tokens, size), lengths[batch], cause)
            log.warning("out of memory: %d word pieces at once from now on", max_tokens)
            left = np.sort(np.concatenate(batches))
            batches = [left[part] for part in by_length(lengths[left], max_rows, max_tokens)][::-1]
            continue
        batches.pop()
        yield batch, found


def halved(tokens: int, lengths: Index, cause: Exception) -> int:
    """Return half as many word pieces to compute at once, if lack of memory was the cause.

    Raises:
        MemoryShort: it was, and the longest row was alone already.
        Exception: `cause`, where it was something else.
    """
    if not is_short(cause):
        raise cause
    longest = int(lengths.max())
    if tokens < longest:
        raise MemoryShort(
            expected="memory for one row",
            got=f"none for {longest} word pieces{_said(cause)}",
            do="Lower train.max_tokens, or close other programs.",
            zh=f"内存连一行（{longest} 个词元）也放不下；请降低 train.max_tokens，或关闭其他程序",
        ) from cause
    return tokens // 2


def is_short(cause: Exception) -> bool:
    """Tell whether an exception says that memory is short."""
    if isinstance(cause, SeedbedError):
        return False
    return isinstance(cause, MemoryError) or any(one in str(cause) for one in NO_MEMORY)


@contextmanager
def memory(what: str, zh: str) -> Iterator[None]:
    """Turn lack of memory, where nothing is left to halve, into an error that says what to do.

    Args:
        what: The memory is for.
        zh: The same in Chinese.
    """
    try:
        yield
    except Exception as cause:
        if not is_short(cause):
            raise
        raise MemoryShort(
            expected=f"memory for {what}",
            got=f"none{_said(cause)}",
            do="Close other programs, or give fewer rows or a smaller base model.",
            zh=f"内存不足（{zh}）；请关闭其他程序，或减少数据，或改用更小的基础模型",
        ) from cause


def _said(cause: Exception) -> str:
    said = str(cause).partition("\n")[0]
    return f" ({said})" if said else ""


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
