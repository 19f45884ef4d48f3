"""`distill`: one small model learns what other releases say together. Minutes to hours."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from seedbed.errors import RungUnavailable
from seedbed.home import written_aside
from seedbed.tasks.base import Floats
from seedbed.tune.rungs.taught import Taught
from seedbed.tune.stop import Said

TEACHER = 0.5
"""What the teachers' answer to a training row counts beside its own label."""


class Distill(Taught):
    """`full` on what the teachers say of the training rows and of those without labels.

    Several teachers are one: the mean of their chances (Hinton et al. 2015). The model that learns
    is the recipe's `base`, so a small one may learn from releases of larger ones.
    """

    name: ClassVar[str] = "distill"

    def unfit(self) -> Said | None:
        """Say that the recipe names no teachers."""
        if self.context.teachers:
            return None
        return {
            "en": "it needs teachers: name releases in distill",
            "zh": "它需要教师模型：请在 distill 中给出发布",
        }

    def teaching_seconds(self) -> float:
        """Return the seconds in which the teachers answer all rows."""
        rows = len(self.context.train) + len(self.context.unlabeled)
        return rows * self.context.teaching

    def lesson(self) -> tuple[Floats, Floats]:
        """Return what is to be learnt of the training rows, and of those without labels.

        Raises:
            RungUnavailable: there are no teachers.
        """
        context = self.context
        if not context.teachers:
            raise RungUnavailable(
                expected="releases to learn from",
                got="none",
                do="Name them in distill.",
                zh="它需要教师模型：请在 distill 中给出发布",
            )
        path = self.told
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            own, others = self._taught(context.train.inputs), self._taught(context.unlabeled)
            with written_aside(path) as aside, aside.open("wb") as handle:
                np.savez(handle, own=own, others=others)
        told = np.load(path)
        return (1 - TEACHER) * self.truth() + TEACHER * told["own"], told["others"]

    def _taught(self, inputs: Any) -> Floats:
        if not len(inputs):
            return np.empty((0, len(self.context.schema.labels)), np.float32)
        told = [teacher(inputs) for teacher in self.context.teachers]
        found: Floats = np.mean(told, axis=0, dtype=np.float32)
        return found
