"""Folds for out-of-fold answers: each label spread evenly, every row answered once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.tasks.base import Targets

Index = NDArray[np.int64]


def folds(targets: Targets, parts: int, *, seed: int) -> list[tuple[Index, Index]]:
    """Return (learn, answer) row positions, `parts` of them.

    Rows are dealt out label by label, so labels with fewer rows than parts are missing from some
    folds' learning rows only where they have a single row; numbers are dealt out by size.

    Args:
        targets: (n,) label numbers, (n, labels) zeros and ones, or (n,) numbers.
        parts: Number of folds.
        seed: Behind the deal.
    """
    draw = np.random.default_rng(seed)
    keys = targets if targets.ndim == 1 else targets @ (1 << np.arange(targets.shape[1]) % 62)
    order = draw.permutation(len(keys))
    order = order[np.argsort(keys[order], kind="stable")]
    part = np.empty(len(keys), dtype=np.int64)
    part[order] = np.arange(len(keys)) % parts
    everyone = draw.permutation(len(keys))
    return [(everyone[part[everyone] != k], everyone[part[everyone] == k]) for k in range(parts)]
