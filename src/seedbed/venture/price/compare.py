"""Plans on the same usage: what each brings in, how evenly, who wins and who loses.

Bills are those of `seedbed.venture.bills`. What a plan's limits would refuse is not billed, and
counted. The usage does not change with the plan here: what a dearer plan would drive away is what
the demand curve is for; here it is named as income at risk, that of customers whose bill rises by a
fifth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.ledger.plan import Plan
from seedbed.venture.bills import Month, answers_of, bill
from seedbed.venture.result import Said

MOST = 4000
"""Customer-months that are billed at most; of more, so many evenly spaced by what was used."""
PERCENTILES = (5, 25, 50, 75, 95, 99)
RISE = 0.2
"""A bill that rises by more than this may drive the customer away."""
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan on the usage of all months.

    Attributes:
        name: For programs; no two offers have the same.
        title: What it is called.
        plan: What it says.
        bills: Of each customer's month, in main units (R,).
        refused: Metered units that its limits would have refused.
        unpriced: Customer-months with calls of a release that it has no price for.
    """

    name: str
    title: Said
    plan: Plan
    bills: np.ndarray
    refused: int
    unpriced: int

    @property
    def mean(self) -> float:
        """Mean bill of a customer's month."""
        return float(self.bills.mean())


@dataclass(frozen=True, slots=True)
class Change:
    """What an offer changes against today's.

    Attributes:
        mean: Mean bill of the offer.
        low: 5 % point of that mean over resampled customer-months.
        high: 95 % point.
        spread: Standard deviation of a customer-month's bill.
        winners: Share of customer-months whose bill falls.
        losers: Share whose bill rises.
        at_risk: Share of the offer's income from bills that rise by more than a fifth.
        at: Bill before and after at percentiles of usage.
    """

    mean: float
    low: float
    high: float
    spread: float
    winners: float
    losers: float
    at_risk: float
    at: tuple[tuple[int, int, float, float], ...]


def thinned(usage: Sequence[Month], most: int = MOST) -> Sequence[Month]:
    """Return at most so many customer-months, evenly spaced by how much was used."""
    if len(usage) <= most:
        return usage
    order = np.argsort([answers_of(month) for month in usage], kind="stable")
    kept = (2 * np.arange(most) + 1) * len(usage) // (2 * most)
    return [usage[i] for i in order[kept]]


def offer(plan: Plan, usage: Sequence[Month], title: Said | None = None) -> Offer:
    """Return a plan's bills on the usage of all customer-months, under its name or a title."""
    told = [bill(plan, month) for month in usage]
    bills = np.array([float(one.amount) for one in told])
    refused = sum(one.refused for one in told)
    unpriced = sum(one.unpriced > 0 for one in told)
    return Offer(plan.name, title or Said(plan.name, plan.name), plan, bills, refused, unpriced)


def change(before: Offer, after: Offer, usage: Sequence[Month], *, seed: int = 0) -> Change:
    """Return what an offer changes for customers and for us."""
    old, new = before.bills, after.bills
    total = float(new.sum())
    rises = new > old * (1 + RISE)
    low, high = _mean_interval(new, seed)
    return Change(
        mean=after.mean,
        low=low,
        high=high,
        spread=float(new.std(ddof=1)) if len(new) > 1 else 0.0,
        winners=float(np.mean(new < old)),
        losers=float(np.mean(new > old)),
        at_risk=float(new[rises].sum()) / total if total > 0 else 0.0,
        at=_percentiles(usage, old, new),
    )


def _mean_interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    chance = np.random.default_rng(seed)
    kept = np.sort(values)
    means = kept[chance.integers(0, len(kept), (RESAMPLES, len(kept)))].mean(axis=1)
    low, high = np.quantile(means, (0.05, 0.95))
    return float(low), float(high)


def _percentiles(
    usage: Sequence[Month], old: np.ndarray, new: np.ndarray
) -> tuple[tuple[int, int, float, float], ...]:
    """Return (percentile, answers, bill before, bill after) of the customer-month nearest to it."""
    totals = np.array([answers_of(month) for month in usage])
    order = np.lexsort((new, old, totals))
    told = []
    for percent in PERCENTILES:
        row = order[min(len(order) - 1, round(percent / 100 * (len(order) - 1)))]
        told.append((percent, int(totals[row]), float(old[row]), float(new[row])))
    return tuple(told)
