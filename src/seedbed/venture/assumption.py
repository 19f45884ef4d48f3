"""An assumption: a value, the range that it lies in nine times in ten, and where it is from.

`low` and `high` are the 5 % and the 95 % point, `value` is the median. Where the three are not
symmetric, each side has its own spread, so that all three are hit exactly: with z from N(0, 1),

    f(x) = f(value) + z · s,    s = (f(value) − f(low)) / 1.645 where z < 0,
                                s = (f(high) − f(value)) / 1.645 else,

with f(x) = x (`normal`), ln x (`lognormal`) or ln(x / (1 − x)) (`logit`): the two-piece normal of
Fechner (1897), see Wallis, "The two-piece normal, binormal, or double Gaussian distribution",
Statistical Science 29 (2014). It is continuous and its median is `value`. For `uniform` and
`triangular`, `low` and `high` are the ends, and `value` the middle or the mode.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date as day
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kind = Literal["lognormal", "normal", "logit", "uniform", "triangular", "fixed"]

Z95 = 1.6448536269514722
"""The 95 % point of the standard normal distribution."""


def _logit(x: Any) -> Any:
    return np.log(x) - np.log1p(-np.asarray(x))


def _expit(x: Any) -> Any:
    from scipy.special import expit

    return expit(x)


def _same(x: Any) -> Any:
    return x


_SCALES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "normal": (_same, _same),
    "lognormal": (np.log, np.exp),
    "logit": (_logit, _expit),
}
"""On which scale a kind is a two-piece normal, and the way back."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that somebody believes, or that was measured.

    Attributes:
        value: The median; the mode of a `triangular`.
        low: 5 % point (the lower end of `uniform` and `triangular`); None: no range was given.
        high: 95 % point, or the upper end.
        kind: Shape of the distribution.
        source: Where it is from.
        date: Of the source.
        pin: Keep it, although it is measured.
        floor: Below it nothing is possible; draws that would fall there stand at it.
        ceiling: Above it nothing is possible.
    """

    value: float
    low: float | None = None
    high: float | None = None
    kind: Kind = "fixed"
    source: str = ""
    date: day | None = None
    pin: bool = False
    floor: float | None = None
    ceiling: float | None = None

    @property
    def certain(self) -> bool:
        """Whether there is no range: every draw is the same."""
        return self.low is None or self.high is None or self.low == self.high

    @property
    def median(self) -> float:
        """The central value: half of the draws lie above it."""
        if self.kind != "triangular" or self.certain:
            return self.value
        return float(self.quantile(np.array([0.5]))[0])

    def quantile(self, u: Array) -> Array:
        """Return the values that a share `u` (between 0 and 1, excluded) of the draws lie below."""
        from scipy.special import ndtri

        return self.from_normal(ndtri(np.asarray(u, dtype=np.float64)))

    def from_normal(self, z: Array) -> Array:
        """Return the values at standard normal scores: the quantiles at Φ(z)."""
        z = np.asarray(z, dtype=np.float64)
        if self.low is None or self.high is None or self.low == self.high:
            return np.full(z.shape, self.value)
        if self.kind in _SCALES:
            values = self._two_piece(z, self.low, self.high)
        else:
            values = self._between_ends(z, self.low, self.high)
        return self._bounded(values)

    def outside(self) -> float:
        """Return how often a draw would be impossible, and stands at a bound instead."""
        from scipy.special import ndtr

        if self.certain or self.kind != "normal":  # the others end before any bound
            return 0.0
        below = ndtr(self._score(self.floor)) if self.floor is not None else 0.0
        above = ndtr(-self._score(self.ceiling)) if self.ceiling is not None else 0.0
        return float(below + above)

    def _score(self, x: float) -> float:
        """Return the normal score of a value of a `normal`."""
        away = x - self.value
        side = self.low if away < 0 else self.high
        assert side is not None
        spread = abs(side - self.value) / Z95
        return away / spread if spread else math.copysign(math.inf, away)

    def _two_piece(self, z: Array, low: float, high: float) -> Array:
        forth, back = _SCALES[self.kind]
        middle = float(forth(self.value))
        below = (middle - float(forth(low))) / Z95
        above = (float(forth(high)) - middle) / Z95
        values: Array = back(middle + z * np.where(z < 0, below, above))
        return values

    def _between_ends(self, z: Array, low: float, high: float) -> Array:
        from scipy.special import ndtr

        u: Array = ndtr(z)
        if self.kind == "uniform":
            return low + u * (high - low)
        width, share = high - low, (self.value - low) / (high - low)
        rising = low + width * np.sqrt(u * share)
        falling = high - width * np.sqrt((1 - u) * (1 - share))
        return np.where(u < share, rising, falling)

    def _bounded(self, values: Array) -> Array:
        if self.floor is not None:
            values = np.maximum(values, self.floor)
        return values if self.ceiling is None else np.minimum(values, self.ceiling)
