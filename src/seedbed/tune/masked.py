"""Masked language modelling: word pieces are hidden from the encoder, which guesses them.

Of a text's pieces 15 % are asked for; of these 80 % are shown as the mask, 10 % as another piece
drawn at random, and 10 % as they are (Devlin et al. 2019). The guess at a place with the vector h
is softmax(E (W h + b) + c): E are the vectors of the pieces themselves, which both sides share. The
pieces that no text holds are left out of it, for none of them can be right.

An encoder of sentences comes without W, b and c. They begin where they fit it best as it stands: W
and b by least squares from h to the vector of the piece that is hidden there, times the factor that
guesses best, and c by how often the pieces occur. So the first steps do not wreck the encoder for
the sake of a random head.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.backbones.batches import Index
from seedbed.backbones.tokens import Tokens
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.inputs import Inputs
from seedbed.tune.vocabulary import Reached

ASKED, MASKED, OTHER = 0.15, 0.8, 0.1
NOT_ASKED = -1
FACTORS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
RIDGES = (1e-2, 1e-1, 1.0)
"""Of the least squares, as shares of the mean square of a number in h."""
CHOOSING = 500
"""Hidden pieces, at most, by which factor and ridge are chosen; a fifth of what there is."""

Batch = dict[str, Tensor]


class Hiding:
    """Hides word pieces of batches.

    Args:
        tokens: The tokenizer; where it has no piece for a mask, the unknown piece is shown.
        pieces: Ids that a hidden piece may be shown as.
    """

    def __init__(self, tokens: Tokens, pieces: Tensor) -> None:
        self.mask = tokens.mask_id
        self.pieces = pieces
        self.special = torch.tensor([one for part in tokens.specials() for one in part])

    def __call__(self, batch: Batch, draw: torch.Generator) -> Batch:
        """Return ids as they are shown, mask, and `asked` (b, t): true ids, else `NOT_ASKED`.

        Every text with a piece that is not special is asked for one at the least.
        """
        ids, seen = batch["input_ids"], batch["attention_mask"]
        loose = (seen == 1) & ~torch.isin(ids, self.special)
        chance = torch.rand(ids.shape, generator=draw).masked_fill(~loose, 2.0)
        asked = loose & ((chance < ASKED) | (chance == chance.amin(1, keepdim=True)))
        fate = torch.rand(ids.shape, generator=draw)
        other = self.pieces[torch.randint(len(self.pieces), ids.shape, generator=draw)]
        shown = torch.where(asked & (fate < MASKED), self.mask, ids)
        shown = torch.where(asked & (fate >= 1 - OTHER), other, shown)
        return batch | {"input_ids": shown, "asked": ids.masked_fill(~asked, NOT_ASKED)}


class Held:
    """Texts whose hidden pieces are the same whenever they are asked for.

    Args:
        whole: The texts.
        hiding: Hides pieces of them.
        seed: Behind the draw.
    """

    def __init__(self, whole: Inputs, hiding: Hiding, seed: int) -> None:
        self.whole = whole
        self.hiding = hiding
        self.seed = seed

    @property
    def lengths(self) -> Index:
        """The size of each text (n,)."""
        return self.whole.lengths

    def batch(self, rows: Index) -> Batch:
        """Return what `Guesser` takes."""
        draw = torch.Generator().manual_seed(self.seed + int(rows[0]))
        return self.hiding(self.whole.batch(rows), draw)


class Guesser(nn.Module):
    """An encoder and what guesses hidden pieces of its vectors.

    Args:
        encoder: Its table of word pieces is a `Reached`; see `tune.vocabulary.narrow`.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = _Head(*self._table.weight.shape)

    @property
    def _table(self) -> Reached:
        return cast(Reached, cast(Any, self.encoder).get_input_embeddings())

    def forward(self, input_ids: Tensor, attention_mask: Tensor, asked: Tensor) -> Tensor:
        """Return each text's summed loss and how many pieces were asked for (b, 2), float32."""
        vectors, truth = self.hidden(input_ids, attention_mask, asked)
        losses = functional.cross_entropy(self.logits(vectors), truth, reduction="none")
        row = (asked != NOT_ASKED).nonzero()[:, 0]
        sums = torch.zeros(len(asked)).index_add(0, row, losses)
        return torch.stack([sums, torch.bincount(row, minlength=len(asked)).float()], dim=1)

    def hidden(
        self, input_ids: Tensor, attention_mask: Tensor, asked: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the vectors (m, width) where pieces are asked for, and those pieces' places."""
        found = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        there = asked != NOT_ASKED
        return found[there], self._table.places(asked[there])

    def logits(self, vectors: Tensor) -> Tensor:
        """Return (m, pieces) float32 of vectors (m, width)."""
        turned: Tensor = self.head.turn(vectors)
        return (turned @ self._table.weight.T).float() + self.head.prior

    @torch.no_grad()
    def begin(self, batches: Iterable[Batch], dtype: torch.dtype = torch.float32) -> None:
        """Fit the head to the encoder as it stands.

        Args:
            batches: With hidden pieces.
            dtype: What the encoder computes in; the rest is float32.
        """
        with torch.autocast("cpu", dtype, dtype != torch.float32):
            parts = [self.hidden(**batch) for batch in batches]
        vectors, truth = (torch.cat(part) for part in zip(*parts, strict=True))
        vectors = vectors.float()
        aside = min(CHOOSING, max(1, len(truth) // 5))
        asked, answers = vectors[:aside], truth[:aside]
        vectors, truth = vectors[aside:], truth[aside:]
        counts = torch.bincount(truth, minlength=len(self.head.prior)).float() + 1
        self.head.prior.copy_((counts / counts.sum()).log())
        found = []
        for ridge in RIDGES:
            weight, bias = least_squares(vectors, self._table.weight[truth], ridge)
            for factor in FACTORS:
                self.head.set(factor * weight, factor * bias)
                value = float(functional.cross_entropy(self.logits(asked), answers))
                found.append((value, ridge, factor))
        _, ridge, factor = min(found)
        weight, bias = least_squares(vectors, self._table.weight[truth], ridge)
        self.head.set(factor * weight, factor * bias)


class _Head(nn.Module):
    """W and b as `turn`, and c as `prior`: how likely each piece is before anything was read."""

    def __init__(self, pieces: int, width: int) -> None:
        super().__init__()
        self.turn = nn.Linear(width, width)
        self.prior = nn.Parameter(torch.zeros(pieces))

    def set(self, weight: Tensor, bias: Tensor) -> None:
        """Put numbers into W and b."""
        self.turn.weight.copy_(weight)
        self.turn.bias.copy_(bias)


def least_squares(inputs: Tensor, outputs: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """Return W (q, p) and b (q,) by which W x + b is nearest to y, with a ridge on W.

    Args:
        inputs: x (m, p).
        outputs: y (m, q).
        ridge: As a share of the mean of x's squares about their means, summed over the rows.
    """
    middle, wished = inputs.mean(0), outputs.mean(0)
    x, y = inputs - middle, outputs - wished
    gram = x.T @ x
    gram += ridge * gram.trace() / len(gram) * torch.eye(len(gram))
    weight = torch.linalg.solve(gram, x.T @ y).T
    return weight, wished - weight @ middle


def loss(told: Tensor, _: Tensor) -> Tensor:
    """Return the mean loss a piece of what `Guesser` says of a batch (b, 2)."""
    return told[:, 0].sum() / told[:, 1].sum().clamp(min=1)


def likelihood(told: Floats, _: Targets) -> float:
    """Return exp(−mean loss a piece): the geometric mean of the right pieces' chances."""
    return float(np.exp(-told[:, 0].sum() / max(1.0, told[:, 1].sum())))
