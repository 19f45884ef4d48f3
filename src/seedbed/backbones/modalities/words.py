"""Sentences whose words are answered one by one."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from seedbed.backbones.base import Backbone
from seedbed.backbones.modalities.base import Arrays
from seedbed.backbones.modalities.text import LENGTH_SHARE, SHORTEST_CHOSEN, Text
from seedbed.backbones.tokens import Pieces, Tokens
from seedbed.recipe import LONGEST_CHOSEN, Train
from seedbed.tasks.spans import Sentence, joined

if TYPE_CHECKING:
    import torch

    from seedbed.backbones.network import Network

MOST_KNOWN = 200_000
"""Words whose pieces are remembered: most words of a sentence have been seen before."""


class Marked(NamedTuple):
    """A sentence's word pieces, and where its words begin among them.

    Attributes:
        ids: Of the word pieces (size,), special ones included.
        firsts: Place of each word's first piece (words,); 0 for words that were cut off.
    """

    ids: Pieces
    firsts: Pieces

    def tobytes(self) -> bytes:
        """Return what tells the row from others."""
        return self.ids.tobytes() + self.firsts.tobytes()


class Words(Text):
    """A row is its word pieces and where its words begin; each word's first piece answers for it.

    Words are cut into pieces one by one. A Chinese character is a piece of its own, also where the
    tokenizer would join it with the next: the end of a span may lie between them.
    """

    name: ClassVar[str] = "words"
    odd: ClassVar[tuple[Any, ...]] = (joined(["a"]), joined(["two", "words"]))

    def __init__(self, tokens: Tokens, pooling: str = "none") -> None:
        super().__init__(tokens, pooling)
        self.first, self.last = tokens.specials()
        self._space = " " if tokens.spaced else ""
        self._known: dict[str, list[int]] = {}

    @classmethod
    def choose(cls, backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Words:
        """Return the tokenizer, cut where the recipe says, else where nearly all inputs fit."""
        most = backbone.positions or sys.maxsize
        if train.max_tokens is None:
            whole = cls(Tokens(backbone.folder, LONGEST_CHOSEN))
            sizes = [whole.size(row) for row in whole.encode(inputs)]
            fits = 32 * math.ceil(float(np.percentile(sizes, 100 * LENGTH_SHARE)) / 32)
            found = cls(Tokens(backbone.folder, min(most, max(SHORTEST_CHOSEN, fits))))
        else:
            super().choose(backbone, train, [""])  # refuses more than the base model can read
            found = cls(Tokens(backbone.folder, train.max_tokens))
        found.train = train
        return found

    @classmethod
    def load(cls, folder: Path, told: Mapping[str, Any]) -> Words:
        """Return the tokenizer that lies in the folder."""
        return cls(Tokens(folder, told["max_tokens"]))

    @property
    def axes(self) -> Mapping[str, Mapping[int, str]]:
        """Ids and mask of the pieces, and the place of each word's first."""
        pieces = {0: "rows", 1: "pieces"}
        words = {0: "rows", 1: "words"}
        return {"input_ids": pieces, "attention_mask": pieces, "firsts": words}

    def encode(self, inputs: Sequence[Sentence]) -> list[Marked]:  # type: ignore[override]
        """Return the pieces of each sentence."""
        self._learn({word for one in inputs for word in one.words})
        return [self._row(one) for one in inputs]

    def ids(self, row: Any) -> Pieces:
        """Return the word pieces of a row (size,)."""
        found: Pieces = row.ids
        return found

    def size(self, row: Marked) -> int:  # type: ignore[override]
        """Return how many word pieces a row has."""
        return len(row.ids)

    def batch(self, rows: Sequence[Marked]) -> Arrays:  # type: ignore[override]
        """Return ids and mask (rows, longest), and firsts (rows, most words)."""
        ids, mask = self.tokens.pad([row.ids for row in rows])
        firsts = np.zeros((len(rows), max(1, *(len(row.firsts) for row in rows))), dtype=np.int64)
        for i, row in enumerate(rows):
            firsts[i, : len(row.firsts)] = row.firsts
        return {"input_ids": ids, "attention_mask": mask, "firsts": firsts}

    def network(self, folder: Path, *, dtype: torch.dtype | None = None) -> Network:  # type: ignore[override]
        """Load the encoder, with a vector for each word."""
        from seedbed.backbones.encoder import Tagged, load_encoder

        return Tagged(load_encoder(folder, dtype=dtype), "none").eval()

    def _learn(self, words: set[str]) -> None:
        new = sorted(words - self._known.keys())
        if len(self._known) + len(new) > MOST_KNOWN:
            self._known, new = {}, sorted(words)
        alone = [self.tokens.piece(word) for word in new]
        asked = [word for word, piece in zip(new, alone, strict=True) if piece is None]
        cut = iter(self.tokens.bare([self._space + word for word in asked]))
        for word, piece in zip(new, alone, strict=True):
            self._known[word] = next(cut) if piece is None else [piece]

    def _row(self, sentence: Sentence) -> Marked:
        ids, firsts = [*self.first], np.zeros(len(sentence.words), dtype=np.int32)
        most = self.most - len(self.last)
        for i, word in enumerate(sentence.words):
            pieces = self._known[word]
            if len(ids) + max(1, len(pieces)) > most:
                break
            firsts[i] = len(ids) if pieces else 0
            ids += pieces
        return Marked(np.array([*ids, *self.last], dtype=np.int32), firsts)
