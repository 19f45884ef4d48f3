"""What money gives, with diminishing returns: five curves, each with its slope and its bend.

Parameters are arrays that broadcast against the spending: (N, 1) for N draws against (M,) months,
(U,) for U uses of one period. Money in and money out are in the same unit; `a` is what a curve
gives at most (a scale for those without a most).

    log          a ln(1 + x/b)
    power        a x^r                                  0 < r < 1: the slope at 0 is infinite
    saturating   a (1 − e^(−kx))
    logistic     a (1 − e^(−kx)) / (1 + e^(−k(x − m)))  m > 0: S-shaped
    hill         a x^n / (h^n + x^n)                    n > 1: S-shaped
    linear       a x                                    no diminishing returns: all or nothing

S-shaped curves begin slowly: no rule of equal slopes finds their best split, see `sshape`.

Source: Jin et al., Bayesian Methods for Media Mix Modeling (2017), for Hill and carry-over; the
logistic saturation of pymc-marketing; the rest by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Jet(NamedTuple):
    """A curve's value, slope and bend (second derivative) at the same points."""

    value: Array
    slope: Array
    bend: Array


@dataclass(frozen=True)
class Curve(ABC):
    """What spending gives; value(0) = 0 and the curve never falls."""

    a: Array

    @abstractmethod
    def jet(self, x: Array) -> Jet:
        """Return value, slope and bend at spendings x ≥ 0."""

    @abstractmethod
    def inverse(self, slope: Array) -> Array:
        """Return the spending at which the slope has fallen to `slope` > 0; 0 if it never was."""

    @property
    def concave(self) -> bool:
        """Whether each further unit gives no more than the one before."""
        return True

    def turn(self) -> Array:
        """Return the spending at which each unit begins to give less than the one before."""
        return np.zeros_like(self.a)

    def reach(self) -> Array:
        """Return a spending at or beyond that where the tangent from 0 touches the curve."""
        return np.zeros_like(self.a)

    def value(self, x: ArrayLike) -> Array:
        """Return what spendings give."""
        return self.jet(np.asarray(x, float)).value

    def slope(self, x: ArrayLike) -> Array:
        """Return what one more unit gives."""
        return self.jet(np.asarray(x, float)).slope

    def taken(self, rows: ArrayLike) -> Self:
        """Return the curve with some rows of its parameters; one row stands for all."""
        at = np.asarray(rows)
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(
            self, **{k: v[at] if np.ndim(v) and len(v) > 1 else v for k, v in kept.items()}
        )

    def scaled(self, money: float) -> Self:
        """Return the curve in a unit of money that is `money` of today's units."""
        return replace(self, **self._scaled(money))

    @abstractmethod
    def _scaled(self, money: float) -> dict[str, Array]: ...


@dataclass(frozen=True)
class Linear(Curve):
    """a x: each unit gives the same."""

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        value = self.a * x
        return Jet(value, self.a + 0 * value, 0 * value)

    def inverse(self, slope: Array) -> Array:
        """See `Curve.inverse`."""
        return np.where(self.a > slope, np.inf, 0.0)

    def _scaled(self, money: float) -> dict[str, Array]:
        return {}


@dataclass(frozen=True)
class Log(Curve):
    """a ln(1 + x/b)."""

    b: Array

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        up = self.b + x
        slope = self.a / up
        return Jet(self.a * np.log1p(x / self.b), slope, -slope / up)

    def inverse(self, slope: Array) -> Array:
        """See `Curve.inverse`."""
        return np.maximum(self.a / slope - self.b, 0.0)

    def _scaled(self, money: float) -> dict[str, Array]:
        return {"a": self.a / money, "b": self.b / money}


@dataclass(frozen=True)
class Power(Curve):
    """a x^r with 0 < r < 1."""

    r: Array

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        with np.errstate(divide="ignore"):
            slope = self.a * self.r * x ** (self.r - 1)
            return Jet(
                self.a * x**self.r, slope, self.a * self.r * (self.r - 1) * x ** (self.r - 2)
            )

    def inverse(self, slope: Array) -> Array:
        """See `Curve.inverse`."""
        with np.errstate(over="ignore"):
            found: Array = (self.a * self.r / slope) ** (1 / (1 - self.r))
        return found

    def _scaled(self, money: float) -> dict[str, Array]:
        return {"a": self.a * money ** (self.r - 1)}


@dataclass(frozen=True)
class Saturating(Curve):
    """a (1 − e^(−kx))."""

    k: Array

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        left = np.exp(-self.k * x)
        slope = self.a * self.k * left
        return Jet(-self.a * np.expm1(-self.k * x), slope, -self.k * slope)

    def inverse(self, slope: Array) -> Array:
        """See `Curve.inverse`."""
        return np.log(np.maximum(self.a * self.k / slope, 1.0)) / self.k

    def _scaled(self, money: float) -> dict[str, Array]:
        return {"a": self.a / money, "k": self.k * money}


