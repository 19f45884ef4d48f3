"""Texts to word pieces, by the `tokenizers` library alone: no torch, no transformers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from seedbed.errors import TokenizerMissing

Pieces = NDArray[np.int32]
"""A row: the ids (size,), or ids and types (2, size) of a pair whose two texts are told apart."""
Longs = NDArray[np.int64]

LONGEST_PIECE = 128
"""A word piece is at most some hundred characters, so what is cut by this could not be read anyway;
without the cut a text of 10 MB is tokenised in full first."""
MEAN_PIECE = 6
"""More than word pieces have on the average, so that this many characters of a text mostly give all
that is read of it: a long text costs half a millisecond less."""
AT_ONCE = 4096
MASKS = ("[MASK]", "<mask>", "<|mask|>", "[UNK]", "<unk>")
CHINESE = r"[\u3400-\u9fff\uf900-\ufaff]"
"""A Chinese character, as a regular expression."""


class Tokens:
    """A tokenizer that cuts at `max_tokens` and pads to the longest row of a batch.

    Args:
        folder: Where `tokenizer.json` lies.
        max_tokens: Most word pieces of a text, special ones included; the rest is cut.
        prefix: Written before each text, where the model was trained with one.
        types: Whether rows say of each word piece which text of a pair it belongs to.

    Raises:
        TokenizerMissing: the folder has no usable tokenizer.json.
    """

    def __init__(
        self, folder: Path, max_tokens: int, prefix: str = "", *, types: bool = False
    ) -> None:
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
        self.types = types
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

    @property
    def spaced(self) -> bool:
        """Whether the space before a word is part of its first piece (byte-level BPE)."""
        return "ByteLevel" in repr(self._tokenizer.pre_tokenizer)

    def specials(self) -> tuple[list[int], list[int]]:
        """Return the special pieces before a text, and those behind it."""
        whole = self._tokenizer.encode("").ids
        return whole[: len(whole) // 2], whole[len(whole) // 2 :]

    @property
    def mask_id(self) -> int:
        """The piece that stands for a hidden one; the unknown piece, or padding, without it."""
        found = (self._tokenizer.token_to_id(name) for name in MASKS)
        return next((one for one in found if one is not None), self.pad_id)

    def piece(self, word: str) -> int | None:
        """Return a Chinese character's own piece, where the tokenizer has one."""
        return self._tokenizer.token_to_id(word) if re.fullmatch(CHINESE, word) else None

    def bare(self, words: Sequence[str]) -> list[list[int]]:
        """Return the pieces of words without special ones."""
        found = self._tokenizer.encode_batch_fast(
            [word[:LONGEST_PIECE] for word in words], add_special_tokens=False
        )
        return [row.ids for row in found]

    def encode(self, texts: Sequence[str | tuple[str, str]]) -> list[Pieces]:
        """Return the word pieces of each text or pair, special ones included.

        Of a pair that is too long the longer text is cut first.
        """
        found: list[Pieces] = []
        for start in range(0, len(texts), AT_ONCE):
            found += self._some(texts[start : start + AT_ONCE])
        return found

    def _some(self, texts: Sequence[str | tuple[str, str]]) -> list[Pieces]:
        heads = [
            beginning(text, MEAN_PIECE * self.max_tokens) if isinstance(text, str) else text
            for text in texts
        ]
        rows = self._rows(heads)
        short = [
            i
            for i, row in enumerate(rows)
            if heads[i] is not texts[i] and row.shape[-1] < self.max_tokens
        ]
        for i, row in zip(short, self._rows([texts[i] for i in short]), strict=True):
            rows[i] = row
        return rows

    def _rows(self, texts: Sequence[str | tuple[str, str]]) -> list[Pieces]:
        encoded = self._tokenizer.encode_batch_fast([self._asked(text) for text in texts])
        if self.types:
            return [np.array([row.ids, row.type_ids], dtype=np.int32) for row in encoded]
        return [np.asarray(row.ids, dtype=np.int32) for row in encoded]

    def _asked(self, text: str | tuple[str, str]) -> str | tuple[str, str]:
        most = self.max_tokens * LONGEST_PIECE
        if isinstance(text, str):
            return self.prefix + text[:most]
        return self.prefix + text[0][:most], self.prefix + text[1][:most]

    def pad(self, rows: Sequence[Pieces]) -> tuple[Longs, ...]:
        """Return ids, mask, and types where rows have them: each (rows, longest)."""
        shape = (len(rows), max(row.shape[-1] for row in rows))
        ids = np.full(shape, self.pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        if not self.types:
            for i, row in enumerate(rows):
                ids[i, : len(row)] = row
                mask[i, : len(row)] = 1
            return ids, mask
        types = np.zeros(shape, dtype=np.int64)
        for i, row in enumerate(rows):
            size = row.shape[-1]
            ids[i, :size], types[i, :size] = row
            mask[i, :size] = 1
        return ids, mask, types


def beginning(text: str, characters: int) -> str:
    """Return a text's beginning up to a space, or all of it where it is hardly longer.

    A space ends a word for every tokenizer, so the beginning has the same word pieces alone.
    """
    if len(text) < 1.25 * characters:
        return text
    end = max(text.rfind(" ", 0, characters), text.rfind("\n", 0, characters))
    return text[:end] if end > 0 else text
