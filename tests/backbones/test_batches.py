from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.testing import assert_array_equal

from seedbed.backbones.batches import by_length, fitting, memory, shuffled
from seedbed.errors import DiskFull, MemoryShort

LENGTHS = some.lists(some.integers(1, 200), min_size=1, max_size=300).map(np.array)


@given(LENGTHS, some.integers(1, 40), some.integers(1, 2000))
def test_by_length_keeps_the_budget(lengths: np.ndarray, most: int, budget: int) -> None:
    batches = by_length(lengths, most, budget)
    assert_array_equal(np.sort(np.concatenate(batches)), np.arange(len(lengths)))
    for batch in batches:
        assert 0 < len(batch) <= most
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget
    ends = [(lengths[b].min(), lengths[b].max()) for b in batches]
    assert all(now[1] <= later[0] for now, later in pairwise(ends))


@given(LENGTHS, some.integers(1, 40))
def test_by_length_wastes_no_batch(lengths: np.ndarray, most: int) -> None:
    batches = by_length(lengths, most, 10**9)
    assert len(batches) == -(-len(lengths) // most)


def tight(lengths: np.ndarray, room: int) -> Callable[[np.ndarray], list[int]]:
    """Return what computes rows, and has no memory for more than so many word pieces at once."""

    def compute(batch: np.ndarray) -> list[int]:
        if len(batch) * lengths[batch].max() > room:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried\nand so on")
        return [int(row) for row in batch]

    return compute


@given(LENGTHS, some.integers(1, 40), some.integers(1, 2000), some.integers(200, 2000))
def test_fitting_computes_every_row_once_in_what_memory_there_is(
    lengths: np.ndarray, most: int, budget: int, room: int
) -> None:
    found = list(fitting(lengths, most, budget, tight(lengths, room)))
    assert sorted(row for _, rows in found for row in rows) == list(range(len(lengths)))
    for batch, rows in found:
        assert list(batch) == rows
        assert len(batch) <= most
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= min(budget, room)
    if budget <= room:
        whole = by_length(lengths, most, budget)
        for (batch, _), expected in zip(found, whole, strict=True):
            assert_array_equal(batch, expected)


def test_fitting_ends_where_no_row_fits_and_where_something_else_fails() -> None:
    lengths = np.array([3, 5, 90])
    parts = fitting(lengths, 8, 500, tight(lengths, 20))
    assert next(parts)[1] == [0, 1]
    with pytest.raises(MemoryShort, match=r"90 word pieces \(DefaultCPU.* you tried\)"):
        next(parts)

    def fails(batch: np.ndarray) -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        list(fitting(lengths, 8, 500, fails))


@pytest.mark.parametrize("cause", [MemoryError(), RuntimeError("std::bad_alloc")])
def test_where_nothing_is_left_to_halve_the_error_says_what_to_do(cause: Exception) -> None:
    with (
        pytest.raises(MemoryShort, match="expected memory for the trees; got none") as raised,
        memory("the trees", "树"),
    ):
        raise cause
    assert "内存不足（树）" in (raised.value.zh or "")


def test_other_errors_are_no_lack_of_memory() -> None:
    other = DiskFull(expected="room", got="cannot allocate memory on the disk", do="Make room.")
    with pytest.raises(DiskFull), memory("the trees", "树"):
        raise other


@given(LENGTHS, some.integers(1, 9), some.integers(0, 5))
def test_shuffled_visits_every_row_once(lengths: np.ndarray, rows: int, seed: int) -> None:
    batches = shuffled(lengths, rows, (seed, 1))
    assert_array_equal(np.sort(np.concatenate(batches)), np.arange(len(lengths)))
    assert len(batches) == -(-len(lengths) // rows)
    assert sum(len(batch) < rows for batch in batches) <= 1
    again = shuffled(lengths, rows, (seed, 1))
    for one, other in zip(batches, again, strict=True):
        assert_array_equal(one, other)


def test_shuffled_is_random_yet_of_near_equal_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 1600)
    first, second = (shuffled(lengths, 32, (0, epoch)) for epoch in (0, 1))
    assert any(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    spread = [np.ptp(lengths[batch]) for batch in first]
    assert max(spread) < 10  # of 100: a batch drawn at random spreads over nearly all of them
    middle = [lengths[batch].mean() for batch in first]
    assert middle != sorted(middle)  # the batches themselves are in no order
