"""Value at risk and conditional value at risk, of draws and of a normal loss.

At β, VaR is the loss that is not passed with probability β, and CVaR the mean of the losses in the
worst 1 − β. Source: R. T. Rockafellar and S. Uryasev, "Optimization of conditional value-at-risk",
Journal of Risk 2 (2000), 21-41; the normal closed forms stand there in section 5.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Array


def value_at_risk(loss: Array, beta: float) -> float:
    """Return the smallest loss that at least a share β of the draws do not pass."""
    return float(np.quantile(loss, beta, method="inverted_cdf"))


def conditional_value_at_risk(loss: Array, beta: float) -> float:
    """Return the mean of the worst 1 − β of the draws, the draw at the edge in part."""
    weights = np.full(len(loss), 1 / len(loss))
    return float(Aim(1.0, 1 - beta).worst(-loss, weights) @ loss)


def normal(mean: float, deviation: float, beta: float) -> tuple[float, float]:
    """Return VaR and CVaR of a normal loss: μ + σ z, and μ + σ φ(z)/(1 − β)."""
    from scipy.stats import norm

    z = float(norm.ppf(beta))
    return mean + deviation * z, mean + deviation * float(norm.pdf(z)) / (1 - beta)


def portfolio(means: Array, covariance: Array, *, least: float) -> Array:
    """Return the shares, adding to 1, of least variance whose mean is at least `least`.

    Of a normal return, the same shares have the least VaR and CVaR at every β where the mean binds.
    """
    from scipy.optimize import minimize

    size, count = float(np.max(np.abs(covariance))), len(means)
    found = minimize(
        lambda x: float(x @ covariance @ x) / size,
        np.full(count, 1 / count),
        jac=lambda x: 2 * covariance @ x / size,
        method="SLSQP",
        bounds=[(0, 1)] * count,
        constraints=[
            {"type": "eq", "fun": lambda x: x.sum() - 1, "jac": lambda x: np.ones(count)},
            {"type": "ineq", "fun": lambda x: means @ x - least, "jac": lambda x: means},
        ],
        options={"ftol": 1e-15, "maxiter": 200},
    )
    return np.asarray(found.x)


def deviation(shares: Array, covariance: Array) -> float:
    """Return the standard deviation of a portfolio."""
    return sqrt(float(shares @ covariance @ shares))
