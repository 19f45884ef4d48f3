"""Plans on the same usage: what each brings in, how evenly, who wins and who loses.

Bills come of the ledger's own arithmetic (`seedbed.ledger.pricing` and `lines`), in nanos and
rounded as invoices are, without tax. What a plan's quota would refuse is not billed, and counted.
The usage does not change with the plan here: what a dearer plan would drive away is what the demand
curve is for; here it is named as income at risk, that of customers whose bill rises by a fifth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from seedbed.ledger.lines import taxed
from seedbed.ledger.money import NANOS, rounded
from seedbed.ledger.plan import Plan
from seedbed.ledger.pricing import cost
from seedbed.venture.result import Said

MOST = 4000
"""Customer-months that are billed at most; of more, so many evenly spaced by what was used."""
PERCENTILES = (5, 25, 50, 75, 95, 99)
RISE = 0.2
"""A bill that rises by more than this may drive the customer away."""
DAYS = 30
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Month:
    """What a customer used in a month.

    Attributes:
        answers: By release.
        tokens: By release.
        compute_us: By release.
    """

    answers: Mapping[str, int]
    tokens: Mapping[str, int]
    compute_us: Mapping[str, int]

    @property
    def total(self) -> int:
        """Answers of all releases."""
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan on the usage of all months.

    Attributes:
        name: For programs; no two offers have the same.
        title: What it is called.
        plan: What it says.
        bills: Of each customer's month, in main units (R,).
        refused: Metered units that its quota would have refused.
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


def bill(plan: Plan, month: Month) -> tuple[int, int, bool]:
    """Return the bill of a month without tax in nanos, units refused, and whether all had a price.

    It is what `seedbed.ledger.lines.build` comes to: each line rounded once, topped up to the
    minimum.

    A plan by the year is billed for twelve such months, and a twelfth of it told; one by the day
    for a thirtieth of the month, thirty times over.
    """
    times, parts = {"month": (1, 1), "year": (12, 1), "day": (1, DAYS)}[plan.period]
    used, priced = _used(plan, month, Fraction(times, parts))
    refused, used = _capped(plan, used)
    amounts = [
        rounded(cost(plan.charges[index], units), plan.currency) for index, units in used.items()
    ]
    gross = max(plan.fee + sum(amounts), plan.minimum)
    part = taxed(gross, plan.tax, plan.currency) if plan.tax and plan.tax.included else 0
    total = gross - part
    return round(Fraction(total * parts, times)), round(Fraction(refused * parts, times)), priced


def thinned(usage: Sequence[Month], most: int = MOST) -> Sequence[Month]:
    """Return at most so many customer-months, evenly spaced by how much was used."""
    if len(usage) <= most:
        return usage
    order = np.argsort([month.total for month in usage], kind="stable")
    kept = (2 * np.arange(most) + 1) * len(usage) // (2 * most)
    return [usage[i] for i in order[kept]]


def offer(plan: Plan, usage: Sequence[Month], title: Said | None = None) -> Offer:
    """Return a plan's bills on the usage of all customer-months, under its name or a title."""
    told = [bill(plan, month) for month in usage]
    bills = np.array([nanos for nanos, _, _ in told], float) / NANOS
    refused = sum(units for _, units, _ in told)
    unpriced = sum(not priced for _, _, priced in told)
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


def _used(plan: Plan, month: Month, times: Fraction) -> tuple[dict[int, int], bool]:
    """Return metered units by charge, and whether every release has one."""
    used: dict[int, int] = {}
    priced = True
    for release, answers in month.answers.items():
        found = plan.charge_for(release)
        if found is None:
            priced = False
            continue
        index, charge = found
        told = charge.units(
            rows=answers,
            tokens=month.tokens.get(release, 0),
            compute_us=month.compute_us.get(release, 0),
        )
        used[index] = used.get(index, 0) + round(told * times)
    return used, priced


def _capped(plan: Plan, used: Mapping[int, int]) -> tuple[int, dict[int, int]]:
    """Return what the quota refuses, and what is left of each charge: the last lose first."""
    room = plan.quota_units
    if room is None:
        return 0, dict(used)
    left: dict[int, int] = {}
    for index, units in sorted(used.items()):
        left[index] = min(units, room)
        room -= left[index]
    return sum(used.values()) - sum(left.values()), left


def _mean_interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    chance = np.random.default_rng(seed)
    kept = np.sort(values)
    means = [float(chance.choice(kept, len(kept)).mean()) for _ in range(RESAMPLES)]
    low, high = np.quantile(means, (0.05, 0.95))
    return float(low), float(high)


def _percentiles(
    usage: Sequence[Month], old: np.ndarray, new: np.ndarray
) -> tuple[tuple[int, int, float, float], ...]:
    """Return (percentile, answers, bill before, bill after) of the customer-month nearest to it."""
    totals = np.array([month.total for month in usage])
    order = np.lexsort((new, old, totals))
    told = []
    for percent in PERCENTILES:
        row = order[min(len(order) - 1, round(percent / 100 * (len(order) - 1)))]
        told.append((percent, int(totals[row]), float(old[row]), float(new[row])))
    return tuple(told)
