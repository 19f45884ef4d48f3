"""How demand falls with the price: relative to demand at today's price, by elasticity there.

    isoelastic    (P / P0)^-e                         elasticity e at every price
    linear        1 - e·(P - P0) / P0, or 0 beyond    nobody buys above P0·(1 + 1/e)
    logit         s(P) / s(P0)                        s(P) = 1 / (1 + (1/s0 - 1)·exp(b·(P - P0)))
    inverse       P0 / P                              U = k/P, elasticity one

s0 is the share that buys at P0; b = e / (P0·(1 - s0)) gives the logit elasticity e there. The price
that earns the most at unit cost C, where there is one:

    isoelastic    C·e / (e - 1)             e above 1; else none
    linear        (C + P0·(1 + 1/e)) / 2    the cost itself where nobody would buy above it
    logit         C + (1 + W(y)) / b        y = exp(-1 - b·(C - P0)) / (1/s0 - 1), W Lambert's

Sources: R. L. Phillips, Pricing and Revenue Optimization (2005), chapter 3 (these curves, and the
markup); for the logit set the slope of ln profit to nought, 1/(P - C) = b·(1 - s), and solve it by
Lambert's W (R. M. Corless et al., Advances in Computational Mathematics 5 (1996), 329-359).
Profit has a single peak in each, so within bounds the best is that price or the bound nearer to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["isoelastic", "linear", "logit", "inverse"]


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand relative to that at today's price; every array is of draws (N,).

    Attributes:
        kind: Which curve.
        now: Today's price P0, above 0.
        elasticity: At today's price, a positive number.
        share: Of the possible buyers that buy at today's price; for `logit` alone.
    """

    kind: Kind
    now: float
    elasticity: np.ndarray
    share: np.ndarray | None = None

    def relative(self, price: ArrayLike) -> np.ndarray:
        """Return demand at prices over demand now; a price (G, 1) against draws (N,) gives both."""
        over = np.asarray(price, float) / self.now
        if self.kind == "inverse":
            return np.broadcast_to(1 / over, np.broadcast_shapes(over.shape, self._e.shape))
        if self.kind == "isoelastic":
            return np.asarray(np.exp(-self._e * np.log(over)))
        if self.kind == "linear":
            return np.maximum(1 - self._e * (over - 1), 0.0)
        odds = (1 - self._s) / self._s * np.exp(np.minimum(self._slope * (over - 1), 700.0))
        return np.asarray(1 / (self._s * (1 + odds)))

    def best(self, cost: np.ndarray) -> np.ndarray:
        """Return the price that earns the most at a unit cost (N,); infinite where none does."""
        if self.kind == "inverse":
            return np.full(np.shape(cost), np.inf)
        if self.kind == "isoelastic":
            with np.errstate(divide="ignore"):
                return np.where(self._e > 1, cost * self._e / np.maximum(self._e - 1, 0), np.inf)
        if self.kind == "linear":
            return np.maximum((cost + self.choke()) / 2, cost)
        return self._logit_best(np.asarray(cost, float))

    def choke(self) -> np.ndarray:
        """Return the price at which nobody buys (N,); infinite but for linear demand."""
        if self.kind != "linear":
            return np.full(self._e.shape, np.inf)
        with np.errstate(divide="ignore"):
            return np.asarray(self.now * (1 + 1 / self._e))

    def at(self, price: float) -> np.ndarray:
        """Return the elasticity at a price (N,)."""
        over = price / self.now
        if self.kind == "inverse":
            return np.ones(self._e.shape)
        if self.kind == "isoelastic":
            return self._e
        if self.kind == "linear":
            left = 1 - self._e * (over - 1)
            with np.errstate(divide="ignore"):
                return np.where(left > 0, self._e * over / np.maximum(left, 0), np.inf)
        bought = self._s * self.relative(price)
        return np.asarray(self._slope * over * (1 - bought))

    def taken(self, rows: slice) -> Demand:
        """Return the same for some of the draws."""
        share = None if self.share is None else self.share[rows]
        return replace(self, elasticity=self.elasticity[rows], share=share)

    def _logit_best(self, cost: np.ndarray) -> np.ndarray:
        from scipy.special import lambertw

        b = self._slope / self.now
        power = -1 - b * (cost - self.now) - np.log((1 - self._s) / self._s)
        # W(exp(a)) for large a without the overflow: a - ln a + ln a / a, then one Newton step.
        small = np.minimum(power, 600.0)
        found = np.real(lambertw(np.exp(small)))
        large = np.maximum(power, 600.0)
        far = large - np.log(large)
        far = far - (far + np.log(far) - large) / (1 + 1 / far)
        return np.asarray(cost + (1 + np.where(power > 600.0, far, found)) / b)

    @property
    def _e(self) -> np.ndarray:
        return np.asarray(self.elasticity, float)

    @property
    def _s(self) -> np.ndarray:
        if self.share is None:
            raise ValueError("logit demand needs the share that buys at today's price")
        return np.asarray(self.share, float)

    @property
    def _slope(self) -> np.ndarray:
        """b·P0, elasticity over the share that does not buy."""
        return np.asarray(self._e / (1 - self._s))
