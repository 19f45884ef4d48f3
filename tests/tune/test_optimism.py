"""The correction for having looked: by hand, and where the truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rows

from seedbed.tune.folds import folds
from seedbed.tune.optimism import PARTS, measured, optimism


def test_by_hand() -> None:
    scores = np.array([[0.8, 0.6, 0.7, 0.9], [0.9, 0.5, 0.7, 0.7], [0.6, 0.8, 0.6, 0.8]])
    # The first is best over all, 0.75. By fold 0.9, 0.8, 0.7 and 0.9 are: by 0.1, 0.2, 0 and 0.
    assert optimism(scores, 0) == pytest.approx(0.075)
    assert optimism(scores[:1], 0) == 0
    assert optimism(scores[[0, 0]], 0) == 0


def test_a_fold_without_a_score_does_not_count() -> None:
    scores = np.array([[0.8, 0.6, 0.7], [0.9, np.nan, 0.6]])
    assert optimism(scores, 0) == pytest.approx(0.05)
    assert optimism(np.full((2, 3), np.nan), 0) == 0


def drawn(rates: list[float], rows: int, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the best of trials scores and what is taken off it, of as many draws (draws,)."""
    draw = np.random.default_rng(0)
    best, off = np.empty(draws), np.empty(draws)
    for i in range(draws):
        right = draw.random((len(rates), rows)) < np.array(rates)[:, None]
        at = int(right.mean(axis=1).argmax())
        parts = np.stack([right[:, k::PARTS].mean(axis=1) for k in range(PARTS)], axis=1)
        best[i], off[i] = right[at].mean(), optimism(parts, at)
    return best, off


@pytest.mark.parametrize("trials", [2, 8, 30])
def test_of_equals_the_best_is_brought_back_to_the_truth(trials: int) -> None:
    best, off = drawn([0.8] * trials, rows=200, draws=400)
    luck = best.mean() - 0.8
    assert luck > 0.01
    assert abs(best.mean() - off.mean() - 0.8) < 0.2 * luck
    assert np.abs(best - off - 0.8).mean() < np.abs(best - 0.8).mean()


def test_a_trial_that_is_far_better_is_left_alone() -> None:
    best, off = drawn([0.9, 0.5, 0.5, 0.5], rows=400, draws=50)
    assert off.mean() < 1e-3
    assert best.mean() == pytest.approx(0.9, abs=0.01)


def test_a_score_and_those_of_the_folds(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path, held=42)
    truth = context.validation.targets
    said = np.where(np.arange(42) % 5 == 0, (truth + 1) % 3, truth)
    whole, parts = measured(context, np.eye(3, dtype=np.float32)[said])
    assert whole == pytest.approx((said == truth).mean())
    dealt = [answer for _, answer in folds(truth, 4, seed=0)]
    assert parts == pytest.approx([(said == truth)[rows].mean() for rows in dealt])
    few = rows.context(small, tmp_path, held=3)
    _, parts = measured(few, np.eye(3, dtype=np.float32)[few.validation.targets])
    assert parts == (1.0, 1.0, 1.0)