@dataclass(frozen=True)
class Logistic(Curve):
    """a (1 − e^(−kx)) / (1 + e^(−k(x − m))); where m is 0, it is a tanh(kx/2).

    It is the part above 0 of s(x) = 1/(1 + e^(−k(x − m))), moved and stretched so that it gives
    nothing at 0 and `a` at most: A·(s(x) − s(0)) with A = a·(1 + e^(−km)).
    """

    k: Array
    middle: Array = field(default_factory=lambda: np.zeros(1))

    @property
    def concave(self) -> bool:
        """See `Curve.concave`."""
        return bool(np.all(self.middle <= 0))

    def turn(self) -> Array:
        """See `Curve.turn`."""
        return self.middle + 0 * self.a

    def reach(self) -> Array:
        """See `Curve.reach`: by symmetry about m, the chord to 2m is steeper there."""
        return 2 * self.turn()

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        from scipy.special import expit

        at = self.k * (x - self.middle)
        part, rest = expit(at), expit(-at)
        slope = self._height() * self.k * part * rest
        value = -self.a * np.expm1(-self.k * x) * part
        return Jet(value, slope, self.k * slope * (rest - part))

    def inverse(self, slope: Array) -> Array:
        """See `Curve.inverse`: on the concave part."""
        # With e = e^(−k(x−m)): Ak e/(1+e)² = slope, so c e² + (2c−1) e + c = 0, c = slope/(Ak).
        c = slope / (self._height() * self.k)
        kept = np.minimum(c, 0.25)
        left = 2 * kept / ((1 - 2 * kept) + np.sqrt(1 - 4 * kept))
        return np.asarray(np.where(c >= 0.25, 0.0, self.middle - np.log(left) / self.k))

    def _height(self) -> Array:
        return np.asarray(self.a * (1 + np.exp(-self.k * self.middle)))

    def _scaled(self, money: float) -> dict[str, Array]:
        return {"a": self.a / money, "k": self.k * money, "middle": self.middle / money}


@dataclass(frozen=True)
class Hill(Curve):
    """a x^n / (h^n + x^n): half of `a` at x = h; n is the slope."""

    half: Array
    n: Array

    @property
    def concave(self) -> bool:
        """See `Curve.concave`."""
        return bool(np.all(self.n <= 1))

    def turn(self) -> Array:
        """See `Curve.turn`."""
        return self.half * np.maximum((self.n - 1) / (self.n + 1), 0.0) ** (1 / self.n)

    def reach(self) -> Array:
        """See `Curve.reach`: there exactly."""
        return self.half * np.maximum(self.n - 1, 0.0) ** (1 / self.n)

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            u = (x / self.half) ** self.n
            part = 1 / (1 + u)
            rise = (x / self.half) ** (self.n - 1) / self.half
            slope = self.a * self.n * rise * part**2
            turn = (self.n - 1) - (self.n + 1) * u
            at_zero = np.where(
                self.n == 1, -2 * self.a / self.half**2, np.sign(self.n - 1) * np.inf
            )
            bend = np.where(x > 0, slope * turn * part / np.where(x > 0, x, 1.0), at_zero)
        return Jet(self.a * (1 - part), slope, bend)

    def inverse(self, slope: Array) -> Array:
        """Return the spending, on the concave part, at which the slope has fallen to `slope`.

        With v = ln(x/h): (n − 1)v − 2 ln(1 + e^(nv)) = ln(slope h/(an)). The left side is concave,
        so Newton's steps from right of the root come down to it and never pass it.
        """
        n, level = self.n, np.log(slope * self.half / (self.a * self.n))
        with np.errstate(divide="ignore"):
            turn = np.where(n > 1, np.log(np.maximum((n - 1) / (n + 1), 0.0)) / n, -700.0)
        steepest = (n - 1) * turn - 2 * np.logaddexp(0.0, n * turn)
        never = (n >= 1) & (level >= steepest)
        level = np.where(never, steepest - 1, level)
        from_left = np.where(n < 1, -level / np.where(n < 1, 1 - n, 1.0), np.inf)
        v = np.maximum(np.minimum(-level / (n + 1), from_left), turn + 1e-9)
        for _ in range(40):
            off = (n - 1) * v - 2 * np.logaddexp(0.0, n * v) - level
            fall = (n - 1) - 2 * n / (1 + np.exp(-n * v))
            step = np.minimum(off, 0.0) / fall
            v = v - step
            if np.all(step < 1e-15):
                break
        return np.asarray(np.where(never, 0.0, self.half * np.exp(v)))

    def _scaled(self, money: float) -> dict[str, Array]:
        return {"a": self.a / money, "half": self.half / money}
