from __future__ import annotations

import numpy as np
import pytest

from seedbed.tune.choose import choose, doubts


def test_doubt_is_how_near_the_two_likeliest_are() -> None:
    scores = np.array([[0.5, 0.5, 0.0], [0.9, 0.06, 0.04], [1.0, 0.0, 0.0]], np.float32)
    np.testing.assert_allclose(doubts(scores, several=False), [1.0, 0.16, 0.0], atol=1e-6)
    several = np.array([[0.5, 0.0], [1.0, 0.1]], np.float32)
    np.testing.assert_allclose(doubts(several, several=True), [1.0, 0.2], atol=1e-6)


def clusters(sizes: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return features in far clusters, and which one each row is in."""
    draw = np.random.default_rng(seed)
    which = np.repeat(np.arange(len(sizes)), sizes)
    return (10 * np.eye(len(sizes))[which] + draw.normal(size=(len(which), len(sizes)))).astype(
        np.float32
    ), which


def test_unsure_rows_that_are_unlike_one_another_come_first() -> None:
    features, which = clusters([200, 20, 20, 20])
    sure = np.array([0.99, 0.01])
    unsure = np.array([0.52, 0.48])
    scores = np.where((which > 0)[:, None], unsure, sure).astype(np.float32)
    picked = choose(scores, features, 6, several=False, seed=1)
    assert set(which[picked[:3]]) == {1, 2, 3}
    assert 0 not in which[picked]


@pytest.mark.parametrize("several", [False, True])
def test_each_is_chosen_once_and_the_same_again(several: bool) -> None:
    draw = np.random.default_rng(2)
    scores = draw.dirichlet(np.ones(4), 300).astype(np.float32)
    features = draw.normal(size=(300, 8)).astype(np.float32)
    picked = choose(scores, features, 50, several=several, seed=3)
    assert len(set(picked.tolist())) == 50
    np.testing.assert_array_equal(picked, choose(scores, features, 50, several=several, seed=3))
    assert len(choose(scores, features, 1000, several=several, seed=3)) == 300


def test_equal_rows_and_sure_ones_are_no_trouble() -> None:
    scores = np.tile(np.array([1.0, 0.0], np.float32), (20, 1))
    features = np.zeros((20, 4), np.float32)
    assert sorted(choose(scores, features, 20, several=False, seed=0)) == list(range(20))
