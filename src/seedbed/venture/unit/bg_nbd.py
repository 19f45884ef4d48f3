"""Who still buys: BG/NBD (Fader, Hardie and Lee 2005, "Counting your customers" the easy way).

For customers who never say that they leave, as under pay per use. While active a customer buys at
random with rate λ ~ Gamma(r, α); after each purchase it leaves for ever with chance p ~ Beta(a, b).
What is known of one is x repeat purchases, the last at t_x, seen for T since the first.

    L = B(a, b+x)/B(a, b) · Γ(r+x) α^r / Γ(r) · (α+T)^-(r+x)
        + [x > 0] B(a+1, b+x-1)/B(a, b) · Γ(r+x) α^r / Γ(r) · (α+t_x)^-(r+x)

    E[Y(t) | x, t_x, T] = (a+b+x-1)/(a-1) ·
        [1 - ((α+T)/(α+T+t))^(r+x) ₂F₁(r+x, b+x; a+b+x-1; t/(α+T+t))]
        / [1 + [x > 0] a/(b+x-1) · ((α+T)/(α+t_x))^(r+x)]                      (equation 10)
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike

from seedbed.errors import VentureWrong
from seedbed.venture.unit.hypergeometric import power_series
from seedbed.venture.unit.numbers import Doubles, at_least_zero, counts

_STEP = 1e-3  # of a logarithm, for second differences
_FLAT = 3.0  # a logarithm known no better than e^±3 is not known
_NEAR_ONE = 1e-4  # (1 - …)/(a - 1) is taken as the mean of its neighbours this near to a = 1


@dataclass(frozen=True, slots=True)
class Buyers:
    """Customers' purchases, one value a customer, in one unit of time.

    Attributes:
        repeats: x, purchases after the first.
        last: t_x, when the last was, counted from the first; 0 without repeats.
        seen: T, how long it has been since the first.
    """

    repeats: Doubles
    last: Doubles
    seen: Doubles

    @classmethod
    def of(cls, repeats: ArrayLike, last: ArrayLike, seen: ArrayLike) -> Buyers:
        """Return the buyers of three columns.

        Raises:
            VentureWrong: NaN, negative or broken counts, a last purchase after the end or without
                repeats, columns of unlike length.
        """
        x = counts(repeats, "repeats")
        t_x, T = at_least_zero(last, "last"), at_least_zero(seen, "seen")  # noqa: N806
        if not x.shape == t_x.shape == T.shape or x.ndim != 1:
            raise _wrong("three columns of one length", f"{x.shape}, {t_x.shape}, {T.shape}")
        if (t_x > T).any() or ((x == 0) & (t_x > 0)).any():
            raise _wrong("last purchases within the time seen, 0 without repeats", "others")
        return cls(x, t_x, T)

    def __len__(self) -> int:
        return len(self.repeats)


@dataclass(frozen=True, slots=True)
class Fit:
    """The most likely parameters; `alpha` in the unit of time of the buyers."""

    r: float
    alpha: float
    a: float
    b: float


def log_likelihood(buyers: Buyers, fit: Fit) -> Doubles:
    """Return each customer's log-likelihood."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = astuple(fit)
    x = buyers.repeats
    bought = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    stayed = betaln(a, b + x) - (r + x) * np.log(alpha + buyers.seen)
    again = np.maximum(x, 1.0)
    gone = betaln(a + 1, b + again - 1) - (r + x) * np.log(alpha + buyers.last)
    found: Doubles = bought + np.logaddexp(stayed, np.where(x > 0, gone, -np.inf))
    return found


