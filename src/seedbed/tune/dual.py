"""Training of an encoder that reads questions and answers apart, by which belong together.

The loss looks at a whole batch at once, so its rows cannot be taken one after the other. Where a
batch's word pieces are few, all of it is kept for the way back. Where they are many, the vectors
are computed without it, the loss's slope by the vectors is found, and the batch is gone through
once more in parts, each with its share of the slope (GradCache, Gao et al. 2021): the gradient is
the same, and memory is that of one part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.backbones.batches import Index, by_length
from seedbed.backbones.network import Network
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.inputs import Inputs
from seedbed.tune.loop import Plan, Training, predict
from seedbed.tune.neighbours import batches, near

WHOLE_PIECES = 16_384
"""Word pieces of a batch up to which all of it is kept for the way back: some 3 GB."""


class Embedder(nn.Module):
    """A network whose features have length one.

    Args:
        network: Gives features.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, **batch: Tensor) -> Tensor:
        """Return vectors (b, width) of what the network takes."""
        return functional.normalize(cast(Tensor, self.network(**batch)).float(), dim=-1)


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


class DualTraining(Training):
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
        np.savez(self._hard, hard=hard, epoch=np.array(epoch))
        return hard

    def _gradient(self, batch: Index) -> float:
        """Add the gradient of a batch."""
        sides = (self.pairs.questions, self.pairs.answers)
        few = int(self.pairs.lengths[batch].sum()) <= WHOLE_PIECES
        whole = few and self.now.batch_tokens == self.plan.batch_tokens
        with torch.set_grad_enabled(whole):
            vectors = [self._embedded(side, batch) for side in sides]
        leaves = vectors if whole else [part.requires_grad_() for part in vectors]
        likeness = leaves[0] @ leaves[1].T / self.temperature
        loss = self.loss(likeness, self.targets[torch.from_numpy(batch)])
        loss.backward()  # type: ignore[no-untyped-call]
        if not whole:
            for side, leaf in zip(sides, leaves, strict=True):
                self._back(side, batch, cast(Tensor, leaf.grad))
        for place, part in enumerate(leaves):
            self._vectors[place, batch] = part.detach().numpy()
        return float(loss.item())

    def _embedded(self, side: Inputs, batch: Index) -> Tensor:
        parts = self._parts(side, batch)
        found = torch.cat([self._forward(side, batch[part]) for part in parts])
        back = np.argsort(np.concatenate(parts), kind="stable")
        return found[torch.from_numpy(back)]

    def _back(self, side: Inputs, batch: Index, slope: Tensor) -> None:
        """Go through the batch once more, and pass the slope by the vectors on."""
        for part in self._parts(side, batch):
            vectors = self._forward(side, batch[part])
            vectors.backward(slope[torch.from_numpy(part)])  # type: ignore[no-untyped-call]

    def _parts(self, side: Inputs, batch: Index) -> list[Index]:
        return by_length(side.lengths[batch], len(batch), self.now.batch_tokens)

    def _forward(self, side: Inputs, rows: Index) -> Tensor:
        with torch.autocast("cpu", self.plan.dtype, self.plan.dtype != torch.float32):
            return cast(Tensor, self.model(**side.batch(rows)))

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
    if path.is_file():
        found: Floats = np.load(path, mmap_mode="r+")
        return found
    made: Floats = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.float32, shape=(2, *start[0].shape)
    )
    made[0], made[1] = start
    return made
