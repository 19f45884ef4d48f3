"""Supervised contrast: rows of one label are drawn together, those of others pushed apart.

The loss of a row i of a batch is −(1/|P|) Σ_p log(exp(z_i·z_p/τ) / Σ_a exp(z_i·z_a/τ)) over the
other rows p of its label, and all other rows a (Khosla et al. 2020, L_out); z has length one. Where
labels have few rows, each row thereby learns from all the others of its batch, and not from its own
label's weights alone. No list of pairs is made: memory is that of a batch, whatever the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seedbed.backbones.batches import Index
from seedbed.tasks.base import Targets
from seedbed.tune.inputs import Inputs
from seedbed.tune.loop import Plan
from seedbed.tune.vectors import Embedder, VectorTraining

TEMPERATURE = 0.1
"""τ; of banking77's training rows, 0.05 was as good."""
TOGETHER = 2
"""Rows of a label that come into a batch together: a row alone has nothing to be drawn to."""


class ContrastTraining(VectorTraining):
    """One training of an `Embedder` on labelled rows; `run` it once.

    It ends with its last weights: the rows by which better ones could be told are too few.

    Args:
        model: The encoder.
        inputs: Training rows.
        labels: Their label numbers (n,).
        plan, state, progress: See `Training`.
    """

    def __init__(
        self,
        model: Embedder,
        inputs: Inputs,
        labels: Targets,
        *,
        plan: Plan,
        state: Path,
        progress: Callable[..., None],
    ) -> None:
        super().__init__(
            model,
            inputs,
            labels,
            (inputs, labels),
            plan=plan,
            loss=loss,
            score=lambda _, __: 0.0,
            state=state,
            progress=progress,
        )

    def _batches(self) -> list[Index]:
        """Return the epoch's batches, the same ones whenever they are asked for."""
        seed = (self.plan.seed, self.now.epoch)
        return grouped(self.targets.numpy(), self.plan.batch_rows, seed)

    def _gradient(self, batch: Index) -> float:
        """Add the gradient of a batch."""
        truth = self.targets[torch.from_numpy(batch)]
        value, _ = self._slope([self.inputs], batch, lambda vectors: self.loss(vectors, truth))
        return value

    def _judge_epoch(self) -> None:
        self.now.epoch += 1
        self.now.step = 0
        self.state.keep_best()
        self._save()

    def _blend(self) -> None:
        """Keep the last weights."""


def loss(vectors: Tensor, labels: Tensor) -> Tensor:
    """Return the mean loss of the rows that have another of their label beside them.

    Args:
        vectors: Of length one (b, width).
        labels: Label numbers (b,).
    """
    itself = torch.eye(len(labels), dtype=torch.bool)
    likes = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -torch.inf)
    chances = (likes - likes.logsumexp(1, keepdim=True)).masked_fill(itself, 0.0)
    same = (labels[:, None] == labels[None, :]) & ~itself
    many = same.sum(1)
    some = many > 0
    found: Tensor = -((chances * same).sum(1)[some] / many[some]).sum() / some.sum().clamp(min=1)
    return found


def grouped(labels: Targets, rows: int, seed: tuple[int, ...]) -> list[Index]:
    """Return one epoch's batches: every row once, rows of a label in groups of two.

    Args:
        labels: Label numbers (n,).
        rows: To a batch.
        seed: Behind the draw.
    """
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]  # by label, by chance within it
    _, begin, many = np.unique(labels[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(begin, many)
    group = np.cumsum(place % TOGETHER == 0) - 1
    mixed = draw.permutation(int(group[-1]) + 1)[group]
    order = order[np.argsort(mixed, kind="stable")]
    return [order[at : at + rows] for at in range(0, len(order), rows)]
