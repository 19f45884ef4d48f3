"""Finds exact and near duplicates among texts, in time linear in their number.

Texts are exact duplicates where they are equal once normalised. Texts are near duplicates where
the Jaccard similarity of their shingles is at least `NEAR`: candidates come from locality-sensitive
hashing of the MinHash signatures (21 bands of 6 rows: a pair at 0.8 is met with probability
0.998), and each is verified on the shingles themselves before it counts.

The banding is NumPy's and not datasketch's `MinHashLSH`: measured on 10,000 short texts, the
latter's tables take about 80 MB, ten times these arrays, which is too much at 100,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data.fingerprints import PERMUTATIONS, SKETCH, Fingerprints, fingerprints, spans
from seedbed.data.table import Index

NEAR = 0.8
"""Similarity from which texts are near duplicates: one word, or one character, of fifteen."""

_BANDS, _DEPTH = 21, 6
_WINDOW = 8
_SLACK = 0.15
_PAIRS_AT_ONCE = 4096

Similarities = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of positions, and how similar the texts are, 0 to 1."""

    left: Index
    right: Index
    similarity: Similarities

    def __len__(self) -> int:
        return len(self.left)


def near_groups(texts: Sequence[str], *, near: bool = True) -> Index:
    """Return the number of each text's cluster of duplicates, exact and `near` (n,).

    Empty texts are each a cluster of their own. A chain of near duplicates is one cluster.
    """
    return groups_of(fingerprints(texts, near=near))


def groups_of(prints: Fingerprints) -> Index:
    """Return the clusters of fingerprints; see `near_groups`."""
    first, inverse = first_of_equals(prints)
    groups = _cluster(prints.take(first))[inverse]
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def first_of_equals(prints: Fingerprints) -> tuple[Index, Index]:
    """Return the first position of each distinct text, and for each text which of these it is.

    Empty texts are not equal to one another.
    """
    keys = prints.keys.copy()
    empty = np.flatnonzero(keys == 0)
    _, inverse = np.unique(keys, return_inverse=True)
    inverse[empty] = len(keys) + np.arange(len(empty))
    _, first, inverse = np.unique(inverse, return_index=True, return_inverse=True)
    return first.astype(np.int64), inverse.astype(np.int64)


