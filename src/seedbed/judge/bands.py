"""The groups that a column makes of rows: its cells, or bands where they are numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from seedbed.data.columns import kind_of, numbers

FEWEST = 10
"""Rows of a group below which nothing is said of it."""
MOST_GROUPS = 12
BANDS = 3
"""Parts of about equally many rows into which numbers, such as ages, are cut."""

Names = Sequence[str]


def named(groups: Any) -> list[str]:
    """Return the groups (n,) with enough rows to say something of, largest first."""
    common = Counter(groups.tolist()).most_common(MOST_GROUPS)
    return [name for name, rows in common if rows >= FEWEST]


def banded(held: Names, tested: Names) -> tuple[list[str], list[str]]:
    """Return the groups of held-out and of test rows: cells, or bands where they are numbers."""
    known = [cell for cell in held if cell.strip()]
    if not known or kind_of(known) != "number" or len(set(known)) <= BANDS + 2:
        return list(held), list(tested)
    found = numbers([cell.strip() for cell in held])
    cuts = np.unique(np.nanquantile(found, np.linspace(0, 1, BANDS + 1)[1:-1]))
    ends = [f"{cut:g}" for cut in cuts]
    between = (f"{a} – {b}" for a, b in pairwise(ends))
    names = [f"≤ {ends[0]}", *between]
    names.append(f"> {ends[-1]}")

    def band(cells: Names) -> list[str]:
        values = numbers([cell.strip() for cell in cells])
        places = np.searchsorted(cuts, values, side="left")
        return ["?" if gone else names[i] for i, gone in zip(places, np.isnan(values), strict=True)]

    return band(held), band(tested)
