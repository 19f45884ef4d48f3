"""Options in order of money per money, and which of them cannot be told apart.

Two options are told apart where the 5 % to 95 % range of the difference of their money per money,
on the same draws, leaves out nought. Those that cannot be told from the first of their rank share
it: the order within a rank means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.venture.invest.option import Floats, Option

POINTS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An option with its rank.

    Attributes:
        option: The option.
        rank: 1 is best; the same for all that cannot be told apart from the first of the rank.
        tied: Whether others share the rank.
    """

    option: Option
    rank: int
    tied: bool


def apart(one: Option, other: Option) -> bool:
    """Tell whether one option's money per money is beyond doubt above the other's."""
    low = np.quantile(_difference(one.ratio, other.ratio), POINTS[0], method="inverted_cdf")
    return bool(low > 0)


def _difference(one: Floats, other: Floats) -> Floats:
    """Return one − other, nought where both are the same infinity."""
    same = one == other
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, one - other)


def rank(options: Sequence[Option]) -> tuple[Ranked, ...]:
    """Return the options, best first; the order in which they come means nothing."""
    ordered = sorted(options, key=lambda one: (-one.ratios((0.5,))[0], one.key))
    heads: list[int] = []
    for i, one in enumerate(ordered):
        new = not heads or apart(ordered[heads[-1]], one)
        heads.append(i if new else heads[-1])
    return tuple(
        Ranked(one, head + 1, heads.count(head) > 1)
        for one, head in zip(ordered, heads, strict=True)
    )
