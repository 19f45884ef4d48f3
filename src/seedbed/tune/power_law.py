"""The learning curve error(n) = a + b·n^−c: what more labelled rows will bring, with its doubt.

The curve is fitted by importance sampling. Curves are drawn from a prior, weighed by how well they
meet the measured points, and drawn again by their weights; many points leave little of the prior,
one point leaves all of it in the exponent. The form is that of Cortes, Jackel, Solla, Vapnik and
Denker, "Learning curves: asymptotic values and rate of convergence" (1993), and of Hestness et al.,
"Deep learning scaling is predictable, empirically" (arXiv 1712.00409, 2017), which found exponents
of 0.07 to 0.35 in practice, against 0.5 in theory: that is the prior's range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXPONENT = (0.07, 0.19, 0.5)
"""5 %, 50 % and 95 % point of c before a curve is seen: Hestness et al. 2017, and the theory."""
FLOOR = 0.8
"""Most of the error at the largest measured size that may never go away, before a curve is seen."""
CANDIDATES = 200_000
FEW = 100
"""Effective candidates below which a fit is called rough: the points contradict the form."""
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Point:
    """A measured error.

    Attributes:
        rows: Labelled rows learnt from.
        error: Share of wrong answers, or 1 − the metric.
        sd: Its standard deviation.
    """

    rows: float
    error: float
    sd: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Draws of a learning curve.

    Attributes:
        a: (N,) error that no number of rows removes.
        b: (N,) scale.
        c: (N,) exponent.
        points: What it was fitted to.
        effective: Effective number of the candidates that stand behind the draws; small where the
            points contradict the prior.
    """

    a: Floats
    b: Floats
    c: Floats
    points: tuple[Point, ...]
    effective: float

    def error(self, rows: float | Floats) -> Floats:
        """Return (N,) errors after learning from `rows` rows."""
        return np.asarray(self.a + self.b * np.asarray(rows, dtype=np.float64) ** -self.c)

    def factor(self, now: float, then: float) -> Floats:
        """Return (N,) what is left of the error, as a share, when rows grow from now to then."""
        return self.error(then) / self.error(now)


def fit(points: Sequence[Point], n: int, draw: np.random.Generator) -> Curve:
    """Return n draws of the learning curve that the points allow.

    Prior: ln c is two-piece normal by `EXPONENT`; the error at the largest measured size is as
    measured; the share of it that stays for ever is uniform from 0 to `FLOOR`.

    Args:
        points: At least one.
        n: Draws wanted.
        draw: Behind every draw.
    """
    if not points:
        raise ValueError("at least one measured point")
    ordered = tuple(sorted(points, key=lambda point: point.rows))
    last = ordered[-1]
    c = _exponents(draw.standard_normal(CANDIDATES))
    at_last = np.abs(last.error + last.sd * draw.standard_normal(CANDIDATES))
    a = at_last * FLOOR * draw.random(CANDIDATES)
    b = (at_last - a) * last.rows**c
    weights = _weights(a, b, c, ordered[:-1])
    chosen = _resampled(weights, n, draw)
    effective = float(1 / np.square(weights).sum())
    return Curve(a[chosen], b[chosen], c[chosen], ordered, effective)


def _exponents(z: Floats) -> Floats:
    low, middle, high = np.log(EXPONENT)
    return np.asarray(np.exp(middle + np.where(z < 0, middle - low, high - middle) / Z90 * z))


def _weights(a: Floats, b: Floats, c: Floats, points: Sequence[Point]) -> Floats:
    """Return how likely the measured points are under each candidate, adding up to one."""
    told = np.zeros_like(a)
    for point in points:
        off = (a + b * point.rows**-c - point.error) / max(point.sd, 1e-9)
        told -= off * off / 2
    weights = np.exp(told - told.max())
    return np.asarray(weights / weights.sum())


def _resampled(weights: Floats, n: int, draw: np.random.Generator) -> NDArray[np.intp]:
    """Draw n positions by their weights, evenly spread (systematic resampling), in random order."""
    places = (np.arange(n) + draw.random()) / n
    found = np.searchsorted(np.cumsum(weights), places)
    return draw.permutation(np.minimum(found, len(weights) - 1))
