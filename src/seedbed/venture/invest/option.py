"""An option: one thing that the next sum could be put to, with what it costs and brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.result import Said

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an option changes in the monthly model.

    Attributes:
        factors: Path -> (N,) factor on its draws.
        price: Of an answer; None: today's.
        extra: Use -> (T,) money a month on top of today's.
    """

    factors: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    price: float | None = None
    extra: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))

    def with_(self, other: Effect) -> Effect:
        """Return both effects together; factors on the same path multiply, spending adds up."""
        factors = dict(self.factors)
        for path, one in other.factors.items():
            factors[path] = factors[path] * one if path in factors else one
        extra = dict(self.extra)
        for use, money in other.extra.items():
            extra[use] = extra[use] + money if use in extra else money
        price = other.price if self.price is None else self.price
        return Effect(factors, price, extra)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to do with money.

    All arrays are over the same N draws as every other option's (common random numbers).

    Attributes:
        key: Name for programs, such as `label-500`.
        group: Options of one group exclude each other.
        title: What is done.
        cost: (N,) money laid out at once.
        flows: (N, T) what it changes in monthly cash, without its cost.
        worth: (N,) the discounted sum of `flows`, before the cost.
        rests: Paths, releases and tables that it rests on.
        command: What to type next.
        effect: What it changes in the model; None: something beside the model.
        notes: What was assumed for it.
    """

    key: str
    group: str
    title: Said
    cost: Floats
    flows: Floats
    worth: Floats
    rests: tuple[str, ...]
    command: str
    effect: Effect | None = None
    notes: tuple[Said, ...] = ()

    @property
    def net(self) -> Floats:
        """(N,) what is left of its worth after its cost."""
        return self.worth - self.cost

    @property
    def ratio(self) -> Floats:
        """(N,) money per money; infinite where it costs nothing and brings something."""
        free = np.where(self.worth > 0, np.inf, np.where(self.worth < 0, -np.inf, 0.0))
        return np.divide(self.worth, self.cost, out=free, where=self.cost > 0)

    def ratios(self, points: tuple[float, ...] = (0.05, 0.5, 0.95)) -> Floats:
        """Return quantiles of the money per money, taken from draws, not between them."""
        return np.asarray(np.quantile(self.ratio, points, method="inverted_cdf"))

    @property
    def pays(self) -> bool:
        """Whether its worth is above its cost in more than half of the draws."""
        return float(np.median(self.net)) > 0

    def payback(self) -> Floats:
        """Return (N,) the first month in which it has paid for itself; infinite where none."""
        ahead = np.cumsum(self.flows, axis=1) >= self.cost[:, None]
        ahead &= (self.worth != 0)[:, None]
        first = np.where(ahead.any(axis=1), ahead.argmax(axis=1) + 1.0, np.inf)
        return np.asarray(first)


@dataclass(frozen=True, slots=True)
class Left:
    """An option that could not be weighed, and what is missing for it.

    Attributes:
        key: Of the option.
        title: What it would be.
        why: What is missing, and how to give it.
    """

    key: str
    title: Said
    why: Said
