"""Folds for out-of-fold answers: each label spread evenly, every row answered once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.tasks.base import Targets

Index = NDArray[np.int64]
SIZES = 10
"""Bins of numbers, by size, that groups are spread over."""


def folds(
    targets: Targets, parts: int, *, seed: int, groups: Index | None = None
) -> list[tuple[Index, Index]]:
    """Return (learn, answer) row positions, `parts` of them; fewer where there are fewer groups.

    Rows are dealt out label by label, so labels with fewer rows than parts are missing from some
    folds' learning rows only where they have a single row; numbers are dealt out by size. Rows of a
    group are answered by what learnt from none of them: they stay in one part, and the rows that
    are alone make up for what that spreads unevenly.

    Args:
        targets: (n,) label numbers, (n, labels) zeros and ones, or (n,) numbers.
        parts: Number of folds.
        seed: Behind the deal.
        groups: Group of each row (n,); a single group of all rows counts as none.
    """
    draw = np.random.default_rng(seed)
    keys = targets if targets.ndim == 1 else targets @ (1 << np.arange(targets.shape[1]) % 62)
    order = draw.permutation(len(keys))
    if groups is None or not 1 < len(np.unique(groups)) < len(keys):
        order = order[np.argsort(keys[order], kind="stable")]
        part = np.empty(len(keys), dtype=np.int64)
        part[order] = np.arange(len(keys)) % parts
    else:
        part = _whole(_strata(keys), groups, order, parts)
        used, part = np.unique(part, return_inverse=True)
        parts = len(used)
    everyone = draw.permutation(len(keys))
    return [(everyone[part[everyone] != k], everyone[part[everyone] == k]) for k in range(parts)]


def _strata(keys: Targets) -> Index:
    """Return what is to be spread evenly, numbered from 0: labels, or sizes of numbers."""
    if keys.dtype.kind == "f":
        ranks = np.argsort(np.argsort(keys, kind="stable"), kind="stable")
        return np.asarray(ranks * SIZES // len(keys), dtype=np.int64)
    return np.unique(keys, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _whole(strata: Index, groups: Index, order: Index, parts: int) -> Index:
    """Return the part of each row (n,), no group divided.

    Groups go to where fewest rows of their strata are, the largest first; then the rows that are
    alone fill up what is least full.
    """
    there = np.zeros((int(strata.max()) + 1, parts), dtype=np.int64)
    full = np.zeros(parts, dtype=np.int64)
    part = np.empty(len(strata), dtype=np.int64)
    clusters, alone = _clusters(groups, order)
    for rows in clusters:
        to = np.lexsort((full, there[strata[rows]].sum(axis=0)))[0]
        np.add.at(there, (strata[rows], to), 1)
        full[to] += len(rows)
        part[rows] = to
    alone = alone[np.argsort(strata[alone], kind="stable")]
    for rows in np.split(alone, np.flatnonzero(np.diff(strata[alone])) + 1):
        if len(rows):
            to = _least_full(there[strata[rows[0]]], full, len(rows))
            full += np.bincount(to, minlength=parts)
            part[rows] = to
    return part


def _clusters(groups: Index, order: Index) -> tuple[list[Index], Index]:
    """Return the rows of each group of several, the largest first, and the rows that are alone."""
    _, group, sizes = np.unique(groups[order], return_inverse=True, return_counts=True)
    together = sizes[group] > 1
    rows, group = order[together], group[together]
    inside = np.argsort(group, kind="stable")
    found = np.split(rows[inside], np.flatnonzero(np.diff(group[inside])) + 1)
    return sorted(found, key=len, reverse=True), order[~together]


def _least_full(there: Index, full: Index, count: int) -> Index:
    """Return the parts that `count` rows of one stratum go to, each to the least full one."""
    parts = np.tile(np.arange(len(there)), count)
    levels = there[parts] + np.repeat(np.arange(count), len(there))
    return parts[np.lexsort((full[parts], levels))[:count]]
