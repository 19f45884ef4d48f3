"""The shifted beta-geometric fitted to what was seen: the most likely α and β, and draws of them.

The log-likelihood is equation 7 of Fader and Hardie (2007), for customers of any age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seedbed.venture.unit.lives import Lives, check
from seedbed.venture.unit.numbers import Doubles

ALIKE = 1e-5
"""Least polarisation 1/(α+β+1) that is told apart from customers who are all alike."""

_GRID = 81
_DEPTH = 18.0  # what lies this far below the highest log-likelihood is left out: e^-18


@dataclass(frozen=True, slots=True)
class Fit:
    """The most likely α and β.

    Attributes:
        alike: No spread between customers was found; α and β are at the edge of what was tried.
    """

    alpha: float
    beta: float
    log_likelihood: float
    alike: bool = False

    @property
    def mean(self) -> float:
        """Mean chance to leave in the first period."""
        return self.alpha / (self.alpha + self.beta)


def log_likelihood(lives: Lives, alpha: ArrayLike, beta: ArrayLike) -> Doubles:
    """Return the log-likelihood of α and β."""
    from scipy.special import betaln

    a, b = (np.asarray(v, dtype=np.float64)[..., None] for v in (alpha, beta))
    ages = np.arange(1, len(lives.left) + 1)
    seen = (lives.left > 0) | (lives.stayed > 0)
    t, left, stayed = ages[seen], lives.left[seen], lives.stayed[seen]
    told = left * betaln(a + 1, b + t - 1) + stayed * betaln(a, b + t)
    found: Doubles = told.sum(-1) - (left + stayed).sum() * betaln(a, b)[..., 0]
    return found


def fit(lives: Lives) -> Fit:
    """Return the most likely α and β.

    Raises:
        VentureWrong: no customer has been seen for a period, none has left, or all have.
    """
    from scipy.optimize import minimize

    check(lives)

    def worse(at: Doubles) -> float:
        return -float(log_likelihood(lives, *_from(*at))) / lives.customers

    low, high = _logit(np.asarray(1e-5)), _logit(np.asarray(1 - 1e-5))
    start = np.asarray([_logit(np.asarray(lives.churn())), _logit(np.asarray(0.2))])
    found = minimize(
        worse,
        np.clip(start, low, high),
        method="Nelder-Mead",
        bounds=[(low, high), (low, high)],
        options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 500},
    )
    alpha, beta = (float(v) for v in _from(*found.x))
    alike = 1 / (alpha + beta + 1) < 10 * ALIKE
    return Fit(alpha, beta, -found.fun * lives.customers, alike)


def drawn(lives: Lives, u: ArrayLike) -> tuple[Doubles, Doubles]:
    """Return draws of α and β given what was seen, from uniforms of shape (N, 2).

    The prior is flat over the mean α/(α+β) and the polarisation 1/(α+β+1), both within 0 and 1; the
    posterior is laid out on a grid that is narrowed to where it has weight, so that few customers
    are as well served as many. No normal approximation is made.
    """
    check(lives)
    means, spreads, weight = _posterior(lives)
    uniform = np.asarray(u, dtype=np.float64)
    return _from(*_inverted(means, spreads, weight, uniform))


def _posterior(lives: Lives) -> tuple[Doubles, Doubles, Doubles]:
    """Return the logits of mean and polarisation, and the weight of each pair."""
    edge = float(_logit(np.asarray(1 - ALIKE)))
    box = [(-edge, edge), (-edge, edge)]
    for _ in range(6):
        means, spreads = (np.linspace(low, high, _GRID) for low, high in box)
        alpha, beta = _from(means[:, None], spreads[None, :])
        told = log_likelihood(lives, alpha, beta)
        told += _log_slope(means)[:, None] + _log_slope(spreads)[None, :]
        near = told > told.max() - _DEPTH
        narrowed = [_kept(means, near.any(1)), _kept(spreads, near.any(0))]
        if narrowed == box:
            break
        box = narrowed
    weight = np.exp(told - told.max())
    return means, spreads, weight / weight.sum()


def _kept(grid: Doubles, near: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[float, float]:
    found = np.flatnonzero(near)
    return float(grid[max(found[0] - 1, 0)]), float(grid[min(found[-1] + 1, len(grid) - 1)])


def _inverted(
    means: Doubles, spreads: Doubles, weight: Doubles, u: Doubles
) -> tuple[Doubles, Doubles]:
    """Turn uniforms into draws: first the mean, then the polarisation given it."""
    row = np.cumsum(weight.sum(1))
    at = np.searchsorted(row, u[:, 0] * row[-1]).clip(0, len(means) - 1)
    within = (u[:, 0] * row[-1] - (row[at] - weight.sum(1)[at])) / weight.sum(1)[at]
    columns = np.cumsum(weight, axis=1)
    wanted = u[:, 1] * columns[at, -1]
    across = (columns[at] < wanted[:, None]).sum(1).clip(0, len(spreads) - 1)
    step, width = means[1] - means[0], spreads[1] - spreads[0]
    part = (wanted - (columns[at, across] - weight[at, across])) / weight[at, across]
    return means[at] + (within - 0.5) * step, spreads[across] + (part - 0.5) * width


def _from(mean: ArrayLike, spread: ArrayLike) -> tuple[Doubles, Doubles]:
    """Return α and β of the logits of mean and polarisation."""
    from scipy.special import expit

    total = 1.0 / np.asarray(expit(spread)) - 1.0
    middle = np.asarray(expit(mean))
    return middle * total, (1.0 - middle) * total


def _logit(p: Doubles) -> Doubles:
    return np.log(p) - np.log1p(-p)


def _log_slope(logit: Doubles) -> Doubles:
    """Return log(p·(1-p)), which a prior that is flat in p has over its logit."""
    return -np.logaddexp(0, logit) - np.logaddexp(0, -logit)
