"""Fingerprints of texts: enough to find duplicates, not enough to read the text.

A text is normalised (NFKC, case folded, white space joined) and cut into tokens: words, or single
characters where a script has no spaces (Chinese, Japanese, Thai …), and single symbols (emoji).
Its shingles are its tokens and its pairs of neighbouring tokens, as 32-bit hashes. The signature
is MinHash (Broder 1997) under the permutations of datasketch's scheme `affine32`.

The signatures are computed here over many texts at once, by NumPy: datasketch's own `MinHash.bulk`
gives the same numbers one text at a time, and needs its shingles as Python objects.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seedbed.data.table import Index

PERMUTATIONS = 128
SKETCH = 256
"""Shingles kept of a text, the smallest hashes: all of them up to 128 tokens, else a sample."""

Hashes = NDArray[np.uint32]
Keys = NDArray[np.uint64]

_CHUNK = 1 << 18
_WORD, _ALONE, _OTHER, _UNKNOWN = 1, 2, 0, 255
_SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x30FF),  # radicals, kana
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


@dataclass(frozen=True)
class Fingerprints:
    """What is kept of n texts.

    Attributes:
        keys: Hash of the normalised text (n,); 0 where it is empty.
        signatures: MinHash (n, PERMUTATIONS).
        shingles: Sorted hashes, the rows one behind another, at most SKETCH a row.
        starts: Row i owns shingles[starts[i]:starts[i + 1]] (n + 1,).
    """

    keys: Keys
    signatures: Hashes
    shingles: Hashes
    starts: Index

    def __len__(self) -> int:
        return len(self.keys)

    def sizes(self) -> Index:
        """Return the number of shingles kept of each row."""
        return np.diff(self.starts)

    def take(self, rows: Index) -> Fingerprints:
        """Return the fingerprints of some rows, by position."""
        sizes = self.sizes()[rows]
        places = spans(self.starts[rows], sizes)
        return Fingerprints(
            self.keys[rows], self.signatures[rows], self.shingles[places], _offsets(sizes)
        )


def join(parts: Sequence[Fingerprints]) -> Fingerprints:
    """Put fingerprints one behind another."""
    return Fingerprints(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.signatures for part in parts]),
        np.concatenate([part.shingles for part in parts]),
        _offsets(np.concatenate([part.sizes() for part in parts])),
    )


def normalise(text: str) -> str:
    """Return the text as it is compared: NFKC, case folded, white space joined."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def key(text: str) -> int:
    """Return the hash of the normalised text; 0 where it is empty."""
    return _digest(normalise(text))


def fingerprints(
    texts: Sequence[str], *, near: bool = True, tell: Callable[[int], None] = lambda done: None
) -> Fingerprints:
    """Return the fingerprints of texts, in time linear in their length.

    Args:
        texts: The texts.
        near: Without it only equal texts are found by them: rows of a table are alike by nature.
        tell: Called with how many texts are done.
    """
    parts, done = [], 0
    for chunk in _chunks(texts):
        parts.append(_of_chunk(chunk, near=near))
        done += len(chunk)
        tell(done)
    return join(parts) if parts else _of_chunk([])


