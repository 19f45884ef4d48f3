"""Which of a table's rows are learnt from, and which are answered by whom.

Where rows are few, every row of training and validation is answered by a model that learnt from the
others, and rungs and settings are chosen by all of these answers; the model that is kept learns
from all rows. Where they are many, the validation rows are answered by what learnt from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from seedbed.tasks.base import Floats, Targets
from seedbed.tune.context import Context, Index
from seedbed.tune.folds import folds
from seedbed.tune.rungs.base import Held

FEW = 5_000
"""Rows of training and validation below which each is answered out of fold."""
PARTS = 5
SMALL = 1_000_000
"""Cells of a table below which one thread computes faster than several."""


@dataclass(frozen=True)
class Deal:
    """The rows of training, then those of validation, and how they are dealt out.

    Attributes:
        context: The run.
    """

    context: Context

    def __len__(self) -> int:
        return len(self.context.train) + len(self.context.validation)

    @property
    def few(self) -> bool:
        """Whether every row is answered out of fold."""
        return len(self) < FEW

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Compute with one thread where the table is small; give the number of threads.

        Threads that meet after every few microseconds of work wait for each other most of the time.
        """
        import torch

        before = torch.get_num_threads()
        threads = 1 if len(self) * len(self.context.train.inputs[0]) < SMALL else before
        torch.set_num_threads(threads)
        try:
            yield threads
        finally:
            torch.set_num_threads(before)

    @cached_property
    def inputs(self) -> Sequence[Any]:
        """What the model reads."""
        return [*self.context.train.inputs, *self.context.validation.inputs]

    @cached_property
    def targets(self) -> Targets:
        """The truth."""
        return np.concatenate([self.context.train.targets, self.context.validation.targets])

    @property
    def learnt(self) -> Index:
        """The training rows, by position: the model that the gate examines learns from these."""
        return np.arange(len(self.context.train))

    @property
    def kept(self) -> Index:
        """The rows that the released model learns from: all where rows are few."""
        return np.arange(len(self)) if self.few else self.learnt

    @cached_property
    def parts(self) -> list[tuple[Index, Index]]:
        """Rows to learn from and rows to answer, in turn."""
        if not self.few:
            return [(self.learnt, np.arange(len(self.learnt), len(self)))]
        seed, groups = self.context.recipe.seed, self.context.groups
        return folds(self.targets, PARTS, seed=seed, groups=groups)

    def answered(self, answer: Callable[[Index, Index], Floats]) -> Floats:
        """Return what each part's model says of its rows (..., n, labels); zeros for no rows.

        Args:
            answer: Learns from the rows at some positions and answers those at others; gives
                (..., rows, labels).
        """
        found: Floats | None = None
        for done, (learn, ask) in enumerate(self.parts):
            told = answer(learn, ask)
            if found is None:
                shape = (*told.shape[:-2], len(self), told.shape[-1])
                found = np.zeros(shape, dtype=np.float32)
            found[..., ask, :] = told
            self.context.tell("progress", what="folds", done=done + 1, total=len(self.parts))
        assert found is not None, "there is at least one part"
        return found

    def best(self, logits: Floats) -> int:
        """Return which of several settings' logits (s, n, labels) fit the answered rows best."""
        asked = np.concatenate([ask for _, ask in self.parts])
        targets = self.targets[asked]
        return int(np.argmax([likelihood(one[asked], targets) for one in logits]))

    def held(self, logits: Floats) -> tuple[Floats, Held]:
        """Return the validation rows' logits, and all held-out answers, of logits (n, labels)."""
        context = self.context
        split = np.repeat(["train", "validation"], [len(context.train), len(context.validation)])
        numbers = np.concatenate([context.train.numbers, context.validation.numbers])
        asked = np.sort(np.concatenate([ask for _, ask in self.parts]))
        held = Held(split[asked], numbers[asked], logits[asked], self.targets[asked])
        return logits[len(context.train) :], held


def likelihood(logits: Floats, targets: Targets) -> float:
    """Return the mean log likelihood; of numbers that of a normal of width one, but for a constant.

    It tells settings apart by fewer rows than any metric of answers does.
    """
    exact = logits.astype(np.float64)
    if targets.dtype.kind == "f":
        return -0.5 * float(np.square(exact[:, 0] - targets).mean())
    if targets.ndim == 2:
        return -float(np.logaddexp(0, np.where(targets == 1, -exact, exact)).mean())
    top = exact.max(axis=1, keepdims=True)
    whole = np.log(np.exp(exact - top).sum(axis=1)) + top[:, 0]
    return float((exact[np.arange(len(targets)), targets] - whole).mean())
