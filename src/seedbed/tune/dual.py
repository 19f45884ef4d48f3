"""Training of an encoder that reads questions and answers apart, by which belong together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from seedbed.backbones.batches import Index
from seedbed.home import written_aside
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.inputs import Inputs
from seedbed.tune.loop import Plan, predict
from seedbed.tune.maps import floats
from seedbed.tune.neighbours import batches, near
from seedbed.tune.vectors import Embedder, VectorTraining


@dataclass(frozen=True)
class Both:
    """Rows of a question and its answer.

    Attributes:
        questions: Encoded.
        answers: Encoded, in the same order.
    """

    questions: Inputs
    answers: Inputs

    @property
    def lengths(self) -> Index:
        """The size of each row, both texts together (n,)."""
        return self.questions.lengths + self.answers.lengths

    def batch(self, rows: Index) -> dict[str, Tensor]:
        """Refuse: the two texts of a row are never in one batch."""
        raise NotImplementedError


class DualTraining(VectorTraining):
    """One training of one encoder; `run` it once.

    Args:
        model: The encoder.
        pairs: Training rows.
        truth: Right answers of each (n, most), its own first.
        held: Validation rows to be turned into vectors; `score` is asked of these, and of no truth.
        start: Vectors of the questions and of the answers before any step (n, width) each.
        temperature: Divides likeness.
        plan, loss, score, state, progress: See `Training`.
    """

    def __init__(
        self,
        model: Embedder,
        pairs: Both,
        truth: Targets,
        held: Inputs,
        *,
        start: tuple[Floats, Floats],
        temperature: float,
        plan: Plan,
        loss: Callable[[Tensor, Tensor], Tensor],
        score: Callable[[Floats, Targets], float],
        state: Path,
        progress: Callable[..., None],
    ) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        super().__init__(
            model,
            pairs,
            truth,
            (held, nothing),
            plan=plan,
            loss=loss,
            score=score,
            state=state,
            progress=progress,
        )
        self.pairs = pairs
        self.truth = truth
        self.temperature = temperature
        self._vectors = _opened(state.with_name("vectors.npy"), start)
        self._hard = state.with_name("hard.npz")

    def _batches(self) -> list[Index]:
        """Return the epoch's batches, by the vectors that the epoch before saw."""
        epoch, seed = self.now.epoch, self.plan.seed
        hard = self._mined(epoch)
        return batches(hard, self.plan.batch_rows, (seed, epoch))

    def _mined(self, epoch: int) -> Index:
        """Return each row's hard ones; a resumed epoch goes on with those that it began with."""
        if self._hard.is_file():
            kept: dict[str, Any] = dict(np.load(self._hard))
            if int(kept["epoch"]) == epoch:
                return cast(Index, kept["hard"])
        hard = near(self._vectors[0], self._vectors[1], self.truth, self.plan.seed)
        with written_aside(self._hard) as aside, aside.open("wb") as handle:
            np.savez(handle, hard=hard, epoch=np.array(epoch))
        return hard

    def _gradient(self, batch: Index) -> float:
        """Add the gradient of a batch."""
        truth = self.targets[torch.from_numpy(batch)]
        value, vectors = self._slope(
            (self.pairs.questions, self.pairs.answers),
            batch,
            lambda asked, told: self.loss(asked @ told.T / self.temperature, truth),
        )
        for place, part in enumerate(vectors):
            self._vectors[place, batch] = part.numpy()
        return value

    def _blend(self) -> None:
        """Put back the best weights, or that mean of them and the start which scores better."""
        scores = {1.0: self.now.best}
        for share in self.plan.blends:
            self.state.restore_best(share)
            vectors = predict(self.model, self.held[0], self.plan)
            scores[share] = self.score(vectors, self.held[1])
        self.state.restore_best(max(scores, key=lambda share: (scores[share], share)))


def _opened(path: Path, start: tuple[Floats, Floats]) -> Floats:
    """Return the vectors that were last seen (2, n, width), in a file that a resumed run finds."""
    if not path.is_file():
        with written_aside(path) as aside:
            made = floats(aside, (2, *start[0].shape))
            made[0], made[1] = start
    found: Floats = np.load(path, mmap_mode="r+")
    return found
