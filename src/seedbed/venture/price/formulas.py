"""The two formulas that a price is often set by, as given, with what is wrong with each.

P = C + m, with m a rate on cost: 50 and 30 % make 65. It knows nothing of what customers would pay;
it is right only where the rate is e/(e - 1) - 1 for demand of elasticity e.

U = k/P: 0.1 at a price of 100 makes 0.001. Its elasticity is one at every price, so income P·U = k
is the same at every price, and profit k·(1 - C/P) rises for ever: there is no best price.
"""

from __future__ import annotations

from seedbed.errors import NoOptimum


def cost_plus(cost: float, rate: float) -> float:
    """Return P = C + m, m being a rate on cost such as 0.3."""
    return cost * (1 + rate)


def inverse_demand(k: float, price: float) -> float:
    """Return U = k/P."""
    return k / price


def inverse_profit(k: float, cost: float, price: float) -> float:
    """Return profit under U = k/P: k·(1 - C/P), which rises with P for ever towards k."""
    return k * (1 - cost / price)


def markup(elasticity: float) -> float:
    """Return the rate on cost that earns the most at a constant elasticity: 1/(e - 1).

    Raises:
        NoOptimum: elasticity is 1 or less: every higher price earns more.
    """
    if elasticity <= 1:
        raise no_optimum(f"a constant elasticity of {elasticity:g}")
    return 1 / (elasticity - 1)


def no_optimum(got: str) -> NoOptimum:
    """Return the error that profit rises with the price for ever."""
    return NoOptimum(
        expected="demand that falls faster than the price rises (elasticity above 1), or a limit to"
        " what customers would pay",
        got=got,
        do="Set price.high to the most that a customer would pay (a survey tells: `seedbed plan"
        " market --westendorp FILE`) and price.low, or choose `demand: linear` or `logit`.",
        where="price",
    )
