"""What the engines of encoders share: texts to word pieces, word pieces to batches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from weakref import WeakValueDictionary

import numpy as np

from seedbed.backbones.batches import by_length
from seedbed.backbones.head import Linear
from seedbed.backbones.tokens import Longs, Pieces, Tokens
from seedbed.home import read_json
from seedbed.release.engines.base import Engine, Outputs, Row
from seedbed.tasks.base import Floats

BATCH_ROWS = 64
BATCH_TOKENS = 2048
"""Larger batches are slower: their activations leave the processor's cache."""
PIECE_CHARACTERS = 6
"""More than word pieces have on the average, so that this many of a text mostly give all that is
read of it: a long text costs half a millisecond less."""


_shared: WeakValueDictionary[tuple[object, ...], Tokens] = WeakValueDictionary()


class Batched(Engine):
    """An encoder that answers batches of near-equal length under a token budget.

    An engine runs the encoder and the pooling. The head stays in float32 outside of it: it is a
    thousandth of the work, and its errors are the answer's.

    Attributes:
        head: The release's head; the gate puts another in its place where that one has learnt from
            the rows that engines are examined on.
    """

    kind: ClassVar[str] = "encoder"

    def __init__(self, folder: Path, threads: int) -> None:
        self.tokens = _tokens(folder / "model")
        self.max_tokens = self.tokens.max_tokens
        self.head = Linear.load(folder / "model")
        self.threads = threads

    @abstractmethod
    def forward(self, ids: Longs, mask: Longs) -> Floats:
        """Return features (rows, width) of one padded batch (rows, word pieces)."""

    def encode(self, texts: Sequence[str]) -> list[Row]:
        """Return the word pieces of each text."""
        most = self.max_tokens
        heads = [_head(text, PIECE_CHARACTERS * most) for text in texts]
        rows = self.tokens.encode(heads)
        short = [i for i, row in enumerate(rows) if len(row) < most and heads[i] is not texts[i]]
        for i, row in zip(short, self.tokens.encode([texts[i] for i in short]), strict=True):
            rows[i] = row
        return [Row(pieces, len(pieces)) for pieces in rows]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return logits (rows, labels) and features (rows, width); at least one row."""
        sizes = [row.size for row in rows]
        if len(rows) <= BATCH_ROWS and len(rows) * max(sizes) <= BATCH_TOKENS:
            features = self._batch([row.content for row in rows])
            return Outputs(self.head.logits(features), features)
        batches = by_length(np.array(sizes, dtype=np.int64), BATCH_ROWS, BATCH_TOKENS)
        parts = [self._batch([rows[i].content for i in batch]) for batch in batches]
        features = np.empty((len(rows), parts[0].shape[1]), dtype=np.float32)
        for batch, part in zip(batches, parts, strict=True):
            features[batch] = part
        return Outputs(self.head.logits(features), features)

    def _batch(self, rows: Sequence[Pieces]) -> Floats:
        return self.forward(*self.tokens.pad(rows))


def _head(text: str, characters: int) -> str:
    """Return a text's beginning up to a space, or all of it where it is hardly longer.

    A space ends a word for every tokenizer, so the beginning has the same word pieces alone.
    """
    if len(text) < 1.25 * characters:
        return text
    end = max(text.rfind(" ", 0, characters), text.rfind("\n", 0, characters))
    return text[:end] if end > 0 else text


def _tokens(folder: Path) -> Tokens:
    """Return the tokenizer of a model; the engines of a release share it, large as it may be."""
    told = read_json(folder / "head.json")
    path, most, prefix = folder / "tokenizer.json", told["max_tokens"], told["prefix"]
    stat = path.stat() if path.exists() else None
    key = (str(path), stat and (stat.st_ino, stat.st_mtime_ns), most, prefix)
    found = _shared.get(key)
    if found is None:
        found = _shared[key] = Tokens(folder, most, prefix)
    return found
