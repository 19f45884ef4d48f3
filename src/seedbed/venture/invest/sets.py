"""The decision that information bears on: which of the options to take with the sum.

A choice is a set of options, one of a group at most, within the sum. All sets would be too many;
kept are those that are best in at least one of the draws looked at, the most frequent first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from seedbed.venture.invest.option import Floats, Option

MOST_SETS = 6000
MOST_KEPT = 96
LOOKED_AT = 2000


def choices(options: Sequence[Option], money: float) -> Floats:
    """Return (C, O) zeros and ones: the sets of options that are best somewhere.

    The first row is "nothing".

    Args:
        options: All of them, in the order of the columns.
        money: The sum.
    """
    sets = np.array(list(_sets(options, money)))
    nets = np.stack([one.net for one in options], axis=1) if options else np.zeros((1, 0))
    means = nets.mean(axis=0)
    worths = nets[:LOOKED_AT] @ sets.T
    counts = np.bincount(worths.argmax(axis=1), minlength=len(sets)).astype(float)
    counts[int(np.argmax(sets @ means))] = np.inf  # what would be done today
    counts[0] = np.inf
    order = np.argsort(-counts, kind="stable")
    return sets[order[counts[order] > 0][:MOST_KEPT]]


def _sets(options: Sequence[Option], money: float) -> Iterator[list[float]]:
    groups: dict[str, list[int]] = {}
    costs = [float(np.median(one.cost)) for one in options]
    for i, one in enumerate(options):
        if costs[i] <= money and (one.net > 0).any():
            groups.setdefault(one.group, []).append(i)
    for members in _thinned(list(groups.values()), options):
        row = [0.0] * len(options)
        for i in members:
            if i >= 0:
                row[i] = 1.0
        if sum(costs[i] for i in members if i >= 0) <= money:
            yield row


def _thinned(groups: list[list[int]], options: Sequence[Option]) -> Iterator[tuple[int, ...]]:
    """Yield every pick of one or none (−1) a group, the likeliest groups first where too many."""
    groups = sorted(groups, key=lambda group: -max(float(options[i].net.std()) for i in group))
    while groups and np.prod([len(group) + 1 for group in groups]) > MOST_SETS:
        groups = groups[:-1]
    yield from product(*([-1, *group] for group in groups))
