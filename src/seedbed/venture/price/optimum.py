"""The price that maximises expected profit on a bounded range, how sure it is, and the regret.

Profit a month at price P in a draw: V·D(P)·(P - C), with V the answers of a month today, D demand
relative to that at today's price and C what an answer costs. Expected profit is the mean over the
draws: first on a grid of prices with equal ratios between them, then by Brent's method between the
neighbours of the best of these. An estimated elasticity can have draws at or below 1, whose profit
rises for ever; so the range is always bounded, and a best price at a bound is said to be one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.price.demand import Demand
from seedbed.venture.price.formulas import no_optimum
from seedbed.venture.result import HIGH, LOW

GRID = 241
WIDER = 1.001
"""A bound that was not given lies so far outside, lest the best price seem to lie on it."""
AT_ONCE = 4_000_000
"""Numbers held at once: draws times prices."""
EDGE = 1e-6
"""A best price nearer to a bound than this share of it lies on the bound."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a price is chosen for.

    Attributes:
        demand: How demand follows the price.
        cost: Of an answer (N,).
        volume: Answers of a month at today's price (N,).
        today: Today's price.
        low: Least price.
        high: Greatest price.
    """

    demand: Demand
    cost: Array
    volume: Array
    today: float
    low: float
    high: float

    def profit(self, price: float) -> Array:
        """Return profit a month at a price (N,)."""
        return np.asarray(self.volume * self.demand.relative(price) * (price - self.cost))

    def expected(self, price: float) -> float:
        """Return the mean of profit a month at a price over the draws."""
        return float(np.mean(self.profit(price)))


@dataclass(frozen=True, slots=True)
class Best:
    """What was found.

    Attributes:
        price: That maximises expected profit.
        profit: Profit a month at it (N,).
        now: Profit a month at today's price (N,).
        bound: `low` or `high` where the best price lies on that bound; else empty.
        prices: The grid (G,).
        mean: Expected profit at each (G,).
        bands: Its 5 % and 95 % points at each (2, G).
        each: The best price of each draw, on the range (N,).
        at_low: Share of the draws whose best price is the lower bound.
        at_high: Share of the draws whose best price is the upper bound.
        endless: Share of the draws whose elasticity is at or below 1 at every price.
        known: Expected gain a month over `price` of knowing each draw before choosing.
        inside: Whether today's price lies within the bounds.
    """

    price: float
    profit: Array
    now: Array
    bound: str
    prices: Array
    mean: Array
    bands: Array
    each: Array
    at_low: float
    at_high: float
    endless: float
    known: float
    inside: bool

    @property
    def regret(self) -> float:
        """Expected money a month that today's price forgoes: 0 or more within the bounds."""
        return float(np.mean(self.profit) - np.mean(self.now))


def endless(demand: Demand) -> float:
    """Return the share of draws in which every higher price earns more."""
    if demand.kind == "inverse":
        return 1.0
    return float(np.mean(demand.elasticity <= 1)) if demand.kind == "isoelastic" else 0.0


def bounds(
    demand: Demand, cost: Array, low: float | None, high: float | None
) -> tuple[float, float]:
    """Return the range to search: what was given, else where the draws' own best prices lie.

    The best price of the mean lies between the least and the greatest best price of the draws, for
    profit has a single peak in each; so such bounds are not artificial.

    Raises:
        NoOptimum: no upper bound was given, and in some draws profit rises for ever; or every
            price that was allowed is below what an answer costs.
    """
    share = endless(demand)
    if high is None and share > 0:
        kind = "U = k/P" if demand.kind == "inverse" else "elasticity at or below 1"
        raise no_optimum(f"{kind} in {share:.1%} of the draws, and no price.high")
    if high is not None and high <= float(np.min(cost)):
        raise no_optimum(f"price.high of {high:g}, below the least that an answer costs")
    best = demand.best(cost) if low is None or high is None else cost
    most = max(float(np.max(best)), 2 * (low or 0.0)) * WIDER if high is None else high
    least = min(float(np.min(best)), most / 2) / WIDER if low is None else low
    return least, most


def optimise(case: Case) -> Best:
    """Return the price that maximises expected profit, and what there is to say of it."""
    today = case.today
    inside = case.low <= today <= case.high
    grid = np.geomspace(case.low, case.high, GRID)
    grid[0], grid[-1] = case.low, case.high
    if inside:
        grid = np.unique(np.append(grid, today))
    mean, bands = _curve(case, grid)
    price = _refined(case, grid, mean)
    alone = np.clip(case.demand.best(case.cost), case.low, case.high)
    at_best = case.volume * case.demand.relative(alone) * (alone - case.cost)
    profit = case.profit(price)
    return Best(
        price=price,
        profit=profit,
        now=case.profit(today),
        bound=_bound(case, price),
        prices=grid,
        mean=mean,
        bands=bands,
        each=alone,
        at_low=float(np.mean(alone <= case.low)),
        at_high=float(np.mean(alone >= case.high)),
        endless=endless(case.demand),
        known=max(0.0, float(np.mean(at_best) - np.mean(profit))),
        inside=inside,
    )


def _curve(case: Case, grid: Array) -> tuple[Array, Array]:
    """Return mean and bands of profit at each price, some prices at a time."""
    step = max(1, AT_ONCE // max(1, len(case.cost)))
    means, ends = [], []
    for begin in range(0, len(grid), step):
        prices = grid[begin : begin + step, None]
        profit = case.volume * case.demand.relative(prices) * (prices - case.cost)
        means.append(profit.mean(axis=1))
        ends.append(np.quantile(profit, (LOW, HIGH), axis=1))
    return np.concatenate(means), np.concatenate(ends, axis=1)


def _refined(case: Case, grid: Array, mean: Array) -> float:
    from scipy.optimize import minimize_scalar

    top = int(np.argmax(mean))
    ends = float(grid[max(0, top - 1)]), float(grid[min(len(grid) - 1, top + 1)])
    found = minimize_scalar(
        lambda price: -case.expected(float(price)),
        bounds=ends,
        method="bounded",
        options={"xatol": 1e-9 * ends[1]},
    )
    better = -float(found.fun) > float(mean[top])
    return float(found.x) if better else float(grid[top])


def _bound(case: Case, price: float) -> str:
    if price <= case.low * (1 + EDGE):
        return "low"
    return "high" if price >= case.high * (1 - EDGE) else ""
