"""What a release learnt from, as hashes: enough to know its rows again, not to read them.

So rows that are judged later can be told from those it was made with, word for word; rows that are
nearly the same are not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.fingerprints import key

FILE = "seen.npy"


def keep(folder: Path, texts: Sequence[str]) -> None:
    """Write the hashes of the rows that a release learnt from, 8 bytes each."""
    np.save(folder / FILE, np.unique(_keys(texts)))


def seen(folder: Path, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which texts the release has learnt from (n,)."""
    return np.isin(_keys(texts), np.load(folder / FILE))


def _keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    return np.fromiter(map(key, texts), np.uint64, len(texts))
