"""Carry-over: what is spent now still gives later, as a matrix from spending to effect.

Geometric, normalised: a steady spending of x has, in the end, an effect of x. Source: Jin et al.
(2017), equation 1; the windowed form is pymc-marketing's `geometric_adstock(normalize=True)`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FORGOTTEN = 0.01
"""Share of a month's effect that may be left when the count of months after the plan ends."""


def weights(keep: float, *, window: int) -> Array:
    """Return the normalised weights keep^k / Σ keep^k of the last `window` months, newest first."""
    raw = np.power(float(keep), np.arange(window))
    return np.asarray(raw / raw.sum())


def windowed(months: int, keep: float, *, window: int, after: int = 0) -> Array:
    """Return the (months + after, months) matrix of a geometric carry-over with a window."""
    return spread(months, weights(keep, window=window), after=after)


def geometric(months: int, keep: float, *, lag: int = 0, after: int = 0) -> Array:
    """Return the (months + after, months) matrix of z_t = (1 − keep) Σ keep^k x_(t − lag − k)."""
    share = (1 - keep) * np.power(float(keep), np.arange(months + after))
    return spread(months, np.concatenate([np.zeros(lag), share])[: months + after], after=after)


def spread(months: int, share: Array, *, after: int) -> Array:
    """Return the matrix whose entry (t, τ) is the share of spending τ that acts in month t."""
    age = np.arange(months + after)[:, None] - np.arange(months)[None, :]
    inside = (age >= 0) & (age < len(share))
    return np.asarray(np.where(inside, share[np.where(inside, age, 0)], 0.0))


def tail(keep: float, *, lag: int) -> int:
    """Return the months after the last spending until all but `FORGOTTEN` of it has acted."""
    if keep <= 0:
        return lag
    return lag + int(np.ceil(np.log(FORGOTTEN) / np.log(keep)))


def left(keep: float, spent: float, *, months: int, lag: int) -> Array:
    """Return the effect, month by month, of a steady spending that ends when the plan begins."""
    age = np.maximum(np.arange(1, months + 1) - lag, 0)
    return np.asarray(spent * np.power(float(keep), age))


def groups(months: int, size: int) -> Array:
    """Return the (months, periods) matrix that spreads a period's level over its months."""
    period = np.arange(months) // size
    return np.asarray((period[:, None] == np.arange(period[-1] + 1)[None, :]).astype(float))
