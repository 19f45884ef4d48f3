from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from numpy.testing import assert_array_equal

from seedbed.backbones.batches import by_length, shuffled

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
