"""What the rungs share that learn another model's answers beside the rows' own labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seedbed.backbones.batches import Index
from seedbed.tasks.base import Floats, Targets
from seedbed.tasks.labels import SMOOTHING
from seedbed.tune.rungs.full import Full

GOLD = 0.25
"""Share of a pass, at the least, that the rows with labels of their own are; they are repeated."""


class Taught(Full):
    """Tunes every layer on the training rows, and on rows that a teacher answers.

    A target is a chance for each label, not a label: where the teacher is unsure, so is what is
    learnt of it (Hinton et al. 2015, Distilling the Knowledge in a Neural Network). The loss of a
    row is −Σ_k t_k log p_k, t its target; where a row may have several labels, the mean of the
    labels' binary cross-entropies. `train.class_weights` weigh a row by its target's labels, and
    `train.loss: focal` by how far the answer is from its target (Li et al. 2020, quality focal
    loss), which is Lin's where the target is sure.
    """

    searches: ClassVar[bool] = False  # each trial would ask the teacher again
    builds: ClassVar[bool] = True

    @property
    def told(self) -> Path:
        """Where the teacher's answers are kept."""
        return self.folder / "chances.npz"

    def setup_seconds(self) -> float:
        """Add the time of the teacher's answers, where they are not there yet."""
        more = 0.0 if self.told.is_file() else self.teaching_seconds()
        return super().setup_seconds() + more

    @abstractmethod
    def teaching_seconds(self) -> float:
        """Return the seconds in which the teacher answers."""

    @abstractmethod
    def lesson(self) -> tuple[Floats, Floats]:
        """Return targets (n, labels) of the training rows, and of the rows without labels."""

    def truth(self) -> Floats:
        """Return the training rows' own labels as chances (n, labels), smoothed as elsewhere."""
        targets, labels = self.context.train.targets, len(self.context.schema.labels)
        share = self.tuning.label_smoothing
        if targets.ndim == 2:
            share = share or 0.0
            return (targets * (1 - share) + share / 2).astype(np.float32)
        share = SMOOTHING if share is None else share
        hot = np.eye(labels, dtype=np.float32)[targets]
        return hot * np.float32(1 - share) + np.float32(share / labels)

    @property
    def rows(self) -> Sequence[Any]:
        """The encoded rows of a pass: those of training, repeated, and then the others."""
        whole = [*self.context.encoded[0], *self.context.others[0]]
        return [whole[row] for row in self._order]

    @property
    def sizes(self) -> Index:
        """The size of each of them (n,)."""
        return np.concatenate([self.context.sizes[0], self.context.others[1]])[self._order]

    @cached_property
    def targets(self) -> Targets:
        """A chance for each label (n, labels)."""
        return np.concatenate(self.lesson())[self._order]

    @cached_property
    def _order(self) -> Index:
        own, others = len(self.context.train), len(self.context.unlabeled)
        times = max(1, round(GOLD / (1 - GOLD) * others / own))
        return np.concatenate([np.tile(np.arange(own), times), np.arange(own, own + others)])

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of logits and targets (b, labels)."""
        train, weights = self.context.recipe.train, self.context.label_weights
        count = torch.ones(()) if weights is None else torch.from_numpy(weights)
        if self.context.train.targets.ndim == 2:
            each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            each = each * (targets * count + 1 - targets)
            away = (targets - torch.sigmoid(logits)).abs()
        else:
            each = functional.cross_entropy(logits, targets, reduction="none")
            each = each * (targets * count).sum(1)
            away = (targets - torch.softmax(logits, -1)).abs().sum(1) / 2
        if train.loss == "focal":
            each = each * away.detach() ** train.focal_gamma
        return each.mean()
