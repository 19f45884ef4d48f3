"""A month of Bass's diffusion: how many of those who will buy have bought."""

from __future__ import annotations

import numpy as np

from seedbed.venture.assumption import Array

VANISHING = 1e-290
"""A rate a month below this is none."""


def step(share: Array, p: Array | float, q: Array | float, months: float = 1.0) -> Array:
    """Return the share F of adopters some months later.

    The exact solution of F' = (p + q·F)(1 − F) (Bass, Management Science 15, 1969) from any F:
    with x = e^(−(p+q)·t)·(1 − F)/(p + q·F), F(t) = (1 − p·x)/(1 + q·x).

    Args:
        share: Adopters today, 0 to 1.
        p: Innovation, a month.
        q: Imitation, a month.
        months: How much later.
    """
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    left = np.exp(-(p + q) * months) * (1 - share)
    pull = p + q * share
    below = pull + q * left
    # Where nobody innovates and nobody can be imitated, nothing moves; numbers next to 0 have too
    # few digits to divide by.
    return np.where(pull > VANISHING, (pull - p * left) / np.where(below > 0, below, 1.0), share)
