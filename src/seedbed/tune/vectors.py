"""Trainings whose loss looks at all vectors of a batch at once.

The rows of such a batch cannot be taken one after the other. Where a batch's word pieces are few,
all of it is kept for the way back. Where they are many, the vectors are computed without it, the
loss's slope by the vectors is found, and the batch is gone through once more in parts, each with
its share of the slope (GradCache, Gao et al. 2021): the gradient is the same, and memory is that of
one part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.backbones.batches import Index, by_length
from seedbed.backbones.network import Network
from seedbed.tune.context import Context
from seedbed.tune.inputs import Inputs
from seedbed.tune.loop import Training

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


def embedder(context: Context) -> Embedder:
    """Return the base model to be tuned, all of it but the word pieces' vectors."""
    network = context.modality.network(context.backbone.folder)
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            module.weight.requires_grad = False
        if isinstance(module, nn.Dropout):
            module.p = context.recipe.train.dropout
    return Embedder(network)


class VectorTraining(Training):
    """A training of an `Embedder`."""

    def _slope(
        self, sides: Sequence[Inputs], batch: Index, loss: Callable[..., Tensor]
    ) -> tuple[float, list[Tensor]]:
        """Add the gradient of a batch.

        Args:
            sides: What is turned into vectors: the rows, or the two texts of each.
            batch: Rows (b,).
            loss: (vectors (b, width) of each side) → mean loss.

        Returns:
            The loss, and the vectors of each side.
        """
        few = sum(int(side.lengths[batch].sum()) for side in sides) <= WHOLE_PIECES
        whole = few and self.now.batch_tokens == self.plan.batch_tokens
        with torch.set_grad_enabled(whole):
            vectors = [self._embedded(side, batch) for side in sides]
        leaves = vectors if whole else [part.requires_grad_() for part in vectors]
        found = loss(*leaves)
        found.backward()  # type: ignore[no-untyped-call]
        if not whole:
            for side, leaf in zip(sides, leaves, strict=True):
                self._back(side, batch, cast(Tensor, leaf.grad))
        return float(found.item()), [part.detach() for part in leaves]

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
