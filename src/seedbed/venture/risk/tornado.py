"""The tornado: how far each assumption moves the result between the ends of its own range.

Each assumption goes to its own 5 % and 95 % point while all others stay at their medians; the bars
are sorted by length. Not plus and minus a tenth of everything: that would say that what is known to
a hundredth and what is known to a factor of two matter alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ENDS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Bar:
    """One assumption's bar.

    Attributes:
        name: Its path.
        low: The result at its 5 % point.
        high: The result at its 95 % point.
    """

    name: str
    low: float
    high: float

    @property
    def length(self) -> float:
        """How far the result moves."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class Tornado:
    """All bars, longest first, around the result with everything at its median."""

    middle: float
    bars: tuple[Bar, ...]


def tornado(names: Sequence[str], model: Callable[[Floats], Floats]) -> Tornado:
    """Return the tornado of a model of points in the unit cube.

    Args:
        names: Of the K inputs.
        model: Takes (n, K) shares of one, gives (n,) results.
    """
    inputs = len(names)
    points = np.full((2 * inputs + 1, inputs), 0.5)
    for j in range(inputs):
        points[1 + 2 * j, j], points[2 + 2 * j, j] = ENDS
    found = model(points)
    bars = [
        Bar(name, float(found[1 + 2 * j]), float(found[2 + 2 * j])) for j, name in enumerate(names)
    ]
    return Tornado(float(found[0]), tuple(sorted(bars, key=lambda bar: (-bar.length, bar.name))))
