"""What a release learnt from, as hashes: enough to know its rows again, not to read them.

What the releases learnt that it builds on is among them: it knows of these rows what they know. So
rows that are judged later can be told from those it was made with, word for word; rows that are
nearly the same are not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.fingerprints import key

FILE = "seen.npy"


def keep(folder: Path, texts: Sequence[str], before: Sequence[Path] = ()) -> None:
    """Write the hashes of what a release learnt from, 8 bytes each.

    Args:
        folder: The release's.
        texts: What it was tuned on.
        before: Folders of the releases that it builds on.
    """
    known = [np.load(one / FILE) for one in before]
    np.save(folder / FILE, np.unique(np.concatenate([_keys(texts), *known])))


def seen(folder: Path, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which texts the release has learnt from (n,)."""
    return np.isin(_keys(texts), np.load(folder / FILE))


def _keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    return np.fromiter(map(key, texts), np.uint64, len(texts))
