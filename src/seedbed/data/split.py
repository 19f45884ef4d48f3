"""Splits rows in two: in proportion by label, or by time, and never through a cluster.

All draws come from the seed, and the time is linear in the number of rows (by time: n log n).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from seedbed.data.table import Index, Table
from seedbed.errors import RowBroken, TooFewRows

LABELS_APART = "\x1f"
"""What stands between the labels of a row that has several, in what `Task.strata` returns."""

MOST_TOGETHER = 0.5
"""Share of the rows up to which a cluster is kept in one fold for its near duplicates' sake."""


def split(
    table: Table,
    strata: Sequence[str],
    share: float,
    *,
    seed: int,
    groups: Index | None = None,
    times: Sequence[str] | None = None,
) -> tuple[Index, Index]:
    """Return the positions (kept, set aside), each in ascending order.

    Args:
        table: The rows.
        strata: What to keep in proportion, one word a row; each label keeps at least one row.
        share: Of the rows to set aside, 0 to 1.
        seed: Behind the draw.
        groups: Cluster of each row; a cluster is never divided.
        times: Set the newest rows aside instead; a cluster counts as old as its oldest row, so no
            text set aside was seen before the oldest of the others.

    Raises:
        TooFewRows: one side would have no row.
        RowBroken: a time is neither a number nor a date.
    """
    clusters = _clusters(len(table), groups)
    if times is None:
        order = np.random.default_rng(seed).permutation(len(clusters))
        aside = _drawn([clusters[i] for i in order], strata, share)
    else:
        aside = _newest(clusters, moments(times, table), share, len(table))
    aside = _keep_labels(aside, strata)
    chosen = np.zeros(len(table), dtype=bool)
    for cluster in aside:
        chosen[cluster] = True
    if not 0 < chosen.sum() < len(table):
        raise TooFewRows(
            expected="rows enough to set some aside",
            got=f"{len(table):,} row(s) in {len(clusters):,} cluster(s) of duplicates",
            do="Add rows, or give the rows to judge by in a file of their own (data.test).",
            where=str(table.path),
        )
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def draw(strata: Sequence[str], limit: int, *, seed: int, table: Table) -> Index:
    """Return positions of `limit` rows in proportion to their strata, at least one of each.

    Raises:
        TooFewRows: there are more strata than rows to draw.
    """
    rows = defaultdict(list)
    for position in np.random.default_rng(seed).permutation(len(strata)):
        rows[strata[position]].append(int(position))
    if limit < len(rows):
        raise TooFewRows(
            expected=f"data.limit of at least {len(rows)}, a row of each label",
            got=f"{limit}",
            do="Raise data.limit, or take it out.",
            where=str(table.path),
        )
    names = sorted(rows)
    sizes = np.array([len(rows[name]) for name in names])
    quotas = 1 + shares(sizes - 1, min(limit, len(strata)) - len(names))
    chosen = [row for name, quota in zip(names, quotas, strict=True) for row in rows[name][:quota]]
    return np.sort(np.array(chosen, dtype=np.int64))


def merge(one: Index, other: Index) -> Index:
    """Return clusters in which rows are together where they are in either clustering."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first = int(one.max(initial=-1)) + 1
    size = first + int(other.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(one)), (one, first + other)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][one], dtype=np.int64)


def together(near: Index, named: Sequence[str] | None) -> Index | None:
    """Return the clusters of rows that no fold may divide (n,); None where every row is alone.

    Near duplicates that chain too many rows together are let go of, as in a split.

    Args:
        near: Clusters of duplicates.
        named: Group of each row, where the recipe names a column of groups.
    """
    groups = None if named is None else numbered(named)
    whole = near if groups is None else merge(near, groups)
    sizes = np.unique(whole, return_counts=True)[1]
    if sizes.max(initial=0) > MOST_TOGETHER * len(near):
        return groups
    return whole if len(sizes) < len(near) else None


def numbered(words: Sequence[str]) -> Index:
    """Return the same number for equal words."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(word, len(known)) for word in words], dtype=np.int64)


def shares(sizes: Index, total: int) -> Index:
    """Divide a total in proportion to sizes by largest remainder; none gets more than its size."""
    exact = sizes * (total / max(int(sizes.sum()), 1))
    whole = np.floor(exact).astype(np.int64)
    left = total - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:left]] += 1
    return np.asarray(np.minimum(whole, sizes), dtype=np.int64)


def moments(times: Sequence[str], table: Table) -> list[float]:
    """Return times as seconds: numbers as they are, else dates in ISO 8601 (no zone: UTC)."""
    return [_moment(time, i, table) for i, time in enumerate(times)]


def _moment(time: str, position: int, table: Table) -> float:
    try:
        return float(time)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(time.strip().replace("/", "-"))
    except ValueError:
        raise RowBroken(
            expected="a time: a number, or a date such as 2026-03-14 or 2026-03-14T15:09:26",
            got=repr(time),
            do="Write the column data.time so, or take data.time out.",
            where=f"{table.path}, row {int(table.numbers[position]):,}",
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _clusters(count: int, groups: Index | None) -> list[list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for position, group in enumerate(range(count) if groups is None else groups.tolist()):
        found[group].append(position)
    return list(found.values())


def _drawn(clusters: list[list[int]], strata: Sequence[str], share: float) -> list[list[int]]:
    """Set a cluster aside where at least half of its rows are still wanted there."""
    sizes = Counter(strata)
    names = sorted(sizes)
    wanted = shares(np.array([sizes[name] for name in names]), round(share * len(strata)))
    need = dict(zip(names, wanted.tolist(), strict=True))
    room = int(wanted.sum())
    aside = []
    for cluster in clusters:
        counts = Counter(strata[row] for row in cluster)
        useful = sum(min(count, max(need[name], 0)) for name, count in counts.items())
        if useful and 2 * min(useful, room) >= len(cluster):
            aside.append(cluster)
            room -= len(cluster)
            for name, count in counts.items():
                need[name] -= count
    return aside


def _newest(
    clusters: list[list[int]], times: list[float], share: float, count: int
) -> list[list[int]]:
    ordered = sorted(clusters, key=lambda rows: (min(times[row] for row in rows), rows[0]))
    aside: list[list[int]] = []
    room = round(share * count)
    while ordered and room > 0:
        aside.append(ordered.pop())
        room -= len(aside[-1])
    return aside


def _keep_labels(aside: list[list[int]], strata: Sequence[str]) -> list[list[int]]:
    """Give back a cluster for each label that would have no row left among those kept."""
    left: Counter[str] = Counter()
    for word in strata:
        left.update(word.split(LABELS_APART))
    for cluster in aside:
        for row in cluster:
            left.subtract(strata[row].split(LABELS_APART))
    stay = []
    for cluster in aside:
        labels = {label for row in cluster for label in strata[row].split(LABELS_APART)}
        if any(left[label] <= 0 for label in labels):
            for row in cluster:
                left.update(strata[row].split(LABELS_APART))
        else:
            stay.append(cluster)
    return stay
