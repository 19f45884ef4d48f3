"""The head reaches the optimum that scikit-learn's solver reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.sparse import csr_matrix, random_array
from sklearn.linear_model import LogisticRegression

from seedbed.backbones.head import Linear
from seedbed.tune.folds import folds
from seedbed.tune.linear import Scale, fit

L2 = 1e-2


def objective(head: Linear, x: Any, targets: Any, weights: Any = None, l2: float = L2) -> float:
    """Return the loss of a head by the formula, in float64."""
    logits = np.asarray(x @ head.weight.T.astype(np.float64) + head.bias)
    if targets.ndim == 2:
        each = np.logaddexp(0, logits) - targets * logits
        spread = np.ones_like(each) if weights is None else weights.reshape(len(each), -1)
        value = (each * spread).sum() / (np.broadcast_to(spread, each.shape).mean(1).sum())
    else:
        chances = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        each = -chances[np.arange(len(targets)), targets]
        value = np.average(each, weights=weights)
    return float(value + l2 / 2 * np.square(head.weight.astype(np.float64)).sum())


def drawn(rows: int = 300, width: int = 12, labels: int = 4, seed: int = 0) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, width)).astype(np.float32)
    logits = x @ draw.normal(size=(width, labels)) + draw.normal(size=(rows, labels))
    return x, logits.argmax(1)


def theirs(x: Any, targets: Any, weights: Any = None) -> Linear:
    solver = LogisticRegression(C=1 / (L2 * len(targets)), tol=1e-8, max_iter=5000)
    if weights is not None:
        solver.C = 1 / (L2 * weights.sum())
    solver.fit(x, targets, sample_weight=weights)
    return Linear(solver.coef_, solver.intercept_)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_one_label(weighted: bool, sparse: bool) -> None:
    x, targets = drawn()
    if sparse:
        x = csr_matrix(x * (np.abs(x) > 0.7))
    weights = np.random.default_rng(1).uniform(0.1, 3, len(targets)).astype(np.float32)
    given_weights = weights if weighted else None
    head = fit(x, targets, 4, l2=L2, weights=given_weights)
    best = objective(theirs(x, targets, given_weights), x, targets, given_weights)
    assert objective(head, x, targets, given_weights) == pytest.approx(best, rel=1e-3)
    assert head.weight.shape == (4, 12)
    logits = head.logits(x)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, x @ head.weight.T + head.bias, rtol=1e-4, atol=1e-5)


def test_several_labels_are_as_many_single_ones() -> None:
    x, _ = drawn()
    hot = (x[:, :3] + np.random.default_rng(2).normal(size=(300, 3)) > 0.3).astype(np.int64)
    head = fit(x, hot, 3, l2=L2)
    for k in range(3):
        one = theirs(x, hot[:, k])
        alone = Linear(head.weight[k : k + 1], head.bias[k : k + 1])
        assert objective(alone, x, hot[:, k : k + 1]) == pytest.approx(
            objective(one, x, hot[:, k : k + 1]), rel=1e-3
        )


def test_weights_of_several_labels() -> None:
    x, _ = drawn()
    hot = (x[:, :2] > 0.8).astype(np.int64)
    weights = np.where(hot == 1, np.float32(4), np.float32(1))
    head = fit(x, hot, 2, l2=L2, weights=weights)
    plain = fit(x, hot, 2, l2=L2)
    assert (head.logits(x) > 0).mean() > (plain.logits(x) > 0).mean()
    assert objective(head, x, hot, weights) < objective(plain, x, hot, weights)


def test_two_rows_weigh_as_one_of_weight_two() -> None:
    x, targets = drawn(rows=60)
    twice = fit(np.vstack([x, x[:20]]), np.concatenate([targets, targets[:20]]), 4, l2=L2)
    weights = np.where(np.arange(60) < 20, np.float32(2), np.float32(1))
    heavy = fit(x, targets, 4, l2=L2, weights=weights)
    np.testing.assert_allclose(heavy.weight, twice.weight, atol=5e-3)


def test_a_start_changes_nothing_but_the_time() -> None:
    x, targets = drawn()
    begun = fit(x, targets, 4, l2=L2, start=fit(x, targets, 4, l2=0.3))
    cold = fit(x, targets, 4, l2=L2)
    assert objective(begun, x, targets) == pytest.approx(objective(cold, x, targets), rel=1e-4)


def test_wide_sparse_rows() -> None:
    draw = np.random.default_rng(0)
    x = csr_matrix(random_array((200, 3000), density=0.01, rng=draw, dtype=np.float32))
    targets = draw.integers(0, 3, 200)
    head = fit(x, targets, 3, l2=1e-4)
    assert (head.logits(x).argmax(1) == targets).mean() > 0.95


def test_scale_leaves_constant_features_alone() -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(3, 2, size=(200, 8)).astype(np.float32)
    features[:, 1] = 5.0
    features[:, 4] = draw.normal(0, 1e-33, 200)
    scale = Scale.of(features)
    found = scale(features)
    others = [0, 2, 3, 5, 6, 7]
    np.testing.assert_allclose(found[:, others].std(0), 1, rtol=1e-4)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-5)
    assert np.abs(found[:, [1, 4]]).max() < 1e-5
    head = Linear(draw.normal(size=(3, 8)).astype(np.float32), np.ones(3, np.float32))
    np.testing.assert_allclose(
        scale.unscale(head).logits(features), head.logits(found), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("constant", [5, 8])
def test_scale_where_most_features_are_constant(constant: int) -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(50, 8)).astype(np.float32)
    features[:, :constant] = draw.normal(0, 1e-33, (50, constant))
    assert np.abs(Scale.of(features)(features)[:, :constant]).max() < 1e-5


@settings(deadline=None)
@given(some.integers(2, 6), some.lists(some.integers(0, 4), min_size=12, max_size=120))
def test_folds_answer_each_row_once_and_spread_labels(parts: int, labels: list[int]) -> None:
    targets = np.array(labels)
    found = folds(targets, parts, seed=3)
    assert sorted(np.concatenate([answer for _, answer in found])) == list(range(len(targets)))
    for learn, answer in found:
        assert sorted(np.concatenate([learn, answer])) == list(range(len(targets)))
        for label, rows in zip(*np.unique(targets, return_counts=True), strict=True):
            there = (targets[answer] == label).sum()
            assert rows // parts <= there <= -(-rows // parts)


def test_folds_of_several_labels() -> None:
    hot = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0], [1, 1, 1]] * 10)
    for _, answer in folds(hot, 5, seed=0):
        _, counts = np.unique(hot[answer], axis=0, return_counts=True)
        assert counts.tolist() == [2, 2, 2, 2]
    again = folds(hot, 5, seed=0)
    other = folds(hot, 5, seed=1)
    assert all((a[1] == b[1]).all() for a, b in zip(again, folds(hot, 5, seed=0), strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(again, other, strict=True))
