"""The continuous ranked probability score: how far a whole forecast is from what came.

CRPS(F, x) = ∫ (F(y) − 1[y ≥ x])² dy: in the unit of what is forecast, 0 at best, and |y − x| for a
forecast that is the one number y (Gneiting and Raftery, JASA 102, 2007). It is a proper score:
nobody expects to do better than by saying what they believe.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from seedbed.errors import VentureWrong
from seedbed.venture.assumption import Array


def normal(mean: float, spread: float, truth: float) -> float:
    """Return the score of N(mean, spread²): σ·[z(2Φ(z) − 1) + 2φ(z) − 1/√π], z = (x − μ)/σ."""
    if spread == 0:
        return abs(truth - mean)
    z = (truth - mean) / spread
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return spread * (z * math.erf(z / math.sqrt(2)) + 2 * density - 1 / math.sqrt(math.pi))


def empirical(draws: ArrayLike, truth: float) -> float:
    """Return the score of draws: mean |X − x| − mean |X − X'| / 2, over all pairs.

    Raises:
        VentureWrong: no draws, or one that is not finite.
    """
    drawn = np.sort(np.asarray(draws, dtype=np.float64))
    _check(drawn, truth)
    n = len(drawn)
    ranks = 2 * np.arange(1, n + 1) - n - 1
    return float(np.mean(np.abs(drawn - truth)) - (ranks @ drawn) / n**2)


def quantiles(levels: ArrayLike, values: ArrayLike, truth: float) -> float:
    """Return the score of a forecast that is known by its quantiles.

    2·∫ ρ_u(x − q(u)) du with ρ_u(d) = d·(u − 1[d < 0]) (Laio and Tamea, HESS 11, 2007), the
    quantile function straight between the levels and flat beyond them.

    Args:
        levels: u, rising, inside 0 to 1.
        values: q(u), not falling.
        truth: What came.

    Raises:
        VentureWrong: levels or values out of order, or not finite.
    """
    u, q = np.asarray(levels, dtype=np.float64), np.asarray(values, dtype=np.float64)
    _check(q, truth)
    if len(u) != len(q) or np.any(np.diff(u) <= 0) or u[0] <= 0 or u[-1] >= 1:
        raise _wrong("levels that rise inside 0 to 1, one a value", f"{len(u)} levels")
    if np.any(np.diff(q) < 0):
        raise _wrong("quantiles that do not fall", "one below the one before it")
    u = np.concatenate([[0.0], u, [1.0]])
    q = np.concatenate([q[:1], q, q[-1:]])
    return 2 * float(_pieces(u, q, truth).sum())


def _pieces(u: Array, q: Array, truth: float) -> Array:
    """Return ∫ ρ_u(x − q(u)) du over each piece on which q is straight, exactly.

    A piece that x falls into is cut there; on each half the integrand is a quadratic, which
    Simpson's rule integrates without error.
    """
    low, high = u[:-1], u[1:]
    rise = q[1:] - q[:-1]
    inside = np.divide(truth - q[:-1], rise, out=np.zeros_like(rise), where=rise > 0)
    inside = np.where(rise > 0, np.clip(inside, 0.0, 1.0), np.where(truth >= q[:-1], 1.0, 0.0))
    cut = low + inside * (high - low)
    slope = np.divide(rise, high - low, out=np.zeros_like(rise), where=high > low)

    def held(start: Array, end: Array, weight: float) -> Array:
        def at(level: Array) -> Array:
            return (truth - (q[:-1] + slope * (level - low))) * (level - weight)

        return (end - start) / 6 * (at(start) + 4 * at((start + end) / 2) + at(end))

    return held(low, cut, 0.0) + held(cut, high, 1.0)


def _check(values: Array, truth: float) -> None:
    if not len(values) or not np.all(np.isfinite(values)) or not math.isfinite(truth):
        raise _wrong("finite numbers, forecast and truth", "none, or one that is not finite")


def _wrong(expected: str, got: str) -> VentureWrong:
    return VentureWrong(expected=expected, got=got, do="Check the forecast.", where="CRPS")
