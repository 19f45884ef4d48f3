"""One period, exactly: every use that is free gets money until its slope is λ.

maximise Σ f_i(x_i) with Σ x_i ≤ budget and least_i ≤ x_i ≤ most_i. The Karush-Kuhn-Tucker
conditions are f_i'(x_i) = λ on free uses; what they ask for falls as λ grows, so bisection on λ
finds the split to the last bit. Source: Boyd and Vandenberghe, Convex Optimization (2004),
example 5.2 (water-filling).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import NoOptimum
from seedbed.venture.allocate.curves import Curve

Array = NDArray[np.float64]

HALVINGS = 200
"""Of ln λ; the bracket is as narrow as floats allow long before."""


@dataclass(frozen=True)
class Split:
    """An exact split.

    Attributes:
        spend: Money for each use.
        worth: What one more unit of money gives, λ.
        value: Σ f_i(x_i).
        unspent: Money left, whose worth would be below `floor`.
    """

    spend: Array
    worth: float
    value: float
    unspent: float


@dataclass(frozen=True)
class Group:
    """Uses of one kind of curve, with where they stand in the list of all."""

    at: NDArray[np.intp]
    curve: Curve


def split(
    groups: Sequence[Group],
    budget: float,
    *,
    least: ArrayLike = 0.0,
    most: ArrayLike = np.inf,
    floor: float = 0.0,
) -> Split:
    """Return the best split of a budget over uses with concave curves.

    Args:
        groups: The uses, by kind of curve.
        budget: Money to spend at most; at least the sum of `least`.
        least: Least for each use, (U,).
        most: Most for each use, (U,).
        floor: Slope below which money is better kept: 1 where money left keeps its worth.

    Raises:
        NoOptimum: a curve begins slowly, so equal slopes need not be the best split.
    """
    if any(not group.curve.concave for group in groups):
        raise NoOptimum(
            expected="concave curves: each unit of money gives no more than the one before",
            got="one that begins slowly (hill with a slope above 1, or logistic with a middle)",
            do="Use `seedbed.venture.allocate.solve.best`, which branches over concave envelopes.",
        )
    count = sum(len(group.at) for group in groups)
    low = np.broadcast_to(np.asarray(least, float), (count,))
    high = np.maximum(np.broadcast_to(np.asarray(most, float), (count,)), low)
    high = np.minimum(high, np.maximum(low, 2 * budget))  # beyond the budget is too much: no more

    def asked(price: float) -> Array:
        found = np.empty(count)
        with np.errstate(over="ignore", divide="ignore"):  # what would be asked for nothing
            for group in groups:
                found[group.at] = group.curve.inverse(np.full(len(group.at), price))
        return np.asarray(np.clip(found, low, high))

    worth, spend = _priced(asked, budget, floor)
    if spend.sum() < budget:
        spend = _filled(spend, asked(worth * (1 - 1e-12)), budget) if worth > floor else spend
    return Split(spend, worth, value(groups, spend), max(budget - float(spend.sum()), 0.0))


def value(groups: Sequence[Group], spend: Array) -> float:
    """Return what a split gives in all."""
    return float(sum(group.curve.value(spend[group.at]).sum() for group in groups))


def _priced(asked: Callable[[float], Array], budget: float, floor: float) -> tuple[float, Array]:
    """Return the lowest λ ≥ floor at which no more is asked for than there is, and what is."""
    least = max(floor, np.finfo(float).tiny)
    spend = asked(least)
    if spend.sum() <= budget:
        return floor, spend
    low, high = np.log(least), np.log(max(least, 1.0))
    while asked(float(np.exp(high))).sum() > budget and high < 600:
        low, high = high, high + max(1.0, abs(high))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        spend = asked(float(np.exp(middle)))
        low, high = (middle, high) if spend.sum() > budget else (low, middle)
    worth = float(np.exp(high))
    return worth, asked(worth)


def _filled(spend: Array, more: Array, budget: float) -> Array:
    """Give what is left to uses that are indifferent at λ (flat slopes), each its part."""
    room = np.clip(more - spend, 0.0, budget)
    if room.sum() <= 0:
        return spend
    part = min((budget - float(spend.sum())) / float(room.sum()), 1.0)
    return np.asarray(spend + room * part)
