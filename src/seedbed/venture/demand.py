"""How many answers another price sells, as a multiple of today's."""

from __future__ import annotations

from typing import Literal

import numpy as np

from seedbed.venture.assumption import Array

Kind = Literal["isoelastic", "linear", "logit", "inverse"]


def ratio(
    kind: Kind, price: Array | float, elasticity: Array | float, share: Array | float = 0.0
) -> Array:
    """Return D(p)/D(1) at a price relative to today's.

    With e the elasticity at today's price (positive) and p = price / today's:

        isoelastic   p^(−e)
        linear       max(0, 1 − e·(p − 1)): nobody buys above p = 1 + 1/e
        logit        (s0 + (1 − s0)·exp(e/(1 − s0)·(p − 1)))^(−1), s0 the share that buys today;
                     where s0 = 0 it is exp(−e·(p − 1))
        inverse      1/p, whatever the elasticity (U = k/P)

    Args:
        kind: The demand curve.
        price: Relative to today's, above 0.
        elasticity: At today's price.
        share: s0; of `logit` only.
    """
    p = np.asarray(price, dtype=np.float64)
    e = np.asarray(elasticity, dtype=np.float64)
    if kind == "inverse":
        return np.asarray(1 / p)
    if kind == "linear":
        return np.asarray(np.maximum(1 - e * (p - 1), 0.0))
    if kind == "logit":
        s0 = np.minimum(share, 1 - 1e-9)  # of 1 the limit: nobody new below, nobody left above
        power = np.minimum(e / (1 - s0) * (p - 1), 700.0)  # e^700 is finite; 1/e^700 is nothing
        return np.asarray(1 / (s0 + (1 - s0) * np.exp(power)))
    return np.asarray(p**-e)
