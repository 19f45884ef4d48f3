"""What a customer's month costs it under a billing plan: the one computation of every verb.

Each charge is priced by `seedbed.ledger.pricing`, rounded and topped up as `seedbed.ledger.lines`
does it on an invoice; the tax is not ours and is left out. What a plan's quota or spending cap
refuses is neither answered nor paid for. A plan by the day or the year is billed for a period of
even use, and its bill counted for a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from seedbed.ledger.lines import totals
from seedbed.ledger.money import rounded, to_decimal
from seedbed.ledger.plan import Plan
from seedbed.ledger.pricing import cost, most

PERIODS = {"day": Fraction(12, 365), "month": Fraction(1), "year": Fraction(12)}
"""Months in a billing period."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a customer used of one release in a month."""

    release: str
    answers: int
    tokens: int = 0
    compute_us: int = 0


Month = tuple[Used, ...]
"""What a customer used in a month: each release once."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a month comes to.

    Attributes:
        amount: Money a month, without tax.
        owed: Nanos of a billing period, without tax: what its invoice says.
        served: The share of what was asked for that limits let through.
        refused: Metered units of a period that limits did not let through.
        unpriced: Answers of a month that the plan has no price for.
    """

    amount: Decimal
    owed: int
    served: float
    refused: int
    unpriced: int


def bill(plan: Plan, used: Sequence[Used]) -> Bill:
    """Return a customer's bill for a month in which it used so much."""
    months = PERIODS[plan.period]
    asked, unpriced = _metered(plan, used, months)
    units = _let_through(plan, asked)
    owed = _owed(plan, units)
    wanted, got = sum(asked.values()), sum(units.values())
    amount = to_decimal(owed)
    if months != 1:
        amount = amount * months.denominator / months.numerator
    return Bill(amount, owed, got / wanted if wanted else 1.0, wanted - got, unpriced)


def answers_of(month: Sequence[Used]) -> int:
    """Return the answers of a month, those of all releases."""
    return sum(one.answers for one in month)


def _owed(plan: Plan, units: dict[int, int]) -> int:
    """Return what the lines of an invoice come to, without tax."""
    amounts = [rounded(cost(plan.charges[i], many), plan.currency) for i, many in units.items()]
    gross = max(plan.fee + sum(amounts), plan.minimum)
    return totals((gross,), plan.tax, plan.currency).subtotal


def _metered(plan: Plan, used: Sequence[Used], months: Fraction) -> tuple[dict[int, int], int]:
    """Return the units of a period by charge, and the answers that no charge is for."""
    units: dict[int, int] = {}
    unpriced = 0
    for one in used:
        found = plan.charge_for(one.release)
        if found is None:
            unpriced += one.answers
            continue
        index, charge = found
        told = charge.units(rows=one.answers, tokens=one.tokens, compute_us=one.compute_us)
        units[index] = units.get(index, 0) + told
    if months != 1:
        units = {index: round(many * months) for index, many in units.items()}
    return units, unpriced


def _let_through(plan: Plan, asked: dict[int, int]) -> dict[int, int]:
    """Return the units that fit into quota and spending cap: an even part of every charge."""
    wanted = sum(asked.values())
    most_units = wanted if plan.quota_units is None else min(wanted, plan.quota_units)
    if _affordable(plan, units := _cut(asked, most_units, wanted)):
        return units
    low, high = 0, most_units
    while high - low > 1:
        middle = (low + high) // 2
        fits = _affordable(plan, _cut(asked, middle, wanted))
        low, high = (middle, high) if fits else (low, middle)
    return _cut(asked, low, wanted)


def _affordable(plan: Plan, units: dict[int, int]) -> bool:
    """Tell whether a period can get that far: under volume tiers the way there may cost more."""
    cap = plan.limits.spend
    return cap is None or sum(most(plan.charges[i], 0, many) for i, many in units.items()) <= cap


def _cut(asked: dict[int, int], let: int, wanted: int) -> dict[int, int]:
    if let == wanted:
        return asked
    return {index: many * let // wanted for index, many in asked.items()}
