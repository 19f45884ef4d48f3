"""What a purchase is worth: Gamma-Gamma (Fader and Hardie 2013, note 025).

A customer's purchases are Gamma(p, ν) around a mean of its own; over customers ν ~ Gamma(q, γ).
Given x purchases of mean m, the customer's true mean lies between m and everybody's:

    E[M | x, m] = (q-1)/(p·x+q-1) · γ·p/(q-1) + p·x/(p·x+q-1) · m              (equation 5)

It assumes that how much is spent has nothing to do with how often: `fit` does not check that, the
correlation does.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike

from seedbed.errors import VentureWrong
from seedbed.venture.unit.numbers import Doubles, at_least_zero, positive


@dataclass(frozen=True, slots=True)
class Fit:
    """The most likely parameters; `v` (γ in the paper) is in money."""

    p: float
    q: float
    v: float

    @property
    def mean(self) -> float:
        """Everybody's mean; infinite where q ≤ 1."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else np.inf


def log_likelihood(repeats: Doubles, spend: Doubles, fit: Fit) -> Doubles:
    """Return each customer's log-likelihood (equation 1a)."""
    from scipy.special import gammaln

    p, q, v = astuple(fit)
    px = p * repeats
    found: Doubles = (
        gammaln(px + q)
        - gammaln(px)
        - gammaln(q)
        + q * np.log(v)
        + (px - 1) * np.log(spend)
        + px * np.log(repeats)
        - (px + q) * np.log(repeats * spend + v)
    )
    return found


def fit(repeats: ArrayLike, spend: ArrayLike) -> Fit:
    """Return the most likely parameters; money is rescaled within, so that its unit is no matter.

    Args:
        repeats: Purchases of each customer, one or more.
        spend: Their mean, above zero.

    Raises:
        VentureWrong: fewer than two customers, all of one spend, zeros, negatives or NaN.
    """
    from scipy.optimize import minimize

    x, m = positive(repeats, "repeats"), positive(spend, "spend")
    if x.shape != m.shape or x.size < 2 or np.ptp(m) == 0:
        raise VentureWrong(
            expected="two customers or more, of unlike spend",
            got=f"{x.size} with {len(np.unique(m))} different means",
            do="Wait for more customers; use the mean until then.",
            where="spend",
        )
    unit = float(m.mean())

    def worse(logs: Doubles) -> float:
        return -float(log_likelihood(x, m / unit, Fit(*np.exp(logs))).mean())

    bounds = [(-8.0, 8.0)] * 3
    near = minimize(worse, np.asarray([1.0, 1.0, 0.0]), method="L-BFGS-B", bounds=bounds)
    told = {"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000}
    best = minimize(worse, near.x, method="Nelder-Mead", bounds=bounds, options=told)
    p, q, v = (float(value) for value in np.exp(best.x))
    return Fit(p, q, v * unit)


def expected(repeats: ArrayLike, spend: ArrayLike, fit: Fit) -> Doubles:
    """Return each customer's expected mean spend; without repeats everybody's mean.

    Raises:
        VentureWrong: a customer without repeats where q ≤ 1, so that there is no such mean.
    """
    x, m = at_least_zero(repeats, "repeats"), at_least_zero(spend, "spend")
    if fit.q <= 1 and (x == 0).any():
        raise VentureWrong(
            expected="a spread of spend that has a mean (q above 1)",
            got=f"q = {fit.q:.3g}",
            do="Leave out the customers without repeat purchases.",
            where="spend",
        )
    p, q, v = astuple(fit)
    told: Doubles = (p * v + p * x * m) / (p * x + q - 1)
    return told


def correlation(repeats: ArrayLike, spend: ArrayLike) -> float:
    """Return the rank correlation of how often and how much, which the model takes to be zero."""
    from scipy.stats import spearmanr

    x, m = positive(repeats, "repeats"), positive(spend, "spend")
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return 0.0
    return float(spearmanr(x, m).statistic)