def spans(starts: Index, sizes: Index) -> Index:
    """Return start, start + 1, … for each start, as many as its size, one behind another."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(sizes.sum(), dtype=np.int64)


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(normalise(text))
        size += len(chunk[-1]) + 1
        if size > _CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _of_chunk(texts: list[str], *, near: bool = True) -> Fingerprints:
    rows, hashes = _shingles(texts if near else [""] * len(texts))
    pairs = np.unique((rows.astype(np.uint64) << np.uint64(32)) | hashes)
    rows = (pairs >> np.uint64(32)).astype(np.int64)
    hashes = pairs.astype(np.uint32)
    sizes = np.bincount(rows, minlength=len(texts)).astype(np.int64)
    starts = _offsets(sizes)
    kept = np.minimum(sizes, SKETCH)
    keys = np.array([_digest(text) for text in texts], dtype=np.uint64)
    return Fingerprints(
        keys, _signatures(hashes, starts), hashes[spans(starts[:-1], kept)], _offsets(kept)
    )


def _offsets(sizes: Index) -> Index:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _digest(text: str) -> int:
    if not text:
        return 0
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little") or 1


def _signatures(hashes: Hashes, starts: Index) -> Hashes:
    full = np.flatnonzero(np.diff(starts))
    signatures = np.full((len(starts) - 1, PERMUTATIONS), 0xFFFFFFFF, dtype=np.uint32)
    if not len(full):
        return signatures
    mixed = _fmix32(hashes)
    columns = np.empty((PERMUTATIONS, len(full)), dtype=np.uint32)
    moved = np.empty_like(mixed)
    for column, factor, shift in zip(columns, *_permutations(), strict=True):
        np.multiply(mixed, factor, out=moved)
        moved += shift
        np.minimum.reduceat(moved, starts[full], out=column)
    signatures[full] = columns.T
    return signatures


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    from datasketch import MinHash

    factors, shifts = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32").permutations
    return factors, shifts


def _fmix32(values: Hashes) -> Hashes:
    """Return MurmurHash3's finaliser of each value, as datasketch applies it."""
    mixed = values ^ (values >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def _shingles(texts: list[str]) -> tuple[Index, Hashes]:
    """Return the row and the hash of every token and of every pair of neighbours."""
    joined = "\n".join(texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    kinds = _kinds(points)
    before = np.concatenate([[_OTHER], kinds[:-1]]) if len(kinds) else kinds
    begins = np.flatnonzero((kinds == _ALONE) | ((kinds == _WORD) & (before != _WORD)))
    if not len(begins):
        return np.empty(0, np.int64), np.empty(0, np.uint32)
    tokens = _token_hashes(points, kinds, begins)
    lines = np.flatnonzero(points == ord("\n"))
    rows = np.searchsorted(lines, begins)
    same = rows[1:] == rows[:-1]
    pairs = _fmix64(tokens[:-1] * np.uint64(0x9E3779B97F4A7C15) + tokens[1:])[same]
    hashes = np.concatenate([tokens, pairs]) >> np.uint64(32)
    return np.concatenate([rows, rows[1:][same]]), hashes.astype(np.uint32)


def _token_hashes(points: Hashes, kinds: NDArray[np.uint8], begins: Index) -> Keys:
    """Return a polynomial hash of each token's characters, mixed."""
    inside = _places(len(points), begins)
    weighed = (points.astype(np.uint64) + np.uint64(1)) * _powers()[inside & 63]
    weighed[kinds == _OTHER] = 0
    return _fmix64(np.add.reduceat(weighed, begins))


def _places(count: int, begins: Index) -> Index:
    """Return how far each place stands behind the nearest beginning before it."""
    latest = np.zeros(count, dtype=np.int64)
    latest[begins] = begins
    return np.arange(count) - np.maximum.accumulate(latest)


@cache
def _powers() -> Keys:
    powers = [pow(0x100000001B3, i + 1, 1 << 64) for i in range(64)]
    return np.array(powers, dtype=np.uint64)


def _fmix64(values: Keys) -> Keys:
    mixed = values ^ (values >> np.uint64(33))
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed


@cache
def _table() -> NDArray[np.uint8]:
    table = np.full(0x110000, _UNKNOWN, dtype=np.uint8)
    table[ord("\n")] = table[ord(" ")] = _OTHER
    return table


def _kinds(points: Hashes) -> NDArray[np.uint8]:
    """Return whether each character is part of a word, a token alone, or between tokens."""
    table = _table()
    for point in np.unique(points[table[points] == _UNKNOWN]):
        table[point] = _kind(int(point))
    return table[points]


def _kind(point: int) -> int:
    char = chr(point)
    category = unicodedata.category(char)
    if category == "So":
        return _ALONE
    if category[0] not in "LNM":
        return _OTHER
    spaceless = any(low <= point <= high for low, high in _SPACELESS)
    return _ALONE if spaceless else _WORD
