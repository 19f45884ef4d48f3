"""What a customer's month costs it under a billing plan: priced as the invoice prices it.

The lines are those of `seedbed.ledger.lines`, by the prices of `seedbed.ledger.pricing`, with fee,
minimum and rounding; the tax is not ours and is left out. What a plan's quota or spending cap
refuses is neither answered nor paid for. A plan by the day or the year is billed for a period of
even use, and its bill counted for a month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from seedbed.ledger.lines import Counted, build, totals
from seedbed.ledger.money import to_decimal
from seedbed.ledger.plan import Plan
from seedbed.ledger.pricing import cost

PERIODS = {"day": Fraction(12, 365), "month": Fraction(1), "year": Fraction(12)}
"""Months in a billing period."""

_PARTS = 10**6


@dataclass(frozen=True, slots=True)
class Used:
    """What a customer used of one release in a month."""

    release: str
    answers: int
    tokens: int = 0
    compute_us: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """What a month comes to.

    Attributes:
        amount: Money a month, without tax.
        served: The share of what was asked for that limits let through.
    """

    amount: Decimal
    served: float


def bill(plan: Plan, used: Sequence[Used]) -> Bill:
    """Return a customer's bill for a month in which it used so much."""
    months = PERIODS[plan.period]
    asked = _metered(plan, used, months)
    let = _let_through(plan, asked)
    units = _cut(asked, let)
    counted = [
        Counted(index, "", 0, many, cost(plan.charges[index], many))
        for index, many in units.items()
    ]
    lines = build(plan, counted)
    owed = totals([line.amount for line in lines], plan.tax, plan.currency).subtotal
    wanted = sum(asked.values())
    served = sum(units.values()) / wanted if wanted else 1.0
    return Bill(to_decimal(owed) * months.denominator / months.numerator, served)


def _metered(plan: Plan, used: Sequence[Used], months: Fraction) -> dict[int, int]:
    """Return the units of a period by charge; a release without a price is in none."""
    units: dict[int, Fraction] = defaultdict(Fraction)
    for one in used:
        if found := plan.charge_for(one.release):
            index, charge = found
            told = charge.units(rows=one.answers, tokens=one.tokens, compute_us=one.compute_us)
            units[index] += told * months
    return {index: round(many) for index, many in units.items()}


def _let_through(plan: Plan, asked: dict[int, int]) -> int:
    """Return how many millionths of what is asked for fit into quota and spending cap."""
    if _fits(plan, asked):
        return _PARTS
    low, high = 0, _PARTS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _fits(plan, _cut(asked, middle)) else (low, middle)
    return low


def _fits(plan: Plan, units: dict[int, int]) -> bool:
    if plan.quota_units is not None and sum(units.values()) > plan.quota_units:
        return False
    price = sum(cost(plan.charges[index], many) for index, many in units.items())
    return plan.limits.spend is None or price <= plan.limits.spend


def _cut(asked: dict[int, int], parts: int) -> dict[int, int]:
    return {index: many * parts // _PARTS for index, many in asked.items()}
