"""Adversarial training: each batch once more, moved to where its loss rises fastest.

FGM, the fast gradient method (Goodfellow et al. 2015; for texts Miyato, Dai and Goodfellow 2017):
the vectors e that enter the model become e + r with r = ε‖e‖ · g/‖g‖, g = ∂L/∂e, norms taken over a
whole row; the loss is the mean of both passes. For texts e are the vectors of the word pieces, for
pictures the pixels, for the upper layers alone what comes out of those below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

Batch = dict[str, Tensor]
Backward = Callable[[Batch], float]


class Attack:
    """FGM on one model.

    Args:
        encoder: Looks up the vectors of a batch's word pieces (`get_input_embeddings`); not asked
            where the batch holds vectors or pixels itself.
        size: ε: how far a row is moved, as a share of its own length.
    """

    def __init__(self, encoder: nn.Module, size: float) -> None:
        self.encoder = encoder
        self.size = size

    def __call__(self, batch: Batch, backward: Backward) -> float:
        """Go through a batch twice, as it is and moved.

        Args:
            batch: What the model takes.
            backward: Adds a batch's gradient and returns its loss.

        Returns:
            The loss of the batch as it is.
        """
        given = (name for name, one in batch.items() if one.is_floating_point() and one.ndim > 2)
        name = next(given, None)
        if name is None:
            return self._pieces(batch, backward)
        vectors = batch[name].detach().requires_grad_()
        found = backward(batch | {name: vectors})
        backward(batch | {name: vectors.detach() + self._away(vectors)})
        return found

    def _pieces(self, batch: Batch, backward: Backward) -> float:
        """Do so where the vectors are looked up inside the model."""
        table, seen = cast(Any, self.encoder).get_input_embeddings(), []

        def kept(_: nn.Module, __: object, vectors: Tensor) -> Tensor:
            vectors = vectors if vectors.requires_grad else vectors.detach().requires_grad_()
            vectors.retain_grad()
            seen.append(vectors)
            return vectors

        with table.register_forward_hook(kept):
            found = backward(batch)
        move = self._away(seen[0])
        with table.register_forward_hook(lambda _, __, vectors: vectors + move):
            backward(batch)
        return found

    def _away(self, vectors: Tensor) -> Tensor:
        """Return r, of the shape of the vectors (b, …); zero for a row whose loss has no slope."""
        slope = cast(Tensor, vectors.grad).float()
        lengths, steep = (part.detach().flatten(1).float().norm(dim=1) for part in (vectors, slope))
        share = torch.where(steep > 0, self.size * lengths / steep, torch.zeros_like(steep))
        return (slope * share.view(-1, *[1] * (slope.ndim - 1))).to(vectors.dtype)
