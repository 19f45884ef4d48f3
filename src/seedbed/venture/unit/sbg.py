"""How long customers stay: the shifted beta-geometric model (Fader and Hardie 2007).

Each customer leaves at the end of a period with a chance of its own; over customers the chance is
Beta(α, β). Those likely to leave do so first, so that the share that leaves falls with age,
although no customer changes.

    P(leaves after t periods) = B(α+1, β+t-1) / B(α, β)
    S(t) = B(α, β+t) / B(α, β)                 share still there after t periods
    r(t) = (β+t-1) / (α+β+t-1)                 share of those at t-1 that stay
    Σ S(t) / (1+d)^t = ₂F₁(1, β; α+β; 1/(1+d))     discounted lifetime (Fader and Hardie 2010)

A constant churn rate c says Σ ((1-c)/(1+d))^t instead, and 1/c without discount: both below the
truth wherever customers differ (Jensen's inequality).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from seedbed.errors import VentureWrong
from seedbed.venture.unit.hypergeometric import from_one
from seedbed.venture.unit.numbers import Doubles, at_least_zero, positive

LEAST_DISCOUNT = 1e-6
"""Of a period; with less the discounted lifetime takes for ever to sum."""


def survival(alpha: ArrayLike, beta: ArrayLike, periods: ArrayLike) -> Doubles:
    """Return S(t), the share still there after so many periods; the arguments broadcast."""
    from scipy.special import betaln

    a, b = positive(alpha, "alpha"), positive(beta, "beta")
    found: Doubles = np.exp(betaln(a, b + at_least_zero(periods, "periods")) - betaln(a, b))
    return found


def discounted_lifetime(
    alpha: ArrayLike, beta: ArrayLike, discount: ArrayLike, *, lived: int = 0
) -> Doubles:
    """Return the discounted periods still to be expected, the one that now begins included.

    Args:
        alpha: Of the beta distribution.
        beta: Of the beta distribution.
        discount: A period, above zero: without it the sum is infinite wherever α ≤ 1.
        lived: Periods that the customer has lived; its chance to leave is then Beta(α, β + lived).
    """
    a, b = positive(alpha, "alpha"), positive(beta, "beta") + lived
    return from_one(b, a + b, 1.0 / (1.0 + _discount(discount)))


def constant_lifetime(churn: ArrayLike, discount: ArrayLike) -> Doubles:
    """Return what a constant churn rate says instead: (1+d) / (d + churn); 1/churn without d."""
    rate = positive(churn, "customers.churn")
    d = at_least_zero(discount, "discount")
    return (1.0 + d) / (d + rate)


def beta_between(low: float, high: float) -> tuple[float, float]:
    """Return α and β of the beta distribution with these 5 % and 95 % points.

    Raises:
        VentureWrong: the points are not 0 < low < high < 1.
    """
    from scipy.optimize import root
    from scipy.special import betainc

    if not 0 < low < high < 1:
        raise _no_such(low, high)
    middle = (low + high) / 2
    spread = (high - low) / 3.29
    start = max(middle * (1 - middle) / spread**2 - 1, 0.5)
    at = np.log([middle * start, (1 - middle) * start])

    def off(logs: Doubles) -> Doubles:
        a, b = np.exp(np.clip(logs, -12, 18))
        told = np.asarray([betainc(a, b, low), betainc(a, b, high)])
        return _logit(np.clip(told, 1e-300, 1 - 1e-16)) - _logit(np.asarray([0.05, 0.95]))

    found = root(off, at, method="hybr")
    alpha, beta = np.exp(found.x)
    if not found.success or np.abs(off(found.x)).max() > 1e-4:
        raise _no_such(low, high)
    return float(alpha), float(beta)


def _discount(discount: ArrayLike) -> Doubles:
    told = positive(discount, "discount")
    if told.size and told.min() < LEAST_DISCOUNT:
        raise VentureWrong(
            expected=f"a discount of at least {LEAST_DISCOUNT:g} a period",
            got=f"{told.min():g}",
            do="Give a larger one: with less the sum may have no end.",
            where="discount",
        )
    return told


def _no_such(low: float, high: float) -> VentureWrong:
    return VentureWrong(
        expected="two shares, 0 < low < high < 1, that a beta distribution can lie between",
        got=f"{low:g}..{high:g}",
        do="Give a range such as 0.02..0.06.",
        where="customers.churn",
    )


def _logit(p: Doubles) -> Doubles:
    return np.log(p) - np.log1p(-p)
