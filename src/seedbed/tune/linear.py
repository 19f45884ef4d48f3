"""A linear head fitted to its optimum: logistic or ridge regression by L-BFGS, dense or sparse.

Minimises (1/Σw) Σ w_i ℓ(x_i W + b, y_i) + (λ/2)‖W‖² with ℓ the softmax cross-entropy, the sum of
the labels' binary cross-entropies where multi-label, or half the squared error where targets are
numbers. All of it runs in float32 in
torch, on all cores: more than twice as fast as scikit-learn's solver (`bench/heads.py` has the
ratio).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.batches import Index
from seedbed.backbones.head import Floats, Linear

Product = Callable[[Any], Floats]

MANY = 30_000
"""Rows from which on a scaled copy is not made: they are scaled part by part in every step."""
PART = 8_192


def fit(
    features: Any,
    targets: NDArray[Any],
    labels: int,
    *,
    l2: float,
    weights: Floats | None = None,
    start: Linear | None = None,
    steps: int = 100,
) -> Linear:
    """Fit a head.

    Args:
        features: (n, d), a float32 array, `Scaled` rows or a SciPy CSR matrix.
        targets: (n,) label numbers, (n, labels) zeros and ones, or (n,) float32 numbers.
        labels: Number of labels; 1 for numbers.
        l2: λ.
        weights: Weight of each row (n,), or of each row's labels (n, labels) where multi-label.
        start: Where to begin, such as the fit for a neighbouring λ.
        steps: Most steps of L-BFGS.
    """
    import torch

    d = features.shape[1]
    ahead, back = _products(features)
    spread = _row_weights(targets, labels, weights)
    total = float(spread.sum() / (labels if targets.ndim == 2 else 1))
    table = torch.zeros(d + 1, labels)
    if start is not None:
        table[:-1] = torch.from_numpy(start.weight.T)
        table[-1] = torch.from_numpy(start.bias)
    table.grad = torch.zeros_like(table)
    solver = torch.optim.LBFGS(
        [table],
        max_iter=steps,
        history_size=8,
        tolerance_grad=1e-6,
        tolerance_change=1e-8,
        line_search_fn="strong_wolfe",
    )

    def loss() -> float:
        logits = ahead(table[:-1].numpy())
        logits += table[-1].numpy()
        value, slope = _loss(logits, targets, spread)
        slope /= np.float32(total)
        assert table.grad is not None
        torch.add(torch.from_numpy(back(slope)), table[:-1], alpha=l2, out=table.grad[:-1])
        table.grad[-1] = torch.from_numpy(slope.sum(axis=0))
        return value / total + 0.5 * l2 * float(table[:-1].square().sum(dtype=torch.float64))

    with torch.no_grad():
        solver.step(loss)  # type: ignore[no-untyped-call]
    return Linear(np.ascontiguousarray(table[:-1].numpy().T), table[-1].numpy())


def _products(features: Any) -> tuple[Product, Product]:
    """Return x ↦ features @ x and x ↦ features.T @ x."""
    if isinstance(features, Scaled):
        return features.ahead, features.back
    if not isinstance(features, np.ndarray):
        turned = features.T.tocsr()
        return lambda x: features @ x, lambda x: turned @ x
    import torch

    dense = torch.from_numpy(features)

    def ahead(x: Any) -> Floats:
        found: Floats = (dense @ torch.from_numpy(np.ascontiguousarray(x))).numpy()
        return found

    def back(x: Any) -> Floats:
        found: Floats = (dense.T @ torch.from_numpy(x)).numpy()
        return found

    return ahead, back


def _row_weights(targets: NDArray[Any], labels: int, weights: Floats | None) -> Floats:
    shape = (len(targets), labels if targets.ndim == 2 else 1)
    if weights is None:
        return np.ones(shape, dtype=np.float32)
    return weights.reshape(len(targets), -1) * np.ones(shape, dtype=np.float32)


def _loss(logits: Floats, targets: NDArray[Any], spread: Floats) -> tuple[float, Floats]:
    """Return the weighted sum of losses and its slope by the logits (n, labels)."""
    import torch
    from torch.nn import functional

    scores, weights = torch.from_numpy(logits), torch.from_numpy(spread)
    truth = torch.from_numpy(targets)
    if truth.is_floating_point():
        gap = scores - truth[:, None]
        each = 0.5 * gap.square()
        return float((each * weights).sum(dtype=torch.float64)), gap.mul_(weights).numpy()
    if targets.ndim == 2:
        each = functional.binary_cross_entropy_with_logits(scores, truth.float(), reduction="none")
        slope = torch.sigmoid(scores).sub_(truth).mul_(weights)
        return float((each * weights).sum(dtype=torch.float64)), slope.numpy()
    chances = torch.log_softmax(scores, 1)
    each = chances.gather(1, truth[:, None]).neg_()
    slope = chances.exp_()
    slope.scatter_add_(1, truth[:, None], torch.full_like(weights, -1))
    return float((each * weights).sum(dtype=torch.float64)), slope.mul_(weights).numpy()


@dataclass(frozen=True)
class Scale:
    """Centre and width of each feature; constant ones are left as they are.

    MiniLM has features of spread 1e-33: divided by it they would be noise.
    """

    centre: Floats
    width: Floats

    @classmethod
    def of(cls, features: Floats) -> Scale:
        """Measure features (n, d), which may lie in a file larger than memory."""
        sums = sum(features[part].sum(axis=0, dtype=np.float64) for part in parts(len(features)))
        centre = np.asarray(sums / len(features), dtype=np.float32)
        squares = sum(
            np.square(features[part] - centre).sum(axis=0, dtype=np.float64)
            for part in parts(len(features))
        )
        width = np.sqrt(squares / len(features))
        typical = float(np.median(width)) or 1.0
        width = np.where(width > 1e-3 * typical, width, typical)
        return cls(centre, width.astype(np.float32))

    def __call__(self, features: Floats) -> Floats:
        """Return features centred and of width one."""
        found: Floats = features - self.centre
        found /= self.width
        return found

    def over(self, features: Floats) -> Floats | Scaled:
        """Return the same for `fit`: a copy of few rows, many as they lie."""
        return Scaled(features, self) if len(features) > MANY else self(features)

    def taken(self, features: Floats, rows: Index) -> Floats:
        """Return a scaled copy of the rows at these positions, and make no other."""
        found: Floats = features[rows]
        found -= self.centre
        found /= self.width
        return found

    def unscale(self, head: Linear) -> Linear:
        """Return the head that gives on raw features what `head` gives on scaled ones."""
        weight = head.weight / self.width
        return Linear(weight, (head.bias - weight @ self.centre).astype(np.float32))


@dataclass(frozen=True)
class Scaled:
    """Features (n, d) that are scaled as they are read, so that no copy of them is held."""

    features: Floats
    scale: Scale

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and features."""
        return self.features.shape

    def ahead(self, x: Floats) -> Floats:
        """Return the scaled features @ x."""
        found = np.empty((len(self.features), x.shape[1]), dtype=np.float32)
        for part in parts(len(found)):
            np.matmul(self.scale(self.features[part]), x, out=found[part])
        return found

    def back(self, x: Floats) -> Floats:
        """Return the scaled features.T @ x."""
        found = np.zeros((self.shape[1], x.shape[1]), dtype=np.float32)
        for part in parts(len(x)):
            found += self.scale(self.features[part]).T @ x[part]
        return found


def parts(rows: int) -> Iterator[slice]:
    """Yield slices of so many rows as are held in memory at a time."""
    return (slice(at, at + PART) for at in range(0, rows, PART))
