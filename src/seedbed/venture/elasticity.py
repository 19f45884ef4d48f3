"""How strongly customers follow the price, out of what they did or said, with its interval.

From the ledger: ln(answers of a customer in a month) = a_customer - e·ln(price), each customer set
against itself (what is larger about one customer than another is no effect of the price), errors
allowing for the months of a customer hanging together. Where too few customers have seen two
prices, customers are compared with each other, month by month and version by version, which says
less, and says so. Where there were too few prices at all, there is no estimate.

Source: W. H. Greene, Econometric Analysis (fixed effects; clustered errors with the factor
G/(G - 1)); the interval is Student's with the clusters less one (or rows less two) degrees of
freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

LEAST_PRICES = 3
LEAST_ROWS = 6
LEAST_MOVERS = 5
"""Customers who have paid two prices or more, for each to be set against itself."""

How = Literal["within", "between", "granger", "conjoint"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An elasticity, as a positive number.

    Attributes:
        value: The estimate.
        low: 5 % point.
        high: 95 % point.
        how: `within` customers, `between` plan versions, or by a survey.
        rows: Observations it rests on.
        prices: Distinct prices.
        source: In words, for the register.
        together: Whether all customers changed price in the same months, so that whatever else
            changed then counts as if the price had done it.
    """

    value: float
    low: float
    high: float
    how: How
    rows: int
    prices: int
    source: str
    together: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """What customers paid and used, a row a customer's month.

    Attributes:
        customer: Who, as whole numbers (R,).
        month: Which month, as whole numbers (R,).
        price: Of an answer, by the plan's version (R,).
        answers: In the month, above 0 (R,).
    """

    customer: np.ndarray
    month: np.ndarray
    price: np.ndarray
    answers: np.ndarray


def from_history(seen: Observed) -> tuple[Estimate | None, str]:
    """Return the elasticity in what customers did, or None and why there is none."""
    prices = len(np.unique(seen.price))
    if prices < LEAST_PRICES:
        return None, f"{prices} price(s) in the ledger, and {LEAST_PRICES} are needed"
    if len(seen.price) < LEAST_ROWS:
        return None, f"{len(seen.price)} customer-months in the ledger; {LEAST_ROWS} are needed"
    movers = _movers(seen)
    if movers.sum() >= LEAST_MOVERS:
        return _within(seen, movers), ""
    return _between(seen)


def _movers(seen: Observed) -> np.ndarray:
    """Return which customers have paid two prices or more (G,)."""
    count = int(seen.customer.max()) + 1
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, seen.customer, seen.price)
    np.maximum.at(most, seen.customer, seen.price)
    return np.asarray(most > least)


def _within(seen: Observed, movers: np.ndarray) -> Estimate:
    kept = movers[seen.customer]
    _, who = np.unique(seen.customer[kept], return_inverse=True)
    x = _centred(np.log(seen.price[kept]), who)
    y = _centred(np.log(seen.answers[kept]), who)
    slope = (x @ y) / (x @ x)
    scores = np.bincount(who, x * (y - slope * x))
    groups = len(scores)
    error = float(np.sqrt((scores @ scores) * groups / (groups - 1))) / float(x @ x)
    told = f"the ledger: {groups} customers who paid two prices or more, each against itself"
    return _estimate(-slope, error, groups - 1, "within", seen, int(kept.sum()), told)


def _between(seen: Observed) -> tuple[Estimate | None, str]:
    """Compare versions of a plan: mean use of a customer in a month, weighted by customers."""
    cells, cell = np.unique(np.column_stack([seen.month, seen.price]), axis=0, return_inverse=True)
    cell = cell.ravel()
    if len(cells) < LEAST_ROWS:
        return None, f"{len(cells)} months of a price in the ledger, and {LEAST_ROWS} are needed"
    weight = np.bincount(cell).astype(float)
    y = np.log(np.bincount(cell, seen.answers) / weight)
    x = np.log(cells[:, 1])
    x = x - np.average(x, weights=weight)
    y = y - np.average(y, weights=weight)
    spread = float(weight @ x**2)
    slope = float(weight @ (x * y)) / spread
    left = y - slope * x
    # White's errors, with the usual factor for the two that were fitted.
    factor = len(x) / (len(x) - 2)
    error = float(np.sqrt(factor * np.sum((weight * x * left) ** 2))) / spread
    told = "the ledger: versions of the plan against each other, month by month"
    return _estimate(-slope, error, len(x) - 2, "between", seen, len(x), told), ""


def _centred(values: np.ndarray, who: np.ndarray) -> np.ndarray:
    return np.asarray(values - (np.bincount(who, values) / np.bincount(who))[who])


def _estimate(
    value: float, error: float, freedom: int, how: How, seen: Observed, rows: int, told: str
) -> Estimate:
    from scipy.stats import t

    half = float(t.ppf(0.95, freedom)) * error
    prices = len(np.unique(seen.price))
    ends = float(value - half), float(value + half)
    return Estimate(float(value), *ends, how, rows, prices, told, _together(seen))


def _together(seen: Observed) -> bool:
    """Tell whether every month has a single price."""
    months = len(np.unique(seen.month))
    return len(np.unique(np.column_stack([seen.month, seen.price]), axis=0)) == months
