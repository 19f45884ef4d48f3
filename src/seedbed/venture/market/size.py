"""How big the market is: from above, D = k·S, and from below, segment by segment.

D = k·S is what share k of S companies makes: 0.1 of 100 is 10. It is a cap that stands still: it
says nothing of how long it takes to get there, which is what Bass's diffusion is for, nor whether
k can be reached. So two counts that share no number are worth more than one: that from above, and
the sum over segments of count · share. Where they differ by a factor, one of the two is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

APART = 2.0
"""From this factor on, the two counts are said to contradict each other."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the market, counted from below, as draws (N,) each.

    Attributes:
        name: What it is called.
        count: Companies in it.
        share: Those that would buy.
        answers: What each would call in a month; None where that is not said.
    """

    name: str
    count: np.ndarray
    share: np.ndarray
    answers: np.ndarray | None = None

    @property
    def buyers(self) -> np.ndarray:
        """Companies that would buy (N,)."""
        return np.asarray(self.count * self.share)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The count from below against that from above.

    Attributes:
        above: k·S (N,).
        below: Sum over the segments (N,).
        factor: Below over above (N,).
        chance_less: How likely the count from below is the smaller one.
        apart: Whether their medians differ by `APART` or more.
    """

    above: np.ndarray
    below: np.ndarray
    factor: np.ndarray
    chance_less: float
    apart: bool


def cap(share: ArrayLike, population: ArrayLike) -> np.ndarray:
    """Return D = k·S, the customers that a share of a population makes."""
    return np.multiply(share, population)


def below(segments: Sequence[Segment]) -> np.ndarray:
    """Return the buyers of all segments together (N,)."""
    return np.asarray(sum((one.buyers for one in segments), np.zeros(1)))


def compare(above: np.ndarray, segments: Sequence[Segment]) -> Comparison:
    """Set the count from below against that from above."""
    counted = np.broadcast_to(below(segments), np.shape(above))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = counted / above
    middle = float(np.median(counted)), float(np.median(above))
    apart = min(middle) <= 0 < max(middle) or max(middle) >= APART * min(middle) > 0
    return Comparison(above, counted, factor, float(np.mean(counted < above)), apart)
