"""Bass's diffusion: how many of those who will buy have bought by when.

Of those who have not bought, the share p + q·F does in a month: p by themselves, q·F because others
have (F is the share that has). Closed form: with z = (1 - F) / (p + q·F), z shrinks as
exp(-(p + q)·t), from whatever share has bought at the start; F = (1 - p·z) / (1 + q·z). So p = 0
(nobody buys unless somebody has) and a start in the middle need nothing special.

Source: F. M. Bass, "A new product growth model for consumer durables", Management Science 15
(1969), 215-227: without a start, F = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t), the peak of sales is
at ln(q/p) / (p + q) and as high as m (p + q)² / 4q. The discrete form is his equation (2), a period
at a time. Units: p and q are by the same unit of time as t.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

MONTHS = 12.0


NOTHING = 1e-290
"""A rate below it is none: its products with shares would lose their digits."""


def share(t: ArrayLike, p: ArrayLike, q: ArrayLike, start: ArrayLike = 0.0) -> np.ndarray:
    """Return the share that has bought by a time, from the share that had at time 0.

    Arrays broadcast. Where p is 0 and nobody has bought, nobody ever does.
    """
    t, p, q, start = (np.asarray(one, float) for one in (t, p, q, start))
    rate = p + q * start
    left = (1 - start) * np.exp(-(p + q) * t)
    below = rate + q * left  # both sides times the rate, so that nothing is divided by a small one
    return np.where(rate > NOTHING, (rate - p * left) / np.where(below > 0, below, 1.0), start)


def sales(t: ArrayLike, p: ArrayLike, q: ArrayLike, start: ArrayLike = 0.0) -> np.ndarray:
    """Return the share that buys by unit of time at a time: (p + q·F)(1 - F)."""
    bought = share(t, p, q, start)
    return np.asarray((np.asarray(p) + np.asarray(q) * bought) * (1 - bought))


def peak(p: ArrayLike, q: ArrayLike, start: ArrayLike = 0.0) -> np.ndarray:
    """Return when sales are highest: 0 where they only fall, infinite where they never begin.

    At the peak F is (q - p) / 2q, so z is 1/q there.
    """
    p, q, start = (np.asarray(one, float) for one in (p, q, start))
    rate = p + q * start
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(q * (1 - start) / rate) / (p + q)
    return np.where(rate > 0, np.where(q > p, np.maximum(found, 0.0), 0.0), np.inf)


def highest(p: ArrayLike, q: ArrayLike, start: ArrayLike = 0.0) -> np.ndarray:
    """Return the share that buys by unit of time at the peak: (p + q)² / 4q where it lies ahead."""
    return sales(np.where(np.isfinite(when := peak(p, q, start)), when, 0.0), p, q, start)


def discrete(
    periods: int, p: ArrayLike, q: ArrayLike, size: ArrayLike, now: ArrayLike = 0.0
) -> np.ndarray:
    """Return who has bought after each period (…, periods): n = (p + q·N/m)(m - N), one by one.

    The steps stand for whole periods, so this runs ahead of the closed form where p + q is large;
    above 1 it would overshoot, and a shorter period is what is needed.
    """
    p, q, size = (np.asarray(one, float) for one in (p, q, size))
    bought = np.broadcast_to(np.asarray(now, float), np.broadcast_shapes(p.shape, size.shape))
    told = []
    for _ in range(periods):
        bought = bought + (p + q * bought / size) * (size - bought)
        told.append(bought)
    return np.stack(told, axis=-1)


def monthly(yearly: ArrayLike) -> np.ndarray:
    """Return p or q by month from that by year: both are rates, so a twelfth."""
    return np.asarray(yearly, float) / MONTHS
