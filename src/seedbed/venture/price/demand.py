"""Which price earns the most under each demand curve, and how elastic demand is there.

Demand itself is `seedbed.venture.demand`'s, relative to that at today's price P0, by elasticity e:

s0 is the share that buys at P0; b = e / (P0·(1 - s0)) gives the logit elasticity e there. The price
that earns the most at unit cost C, where there is one:

    isoelastic    C·e / (e - 1)             e above 1; else none
    linear        (C + P0·(1 + 1/e)) / 2    the cost itself where nobody would buy above it
    logit         C + (1 + W(y)) / b        y = exp(-1 - b·(C - P0)) / (1/s0 - 1), W Lambert's
    inverse       none                      U = k/P

Sources: R. L. Phillips, Pricing and Revenue Optimization (2005), chapter 3 (these curves, and the
markup); for the logit set the slope of ln profit to nought, 1/(P - C) = b·(1 - s), and solve it by
Lambert's W (R. M. Corless et al., Advances in Computational Mathematics 5 (1996), 329-359).
Profit has a single peak in each, so within bounds the best is that price or the bound nearer to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.venture import demand
from seedbed.venture.assumption import Array
from seedbed.venture.demand import Kind

FAR = 600.0
"""Beyond this power the exponential is not taken: W(e^a) is found by its own logarithm."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand relative to that at today's price, in every draw.

    Attributes:
        kind: Which curve.
        now: Today's price P0, above 0 (N,).
        elasticity: At today's price, a positive number (N,).
        share: Of the possible buyers that buy at today's price (N,); for `logit` alone.
    """

    kind: Kind
    now: Array
    elasticity: Array
    share: Array

    def relative(self, price: Array | float) -> Array:
        """Return demand at prices over demand now; prices (G, 1) give (G, N)."""
        return demand.ratio(self.kind, price / self.now, self.elasticity, self.share)

    def best(self, cost: Array) -> Array:
        """Return the price that earns the most at a unit cost (N,); infinite where none does."""
        if self.kind == "inverse":
            return np.full(self.now.shape, np.inf)
        if self.kind == "isoelastic":
            over = np.maximum(self.elasticity - 1, 0)
            found = np.full(self.now.shape, np.inf)
            np.divide(cost * self.elasticity, over, out=found, where=over > 0)
            return found
        if self.kind == "linear":
            return np.asarray(np.maximum((cost + self.choke()) / 2, cost))
        return self._logit_best(cost)

    def choke(self) -> Array:
        """Return the price at which nobody buys (N,); infinite but for linear demand."""
        if self.kind != "linear":
            return np.full(self.now.shape, np.inf)
        return np.asarray(self.now * (1 + 1 / self.elasticity))

    def at(self, price: float) -> Array:
        """Return the elasticity at a price (N,); infinite where nobody buys."""
        over = price / self.now
        if self.kind == "inverse":
            return np.ones(self.now.shape)
        if self.kind == "isoelastic":
            return self.elasticity
        left = self.relative(price)
        if self.kind == "linear":
            found = np.full(self.now.shape, np.inf)
            np.divide(self.elasticity * over, left, out=found, where=left > 0)
            return found
        return np.asarray(self._slope * over * (1 - self.share * left))

    def _logit_best(self, cost: Array) -> Array:
        from scipy.special import lambertw

        b = self._slope / self.now
        with np.errstate(divide="ignore"):  # a share of 0 makes W(0): exponential demand
            odds = np.log(self.share) - np.log1p(-self.share)
        power = odds - 1 - b * (cost - self.now)
        near = np.real(lambertw(np.exp(np.minimum(power, FAR))))
        large = np.maximum(power, FAR)
        far = large - np.log(large)
        far = far - (far + np.log(far) - large) / (1 + 1 / far)  # Newton's step for w + ln w = a
        return np.asarray(cost + (1 + np.where(power > FAR, far, near)) / b)

    @property
    def _slope(self) -> Array:
        """b·P0, elasticity over the share that does not buy."""
        return np.asarray(self.elasticity / (1 - self.share))
