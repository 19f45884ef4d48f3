"""The Monte Carlo of the runway on walks whose ruin is known exactly."""

from __future__ import annotations

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.runway.ruin import Ruin, ruin

_BLOCK = 512
"""Steps that are drawn at once."""


def gambler(win: float, start: int, goal: int, *, paths: int, seed: int = 0) -> float:
    """Return the share of walks of ±1 that reach 0 before `goal`; every walk is walked to its end.

    See `closed.gambler` for the arguments.
    """
    rng = np.random.default_rng(seed)
    stands = np.full(paths, start, dtype=np.int32)
    ruined = 0
    while len(stands):
        steps = 2 * (rng.random((len(stands), _BLOCK), dtype=np.float32) < win) - 1
        walked = stands[:, None] + np.cumsum(steps, axis=1, dtype=np.int32)
        ended = (walked <= 0) | (walked >= goal)
        done = ended.any(axis=1)
        at = walked[done, ended[done].argmax(axis=1)]
        ruined += int(np.count_nonzero(at <= 0))
        stands = walked[~done, -1]
    return ruined / paths


def brownian_cash(
    cash: float, drift: float, spread: float, months: int, *, paths: int, seed: int = 0
) -> Array:
    """Return monthly cash with normal results, (paths, months)."""
    rng = np.random.default_rng(seed)
    results = rng.normal(drift, spread, size=(months, paths))
    return (cash + np.cumsum(results, axis=0)).T


def touched_between(cash: float, paths: Array, spread: float, *, seed: int = 0) -> Ruin:
    """Return when Brownian paths touch zero, between the ends of months too.

    Between two ends a and b above zero a Brownian bridge touches it with chance e^(−2ab/σ²)
    (Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 6.4), so that nothing
    is missed and no step need be small.

    Args:
        cash: At the start.
        paths: Cash at the end of each month, (N, T).
        spread: Of a month.
        seed: Of the draws between the ends.
    """
    before = np.concatenate([np.full((1, len(paths)), cash), paths.T[:-1]])
    after = paths.T
    chance = np.exp(-2 * np.maximum(before, 0) * np.maximum(after, 0) / spread**2)
    touches = np.random.default_rng(seed).random(chance.shape) < chance
    return ruin(np.where(touches, -1.0, 1.0).T)
