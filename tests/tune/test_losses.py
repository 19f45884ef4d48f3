"""Each key that changes the loss: the rung's loss by hand, and a climb that uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch

from seedbed import registry
from seedbed.tune.context import Context

LOGITS = np.array([[2.0, -1.0, 0.5], [0.1, 0.2, -0.3], [-1.0, 0.0, 1.0], [0.7, 0.7, 0.0]])
TRUTH = np.array([0, 2, 1, 1])
HOT = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]])


def several(count: int, seed: int) -> list[tuple[str, str]]:
    """Join two rows into one of both their labels, here and there."""
    one, other = rows.made(count, seed), rows.made(count, seed + 50)[::-1]
    return [
        (f"{a} {b}", f"{x}|{y}") if i % 3 == 0 else (a, x if i % 7 else "")
        for i, ((a, x), (b, y)) in enumerate(zip(one, other, strict=True))
    ]


def uneven(count: int, seed: int) -> list[tuple[str, str]]:
    """Leave two in three rows of the last two labels out."""
    return [r for i, r in enumerate(rows.made(count, seed)) if i % 3 == 0 or i % 9 < 3]


def context(small: Path, run: Path, *, multi: bool = False, **changes: Any) -> Context:
    if multi:
        changes |= {"data__label_separator": "|", "quality__metric": "micro_f1"}
    changes = {"train__label_smoothing": 0.0} | changes
    rung_epochs = {"top": 1, "full": 1, "adapter": 1}
    return rows.context(
        small,
        run,
        labelled=several if multi else uneven if "train__class_weights" in changes else rows.made,
        ladder__epochs=rung_epochs,
        **changes,
    )


def loss(made: Context, rung: str = "top") -> float:
    """Return the loss that a rung's training would see."""
    targets = torch.from_numpy(HOT if made.schema.multi_label else TRUTH)
    found = registry.kind("rungs", rung)(made).loss(torch.from_numpy(LOGITS).float(), targets)
    return float(found)


def softmax() -> np.ndarray:
    powers = np.exp(LOGITS)
    return powers / powers.sum(1, keepdims=True)


def right() -> np.ndarray:
    return softmax()[np.arange(4), TRUTH]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_cross_entropy(small: Path, tmp_path: Path) -> None:
    assert loss(context(small, tmp_path)) == pytest.approx(-np.log(right()).mean())


def test_focal(small: Path, tmp_path: Path) -> None:
    made = context(small, tmp_path, train__loss="focal", train__focal_gamma=1.5)
    assert loss(made) == pytest.approx((-np.log(right()) * (1 - right()) ** 1.5).mean())


@pytest.mark.parametrize(("told", "share"), [(0.3, 0.3), (None, 0.1)])
def test_label_smoothing(small: Path, tmp_path: Path, told: float | None, share: float) -> None:
    made = context(small, tmp_path, train__label_smoothing=told)
    targets = np.eye(3)[TRUTH] * (1 - share) + share / 3
    assert loss(made) == pytest.approx((-np.log(softmax()) * targets).sum(1).mean())


def test_class_weights(small: Path, tmp_path: Path) -> None:
    made = context(small, tmp_path, train__class_weights="balanced")
    counts = np.bincount(made.train.targets)
    assert counts.max() > 2 * counts.min()
    weights = counts.sum() / (3 * counts)
    np.testing.assert_allclose(made.label_weights, weights, rtol=1e-6)
    assert np.average(weights, weights=counts) == pytest.approx(1)
    assert loss(made) == pytest.approx((-np.log(right()) * weights[TRUTH]).mean())
    np.testing.assert_allclose(made.row_weights(TRUTH), weights[TRUTH], rtol=1e-6)


def test_several_labels(small: Path, tmp_path: Path) -> None:
    made = context(small, tmp_path, multi=True)
    chance = sigmoid(LOGITS)
    each = -np.log(np.where(HOT == 1, chance, 1 - chance))
    assert loss(made) == pytest.approx(each.mean())
    focal = context(small, tmp_path, multi=True, train__loss="focal")
    assert loss(focal) == pytest.approx((each * (1 - np.exp(-each)) ** 2).mean())
    default = context(small, tmp_path, multi=True, train__label_smoothing=None)
    assert loss(default) == pytest.approx(each.mean())
    smooth = context(small, tmp_path, multi=True, train__label_smoothing=0.2)
    towards = HOT * 0.8 + 0.1
    expected = -(towards * np.log(chance) + (1 - towards) * np.log(1 - chance)).mean()
    assert loss(smooth) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rung", "multi", "changes"),
    [
        ("top", True, {}),
        ("full", True, {"train__loss": "focal"}),
        ("top", False, {"train__class_weights": "balanced"}),
        ("full", False, {"train__loss": "focal", "train__label_smoothing": 0.1}),
        ("probe", True, {"train__class_weights": "balanced"}),
        ("baseline", True, {"train__class_weights": "balanced"}),
    ],
)
def test_climbs(
    small: Path, tmp_path: Path, rung: str, multi: bool, changes: dict[str, Any]
) -> None:
    made = context(small, tmp_path, multi=multi, **changes)
    candidate = registry.kind("rungs", rung)(made).climb()
    assert candidate.validation.shape == (len(made.validation), len(made.schema.labels))
    chance = 0.55 if multi else 0.5
    assert made.score(candidate.validation, made.validation.targets) > chance
    assert candidate.held.targets.shape[1:] == made.validation.targets.shape[1:]
