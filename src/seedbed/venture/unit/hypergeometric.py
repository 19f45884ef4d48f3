"""Gauss's hypergeometric function where the models need it, for z from 0 to below 1.

`scipy.special.hyp2f1` (1.17) gives NaN on some of these arguments, for instance where c - a - b is
a whole number (₂F₁(1, 174; 175; 16/17)) or where parameters are large, so it is not used here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from seedbed.venture.unit.numbers import Doubles

_EXACT = 2.0**-53
_LONGEST = 200_000


def from_one(b: ArrayLike, c: ArrayLike, z: ArrayLike) -> Doubles:
    """Return ₂F₁(1, b; c; z) by Gauss's continued fraction, for c > b > 0 and 0 ≤ z < 1.

    All its partial numerators are positive and it converges like ((1-√(1-z))/(1+√(1-z)))^n
    (Jones and Thron, *Continued Fractions*, 1980, section 6.1).
    """
    b, c, z = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (b, c, z)))
    tail = np.ones(b.shape)
    for n in reversed(range(_terms(float(z.max(initial=0.0))))):
        even = (n + 1) * (c - b + n) / ((c + 2 * n) * (c + 2 * n + 1))
        odd = b / c if n == 0 else (b + n) * (c - 1 + n) / ((c - 1 + 2 * n) * (c + 2 * n))
        tail = 1 - odd * z / (1 - even * z / tail)
    return 1 / tail


def power_series(a: ArrayLike, b: ArrayLike, c: ArrayLike, z: ArrayLike) -> Doubles:
    """Return ₂F₁(a, b; c; z) by its power series, for c > 0 and 0 ≤ z < 1."""
    a, b, c, z = (np.asarray(one, dtype=np.float64) for one in (a, b, c, z))
    term = np.ones(np.broadcast_shapes(a.shape, b.shape, c.shape, z.shape))
    total = term.copy()
    for n in range(_LONGEST):
        term = term * ((a + n) * (b + n) / ((c + n) * (n + 1)) * z)
        total += term
        # Beyond n terms shrink at least like z·(1 + few/n): what is left is below term / (1 - z).
        if n > 10 and (np.abs(term) <= _EXACT * (1 - z) * np.abs(total)).all():
            return total
    raise AssertionError(f"no convergence within {_LONGEST:,} terms at z = {z.max()}")


def _terms(z: float) -> int:
    """Return how many pairs of the fraction's terms double precision needs."""
    root = np.sqrt(1 - z)
    shrinks = (1 - root) / (1 + root)
    return 8 + int(np.log(_EXACT) / np.log(shrinks)) if shrinks > 0 else 8