def fit(buyers: Buyers) -> Fit:
    """Return the most likely parameters; time is rescaled within, so that its unit is no matter.

    Raises:
        VentureWrong: nobody was seen for any time, or nobody has bought again.
    """
    from scipy.optimize import minimize

    if not len(buyers) or not (buyers.seen > 0).any():
        raise _wrong("customers who were seen for some time", f"{len(buyers)} customers")
    if not (buyers.repeats > 0).any():
        raise _wrong("customers of whom some have bought again", "none that has")
    unit = float(buyers.seen.max()) / 10
    scaled = Buyers(buyers.repeats, buyers.last / unit, buyers.seen / unit)

    def worse(logs: Doubles) -> float:
        return -float(log_likelihood(scaled, Fit(*np.exp(logs))).mean())

    bounds = [(-8.0, 8.0)] * 4
    near = minimize(worse, np.zeros(4), method="L-BFGS-B", bounds=bounds)
    told = {"xatol": 1e-6, "fatol": 1e-11, "maxiter": 4000}
    best = minimize(worse, near.x, method="Nelder-Mead", bounds=bounds, options=told)
    r, alpha, a, b = (float(v) for v in np.exp(best.x))
    return Fit(r, alpha * unit, a, b)


def drawn(buyers: Buyers, fit: Fit, z: ArrayLike) -> list[Fit] | None:
    """Return draws of the parameters around the most likely, from normal scores of shape (N, 4).

    Laplace's approximation: their logarithms are normal, with the inverse of the log-likelihood's
    curvature as covariance. None where that is no covariance: the likelihood is flat, or its
    highest point lies at an edge.
    """
    at = np.log(astuple(fit))
    curved = _curvature(buyers, at)
    try:
        root = np.linalg.cholesky(np.linalg.inv(curved))
    except np.linalg.LinAlgError:
        return None
    if np.sqrt((root**2).sum(1)).max() > _FLAT:
        return None
    return [Fit(*(float(v) for v in np.exp(at + root @ one))) for one in np.asarray(z)]


def _curvature(buyers: Buyers, at: Doubles) -> Doubles:
    """Return the second derivatives of the negative log-likelihood in the logarithms."""

    def worse(logs: Doubles) -> float:
        return -float(log_likelihood(buyers, Fit(*np.exp(logs))).sum())

    steps = np.eye(4) * _STEP
    found = np.empty((4, 4))
    for i, one in enumerate(steps):
        for j, other in enumerate(steps):
            apart = worse(at + one - other) + worse(at - one + other)
            found[i, j] = worse(at + one + other) + worse(at - one - other) - apart
    found /= 4 * _STEP**2
    return (found + found.T) / 2


def alive(buyers: Buyers, fit: Fit) -> Doubles:
    """Return each customer's chance to be active still (Fader, Hardie and Lee 2008)."""
    from scipy.special import expit

    r, alpha, a, b = astuple(fit)
    x = buyers.repeats
    quiet = np.log(alpha + buyers.seen) - np.log(alpha + buyers.last)
    odds = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1) + (r + x) * quiet
    return np.where(x > 0, np.asarray(expit(-odds)), 1.0)


def expected(buyers: Buyers, fit: Fit, time: ArrayLike) -> Doubles:
    """Return the purchases to expect of each customer within a time from now (equation 10)."""
    t = at_least_zero(time, "time")
    if abs(fit.a - 1) < _NEAR_ONE:
        ends = (1 - _NEAR_ONE, 1 + _NEAR_ONE)
        each = [_bought(buyers, Fit(fit.r, fit.alpha, a, fit.b), t) for a in ends]
        return (each[0] + each[1]) / 2 * alive(buyers, fit)
    return _bought(buyers, fit, t) * alive(buyers, fit)


def _bought(buyers: Buyers, fit: Fit, t: Doubles) -> Doubles:
    """Return what a customer who is active buys, by Euler's transformation of equation 10.

    The series as printed overflows for those who buy often; transformed, with w = (α+T)/(α+T+t),
    w^(r+x) ₂F₁(r+x, b+x; c; 1-w) = w^(a-1) ₂F₁(a-1, a+b-1-r; c; 1-w), c = a+b+x-1, it does not.
    """
    r, alpha, a, b = astuple(fit)
    c, waited = a + b + buyers.repeats - 1, alpha + buyers.seen
    series = power_series(a - 1, a + b - 1 - r, c, t / (waited + t))
    shrunk = np.exp((a - 1) * (np.log(waited) - np.log(waited + t)))
    found: Doubles = c / (a - 1) * (1 - shrunk * series)
    return found


def _wrong(expected: str, got: str) -> VentureWrong:
    return VentureWrong(
        expected=expected,
        got=got,
        do="Correct the purchases that the model is fitted to.",
        where="purchases",
    )