def similarity(prints: Fingerprints, left: Index, right: Index) -> Similarities:
    """Return the Jaccard similarity of pairs of rows (m,).

    Exact where both texts have at most SKETCH shingles; beyond it is estimated on the shingles
    whose hash is no greater than the greatest that both rows kept (bottom-k sketches, Broder 1997).
    """
    parts = [
        _similarity(prints, left[i : i + _PAIRS_AT_ONCE], right[i : i + _PAIRS_AT_ONCE])
        for i in range(0, len(left), _PAIRS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def across(prints: Fingerprints, groups: Index, here: Index, there: Index) -> Pairs:
    """Return the pairs of distinct rows of `here` and rows of `there` that are duplicates.

    Ordered by the row of `there`, the most similar first.

    Args:
        prints: Fingerprints of all rows.
        groups: Their clusters, from `groups_of`; only rows of one cluster are compared.
        here: Positions of the one side.
        there: Positions of the other side.
    """
    _, first = np.unique(prints.keys[here], return_index=True)
    here = here[np.sort(first)]
    here = here[np.argsort(groups[here], kind="stable")]
    begin = np.searchsorted(groups[here], groups[there])
    end = np.searchsorted(groups[here], groups[there], side="right")
    sizes = np.minimum(end - begin, 64)
    right = np.repeat(there, sizes)
    left = here[spans(begin, sizes)]
    alike = similarity(prints, left, right)
    alike[prints.keys[left] == prints.keys[right]] = 1.0
    order = np.lexsort((left, -alike, right))
    order = order[alike[order] >= NEAR]
    return Pairs(left[order], right[order], alike[order])


def _cluster(prints: Fingerprints) -> Index:
    """Return the connected components of distinct texts under near duplication."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(prints)
    groups = np.arange(count, dtype=np.int64)
    solid = np.flatnonzero(prints.sizes() > 0)
    edges = [np.empty((2, 0), dtype=np.int64)]
    for band in range(_BANDS):
        left, right = _candidates(prints, solid, band, groups)
        near = similarity(prints, left, right) >= NEAR
        if near.any():
            edges.append(np.stack([left[near], right[near]]))
            every = np.concatenate(edges, axis=1)
            graph = coo_array((np.ones(every.shape[1]), tuple(every)), shape=(count, count))
            groups = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def _candidates(
    prints: Fingerprints, solid: Index, band: int, groups: Index
) -> tuple[Index, Index]:
    """Return pairs that share a band, are not yet in one cluster, and look alike so far."""
    order, runs = _buckets(prints, solid, band)
    found = [(order[:0], order[:0])]
    for step in range(1, _WINDOW + 1):
        together = np.flatnonzero(runs[step:] == runs[:-step])
        if not len(together):
            break
        found.append((order[together], order[together + step]))
    first = order[np.searchsorted(runs, runs)]
    found.append((first, order))
    left = np.concatenate([pair[0] for pair in found])
    right = np.concatenate([pair[1] for pair in found])
    apart = groups[left] != groups[right]
    left, right = left[apart], right[apart]
    likely = _estimate(prints, left, right) >= NEAR - _SLACK
    return left[likely], right[likely]


def _buckets(prints: Fingerprints, solid: Index, band: int) -> tuple[Index, Index]:
    """Return the rows sorted by their bucket in a band, and the bucket's number of each."""
    columns = prints.signatures[solid, band * _DEPTH : (band + 1) * _DEPTH]
    mixed = np.zeros(len(solid), dtype=np.uint64)
    for column in columns.T:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed, kind="stable")
    mixed = mixed[order]
    fresh = np.concatenate([[False], mixed[1:] != mixed[:-1]]) if len(mixed) else mixed
    return solid[order], np.cumsum(fresh).astype(np.int64)


def _estimate(prints: Fingerprints, left: Index, right: Index) -> Similarities:
    shares = np.empty(len(left))
    for i in range(0, len(left), _PAIRS_AT_ONCE):
        part = slice(i, i + _PAIRS_AT_ONCE)
        same = prints.signatures[left[part]] == prints.signatures[right[part]]
        shares[part] = same.sum(axis=1) / PERMUTATIONS
    return shares


def _similarity(prints: Fingerprints, left: Index, right: Index) -> Similarities:
    pairs = np.arange(len(left), dtype=np.uint64)
    limit = np.minimum(_reach(prints, left), _reach(prints, right))
    sets = []
    for rows in (left, right):
        sizes = prints.sizes()[rows]
        hashes = prints.shingles[spans(prints.starts[rows], sizes)]
        owners = np.repeat(pairs, sizes)
        kept = hashes <= np.repeat(limit, sizes)
        sets.append((owners[kept] << np.uint64(32)) | hashes[kept])
    both = np.intersect1d(sets[0], sets[1], assume_unique=True) >> np.uint64(32)
    shared = np.bincount(both.astype(np.int64), minlength=len(left))
    owners = np.concatenate(sets) >> np.uint64(32)
    total = np.bincount(owners.astype(np.int64), minlength=len(left)) - shared
    return np.asarray(shared / np.maximum(total, 1), dtype=np.float64)


def _reach(prints: Fingerprints, rows: Index) -> NDArray[np.uint32]:
    """Return the greatest hash up to which a row's shingles are all kept."""
    reach = np.full(len(rows), 0xFFFFFFFF, dtype=np.uint32)
    full = prints.sizes()[rows] >= SKETCH
    reach[full] = prints.shingles[prints.starts[rows[full] + 1] - 1]
    return reach
