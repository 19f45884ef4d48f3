"""An invoice's lines and totals, from what was counted: pure arithmetic.

Rounding: each line is rounded once, half up, to the currency's minor unit. The tax is rounded once,
on the sum of the lines. So the lines as they are printed add up to what is printed below them:

    without tax, or with tax on top    sum of lines = subtotal; subtotal + tax = total
    with tax included                  sum of lines = total; subtotal = total - tax
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from seedbed.ledger import money, words
from seedbed.ledger.periods import Period
from seedbed.ledger.plan import Charge, Plan, Tax
from seedbed.ledger.pricing import explained


@dataclass(frozen=True, slots=True)
class Counted:
    """What the answered calls of one charge and one release add up to, within one period.

    Attributes:
        charge: The charge's index in the plan; None where the plan had no price for the release.
        release: Its name.
        calls: How many.
        units: As metered.
        price: Nanos that they were charged.
    """

    charge: int | None
    release: str
    calls: int
    units: int
    price: int


@dataclass(frozen=True, slots=True)
class Late:
    """Calls that ended after the invoice of their period was final.

    Attributes:
        period: The period that they were let in by.
        counted: What they add up to.
        covered: Nanos of that period's top-up to the minimum which nothing has used up yet.
    """

    period: Period
    counted: Sequence[Counted]
    covered: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice.

    Attributes:
        kind: `fee`, `usage`, `minimum`, `late` or, on a credit note, `credit`.
        description: By language.
        amount: Nanos, rounded to the minor unit.
        charge: The index of the charge that it is for.
        units: As metered.
        unit_price: Nanos for `details["per"]` units, where one price holds for all.
        details: What it comes from; amounts in it are exact, and decimals in quotes.
    """

    kind: str
    description: Mapping[str, str]
    amount: int
    charge: int | None = None
    units: int | None = None
    unit_price: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document asks for, in nanos."""

    subtotal: int
    tax: int
    total: int


def build(
    plan: Plan,
    counted: Sequence[Counted],
    late: Iterable[Late] = (),
    *,
    lasted: Fraction = Fraction(1),
    ended: bool = False,
) -> list[Line]:
    """Return the lines of a period.

    Args:
        plan: By which it is billed.
        counted: Its answered calls.
        late: Calls of earlier periods that no invoice has had.
        lasted: How much of the period the subscription lasted; fee and minimum are for that part.
        ended: The subscription had ended before: neither fee nor minimum is due.
    """
    lines = [] if ended else _fee(plan, lasted)
    lines += [_usage(plan, index, of) for index, of in _by_charge(counted)]
    if not ended:
        lines += _minimum(plan, sum(line.amount for line in lines), lasted)
    return [*lines, *(line for each in late for line in _late(plan, each))]


def totals(amounts: Iterable[int], tax: Tax | None, currency: str) -> Totals:
    """Return what lines of these amounts come to."""
    base = sum(amounts)
    part = taxed(base, tax, currency)
    if tax is not None and tax.included:
        return Totals(base - part, part, base)
    return Totals(base, part, base + part)


def taxed(base: int, tax: Tax | None, currency: str) -> int:
    """Return the tax on, or in, a sum of lines: rounded half up to the minor unit."""
    if tax is None:
        return 0
    rate = Fraction(tax.percent) / 100
    share = rate / (1 + rate) if tax.included else rate
    return money.quotient(base * share.numerator, share.denominator, currency)


def _fee(plan: Plan, lasted: Fraction) -> list[Line]:
    amount = _part(plan.fee, lasted, plan)
    whole = {"per_period": money.plain(plan.fee, plan.currency)}
    details = whole | ({"lasted": words.percent(lasted)} if lasted != 1 else {})
    said = words.fee(plan.titles, lasted)
    return [Line("fee", said, amount, details=details)] if plan.fee else []


def _usage(plan: Plan, index: int | None, counted: Sequence[Counted]) -> Line:
    units, price = sum(one.units for one in counted), sum(one.price for one in counted)
    amount = money.rounded(price, plan.currency)
    if index is None:
        return Line("usage", words.UNPRICED, amount, details=_from(counted, plan, None))
    charge = plan.charges[index]
    tiers = explained(charge, units)
    paid = {line.price for line in tiers if line.price is not None}
    details = _from(counted, plan, charge)
    if sum(line.amount for line in tiers) == price:
        details["tiers"] = [
            {
                "units": words.number(line.units, charge.scale),
                "price": None if line.price is None else money.plain(line.price, plan.currency),
                "amount": money.plain(line.amount, plan.currency),
            }
            for line in tiers
        ]
    single = paid.pop() if len(paid) == 1 else None
    return Line("usage", words.usage(charge), amount, index, units, single, details)


def _minimum(plan: Plan, reached: int, lasted: Fraction) -> list[Line]:
    wanted = _part(plan.minimum, lasted, plan)
    if wanted <= reached:
        return []
    details = {"minimum": money.plain(wanted, plan.currency)}
    return [Line("minimum", words.minimum(wanted, plan), wanted - reached, details=details)]


def _late(plan: Plan, late: Late) -> Iterable[Line]:
    left = late.covered
    for index, counted in _by_charge(late.counted):
        charge = None if index is None else plan.charges[index]
        gross = money.rounded(sum(one.price for one in counted), plan.currency)
        covered = max(0, min(left, gross))
        left -= covered
        start, end = late.period
        details = _from(counted, plan, charge) | {"period_start": start, "period_end": end}
        if covered:
            details["covered_by_minimum"] = money.plain(covered, plan.currency)
        units = sum(one.units for one in counted)
        said = words.late(late.period, charge)
        yield Line("late", said, gross - covered, index, units, None, details)


def _from(counted: Sequence[Counted], plan: Plan, charge: Charge | None) -> dict[str, Any]:
    """Return how many calls a line is made of, and of which releases."""
    scale = charge.scale if charge else 1
    releases = [
        {
            "release": one.release,
            "calls": one.calls,
            "units": words.number(one.units, scale),
            "amount": money.plain(one.price, plan.currency),
        }
        for one in sorted(counted, key=lambda one: one.release)
    ]
    details: dict[str, Any] = {"calls": sum(one.calls for one in counted), "releases": releases}
    return details | ({"meter": charge.meter, "per": charge.per} if charge else {})


def _by_charge(counted: Iterable[Counted]) -> list[tuple[int | None, list[Counted]]]:
    found: dict[int | None, list[Counted]] = {}
    for one in counted:
        found.setdefault(one.charge, []).append(one)
    return sorted(found.items(), key=lambda pair: (pair[0] is None, pair[0] or 0))


def _part(amount: int, lasted: Fraction, plan: Plan) -> int:
    return money.quotient(amount * lasted.numerator, lasted.denominator, plan.currency)
