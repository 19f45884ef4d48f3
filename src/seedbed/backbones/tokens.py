"""Texts to word pieces, by the `tokenizers` library alone: no torch, no transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from seedbed.errors import TokenizerMissing

Pieces = NDArray[np.int32]
Longs = NDArray[np.int64]


class Tokens:
    """A tokenizer that cuts at `max_tokens` and pads to the longest row of a batch.

    Args:
        folder: Where `tokenizer.json` lies.
        max_tokens: Most word pieces of a text, special ones included; the rest is cut.
        prefix: Written before each text, where the model was trained with one.

    Raises:
        TokenizerMissing: the folder has no usable tokenizer.json.
    """

    def __init__(self, folder: Path, max_tokens: int, prefix: str = "") -> None:
        path = folder / "tokenizer.json"
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except BaseException as cause:  # the library raises bare Exception, for a missing file too
            if isinstance(cause, KeyboardInterrupt):
                raise
            raise TokenizerMissing(
                expected="a tokenizer.json that the tokenizers library reads",
                got=str(cause) if path.exists() else "no such file",
                do="Use a model whose folder holds tokenizer.json ('fast' tokenizer).",
                where=str(path),
            ) from None
        padding = self._tokenizer.padding
        self.pad_id = int(padding["pad_id"]) if padding else self._find_pad()
        self.max_tokens = max_tokens
        self.prefix = prefix
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)

    def _find_pad(self) -> int:
        for piece in ("[PAD]", "<pad>", "<|padding|>"):
            found = self._tokenizer.token_to_id(piece)
            if found is not None:
                return int(found)
        return 0

    @property
    def size(self) -> int:
        """Number of word pieces that the tokenizer knows."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str]) -> list[Pieces]:
        """Return the word pieces of each text, special ones included."""
        # A word piece is at most some hundred characters, so what is cut here could not be read
        # anyway; without the cut a text of 10 MB is tokenised in full first.
        most = self.max_tokens * 128
        found: list[Pieces] = []
        for start in range(0, len(texts), 4096):
            part = [self.prefix + text[:most] for text in texts[start : start + 4096]]
            encoded = self._tokenizer.encode_batch_fast(part)
            found.extend(np.asarray(row.ids, dtype=np.int32) for row in encoded)
        return found

    def pad(self, rows: Sequence[Pieces]) -> tuple[Longs, Longs]:
        """Return (ids, mask), each (rows, longest), padded at the end."""
        longest = max(len(row) for row in rows)
        ids = np.full((len(rows), longest), self.pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return ids, mask
