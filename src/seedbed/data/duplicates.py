"""Finds exact and near duplicates among texts, in time linear in their number.

Texts are exact duplicates where they are equal once normalised. Texts are near duplicates where
the Jaccard similarity of their shingles is at least `NEAR`: candidates come from locality-sensitive
hashing of the MinHash signatures (21 bands of 6 rows: a pair at 0.8 is met with probability
0.998), and each is verified on the shingles themselves before it counts.

The banding is NumPy's and not datasketch's `MinHashLSH`: measured on 10,000 short texts, the
latter's tables take about 80 MB, ten times these arrays, which is too much at 100,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.fingerprints import (
    PERMUTATIONS,
    SKETCH,
    Fingerprints,
    Hashes,
    Keys,
    fingerprints,
    spans,
)
from seedbed.data.table import Index

NEAR = 0.8
"""Similarity from which texts are near duplicates: one word, or one character, of fifteen."""

_BANDS, _DEPTH = 21, 6
_WINDOW = 8
_SLACK = 0.15
_PAIRS_AT_ONCE = 4096
_ACROSS_AT_ONCE = 1 << 20
_SKETCHED = 0.65
"""What two sketches have in common, at least, where one is full and the similarity is NEAR: they
share 0.8 of its hashes, 205 of 256, and have at most 307 together."""

Similarities = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of positions, and how similar the texts are, 0 to 1."""

    left: Index
    right: Index
    similarity: Similarities

    def __len__(self) -> int:
        return len(self.left)

    def take(self, places: Index) -> Pairs:
        """Return some of the pairs, by position."""
        return Pairs(self.left[places], self.right[places], self.similarity[places])


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
    """Return the duplicates between distinct rows of `here` and rows of `there`.

    A row of `there` that has its equal is paired with it. Besides, each row of either side that is
    near one of the other's is paired with the one most like it; a row of `here` with one that has
    no equal, if there is such. Ordered by the row of `there`, the most similar first.

    Args:
        prints: Fingerprints of all rows.
        groups: Their clusters, from `groups_of`; only rows of one cluster are compared.
        here: Positions of the one side.
        there: Positions of the other side.
    """
    _, first = np.unique(prints.keys[here], return_index=True)
    here = here[np.sort(first)]
    same = _equal(prints, here, there)
    known = np.isin(np.arange(len(prints)), same.right)
    found, best = [same], same
    for near in _near(prints, groups, here, there):
        found.append(near.take(_firsts(near.left, known[near.right], -near.similarity)))
        best = _joined([best, near])
        best = best.take(_firsts(best.right, -best.similarity))
    pairs = _joined([*found, best])
    pairs = pairs.take(_firsts(pairs.left * len(prints) + pairs.right))
    return pairs.take(np.lexsort((pairs.left, -pairs.similarity, pairs.right)))


def _equal(prints: Fingerprints, here: Index, there: Index) -> Pairs:
    """Return the pairs of equal texts; the rows of `here` are distinct, empty ones equal none."""
    here = here[prints.keys[here] != 0]
    here = here[np.argsort(prints.keys[here])]
    begin, end = (
        np.searchsorted(prints.keys[here], prints.keys[there], side) for side in ("left", "right")
    )
    same = begin < end
    return Pairs(here[begin[same]], there[same], np.ones(same.sum()))


def _joined(parts: Sequence[Pairs]) -> Pairs:
    columns = zip(*((part.left, part.right, part.similarity) for part in parts), strict=True)
    return Pairs(*map(np.concatenate, columns))


def _firsts(rows: Index, *keys: NDArray[Any]) -> Index:
    """Return where each distinct row stands first, by the keys, of which the first weighs most."""
    order = np.lexsort((*keys[::-1], rows))
    return order[np.unique(rows[order], return_index=True)[1]].astype(np.int64)


def _near(prints: Fingerprints, groups: Index, here: Index, there: Index) -> Iterator[Pairs]:
    """Yield, in parts, all pairs of rows of one cluster that are near and not equal.

    The similarity is that of `similarity`. How many shingles two rows share is an entry of the
    product of two sparse matrices, whose columns are the shingles of a cluster: rows of different
    clusters share none. Time is linear in the rows where clusters are small, and grows with the
    product of the two sides of a large one: a second of one core for 7 million pairs, and so about
    two minutes where 100,000 rows are all of one template.
    """
    here = here[np.isin(groups[here], groups[there])]
    there = there[np.isin(groups[there], groups[here])]
    if not len(here):
        return
    rows = np.concatenate([here, there])
    some = prints.take(rows)
    sizes, reach = some.sizes(), _reach(some, np.arange(len(rows)))
    left, right = _shingles(some, groups[rows], len(here))
    marks = _marked(np.arange(len(rows)), some)
    ends = np.cumsum(np.bincount(groups[there], minlength=len(prints))[groups[here]])
    cuts = np.flatnonzero(np.diff(ends // _ACROSS_AT_ONCE)) + 1
    for part in np.split(np.arange(len(here)), cuts):
        product = (left[part] @ right).tocoo()
        one, other = part[product.row], len(here) + product.col.astype(np.int64)
        shared = product.data
        alike = shared / (sizes[one] + sizes[other] - shared)
        likely = (alike >= _SKETCHED) & (some.keys[one] != some.keys[other])
        one, other, shared, alike = one[likely], other[likely], shared[likely], alike[likely]
        full = np.maximum(sizes[one], sizes[other]) >= SKETCH
        limit = np.minimum(reach[one[full]], reach[other[full]])
        counts = (_up_to(marks, some.starts, row[full], limit) for row in (one, other))
        alike[full] = shared[full] / (sum(counts) - shared[full])
        near = alike >= NEAR
        yield Pairs(rows[one[near]], rows[other[near]], alike[near])


def _shingles(prints: Fingerprints, groups: Index, count: int) -> tuple[Any, Any]:
    """Return what shingles of their cluster the first rows have, and, turned, what the others."""
    from scipy.sparse import csr_array

    marks = _marked(groups, prints)
    columns, places = np.unique(marks, return_inverse=True)
    ones = np.ones(len(marks), dtype=np.int32)
    whole = csr_array((ones, places, prints.starts), shape=(len(prints), len(columns)))
    return whole[:count], whole[count:].T.tocsr()


def _marked(owners: Index, prints: Fingerprints) -> Keys:
    """Return each row's shingles with the number of the row's owner before them."""
    high = np.repeat(owners.astype(np.uint64) << np.uint64(32), prints.sizes())
    return high | prints.shingles


def _up_to(marks: Keys, starts: Index, rows: Index, limit: Hashes) -> Index:
    """Return how many shingles of rows have a hash of at most their limit."""
    ends = np.searchsorted(marks, (rows.astype(np.uint64) << np.uint64(32)) | limit, side="right")
    return ends - starts[rows]


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
