"""Trains only the rows of the embedding table that the training rows can reach.

A word piece that no training row holds has no gradient; AdamW then moves it by weight decay alone,
and the table is not decayed. So the rows left out come out exactly as full training would leave
them, while the optimizer's work shrinks: banking77 uses 2,421 of MiniLM's 30,522 rows, half of all
its weights (`tests/tune/test_vocabulary.py` holds the two ways equal).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seedbed.backbones.tokens import Pieces


class Reached(nn.Module):
    """An embedding table of which some rows learn and the others stay.

    Args:
        whole: The table, (pieces, width).
        used: Rows that learn, sorted.
    """

    def __init__(self, whole: nn.Embedding, used: NDArray[np.int64]) -> None:
        super().__init__()
        self.whole = whole
        whole.weight.requires_grad = False
        self.used = torch.from_numpy(used)
        place = torch.full((whole.num_embeddings,), -1, dtype=torch.int64)
        place[self.used] = torch.arange(len(used))
        self._place = place
        self.weight = nn.Parameter(whole.weight.detach()[self.used].clone())

    def forward(self, ids: Tensor) -> Tensor:
        """Return vectors: ids (b, t) → (b, t, width)."""
        place = self.places(ids)
        if bool((place >= 0).all()):
            return nn.functional.embedding(place, self.weight)
        known = nn.functional.embedding(place.clamp(min=0), self.weight)
        return torch.where((place >= 0).unsqueeze(-1), known, self.whole(ids))

    def places(self, ids: Tensor) -> Tensor:
        """Return where the pieces' vectors stand in `weight`; -1 for those that do not learn."""
        return self._place[ids]

    def restored(self) -> nn.Embedding:
        """Return the whole table with what was learnt written into it."""
        with torch.no_grad():
            self.whole.weight[self.used] = self.weight
        return self.whole


def narrow(encoder: nn.Module, ids: Iterable[Pieces], pad_id: int) -> Reached:
    """Put a `Reached` in the encoder's place for word pieces, and return it."""
    seen = np.zeros(_table(encoder).num_embeddings, dtype=bool)
    for row in ids:
        seen[row] = True
    seen[pad_id] = True
    reached = Reached(_table(encoder), np.flatnonzero(seen))
    cast(Any, encoder).set_input_embeddings(reached)
    return reached


def widen(encoder: nn.Module) -> None:
    """Undo `narrow`."""
    reached = cast(Any, encoder).get_input_embeddings()
    if isinstance(reached, Reached):
        cast(Any, encoder).set_input_embeddings(reached.restored())


def _table(encoder: nn.Module) -> nn.Embedding:
    return cast(nn.Embedding, cast(Any, encoder).get_input_embeddings())
