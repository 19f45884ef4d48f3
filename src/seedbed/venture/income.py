"""What the company earned by the ledger: the one rule for the months of `plan check` and the truth
of `plan score`.

Income is net of tax, and counts in the month in which it was earned, whenever it is paid:

    calls       what they are charged, in the month in which they were let in; prepaid calls too,
                so credit is earned as it is used, and what is paid in is not
    fee         evenly over its period, to the microsecond, as far as the subscription lasted
    commitment  the top-up to the minimum, in the month in which the period ends: it is known then
    notes       what a credit note takes back, in the month of the note

So the months of an agreement add up to the subtotals of its invoices and notes, but for the
rounding of invoices to what the currency is paid in. Credit that was given away is earned like any
other when it is used: an invoice does not tell them apart, and the ledger does not either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from seedbed.ledger.money import NANOS, to_nanos
from seedbed.ledger.plan import Plan
from seedbed.venture.counted import Counted

if TYPE_CHECKING:
    from seedbed.ledger.account import Subscription
    from seedbed.ledger.database import Database
    from seedbed.ledger.periods import Period


@dataclass(frozen=True, slots=True)
class _Earned:
    """Nanos net of tax, earned evenly over a span of µs."""

    span: Period
    nanos: Fraction

    def within(self, start: int, end: int) -> Fraction:
        first, last = self.span
        overlap = min(last, end) - max(first, start)
        return self.nanos * overlap / (last - first) if overlap > 0 else Fraction(0)


def by_month(
    database: Database, counted: Counted, currency: str, bounds: Sequence[Period]
) -> list[Decimal]:
    """Return the income of months in main units of a currency.

    Args:
        database: The ledger's.
        counted: Who counts as a customer.
        currency: Plans in another are left out.
        bounds: The first moment of each month and that of the next, in µs; oldest first.

    Raises:
        LedgerUnavailable: the ledger cannot be read.
    """
    from seedbed.ledger.plans import Plans

    store = Plans(database)
    with database.reading() as connection:
        plans = {
            one: plan
            for one, plan in ((one, store.by_id(one, connection).plan) for one in _all(connection))
            if plan.currency == currency
        }
        earned = [
            *_agreed(connection, counted, plans, bounds[-1][1]),
            *_taken_back(connection, counted, plans),
        ]
        return [
            in_main_units(
                _called(connection, counted, plans, *month)
                + sum((one.within(*month) for one in earned), Fraction(0))
            )
            for month in bounds
        ]


def net_of_tax(plan: Plan, nanos: int | Fraction) -> Fraction:
    """Return what is left of an amount as a plan charges it, exactly: without an included tax."""
    if plan.tax is None or not plan.tax.included:
        return Fraction(nanos)
    return Fraction(nanos) / (1 + Fraction(plan.tax.percent) / 100)


def in_main_units(nanos: Fraction) -> Decimal:
    """Return nanos, or a part of one, as money."""
    return Decimal(nanos.numerator) / Decimal(nanos.denominator) / NANOS


def _all(connection: Any) -> list[str]:
    from sqlalchemy import select

    from seedbed.ledger.schema.billing import plans

    return list(connection.execute(select(plans.c.id)).scalars())


def _called(
    connection: Any, counted: Counted, plans: dict[str, Plan], start: int, end: int
) -> Fraction:
    """Return what a month's calls were charged."""
    from sqlalchemy import func, select

    from seedbed.ledger.counting import within
    from seedbed.ledger.days import BILLABLE
    from seedbed.ledger.schema.calls import calls

    query = (
        select(calls.c.plan_id, func.sum(calls.c.price))
        .where(BILLABLE, counted.called(), within(start, end))
        .group_by(calls.c.plan_id)
    )
    found = connection.execute(query).all()
    return sum(
        (net_of_tax(plans[one], int(nanos)) for one, nanos in found if one in plans), Fraction(0)
    )


def _agreed(
    connection: Any, counted: Counted, plans: dict[str, Plan], by: int
) -> Iterator[_Earned]:
    """Yield fees and top-ups of every period that began before a moment."""
    from sqlalchemy import select

    from seedbed.ledger.account import Subscription
    from seedbed.ledger.schema.accounts import subscriptions

    told = subscriptions.c
    query = select(subscriptions).where(told.plan_id.in_(counted.tied), told.from_at < by)
    for row in connection.execute(query.where(counted.held())).all():
        if row.plan_id in plans and row.until_at != row.from_at:  # else replaced before it began
            plan = plans[row.plan_id]
            held = Subscription(row.id, row.plan_id, plan, row.from_at, row.until_at)
            yield from _periods(connection, row.customer_id, held, by)


def _periods(connection: Any, customer: str, held: Subscription, by: int) -> Iterator[_Earned]:
    from seedbed.ledger.terms import term_of

    plan, at = held.plan, held.from_at
    until = by if held.until_at is None else min(by, held.until_at)
    while at < until:
        term = term_of(customer, held, at)
        at = term.period[1]
        if plan.fee:
            yield _Earned(term.period, net_of_tax(plan, plan.fee * term.lasted))
        if plan.minimum and at <= by:
            topped = _topped_up(connection, held, term.period, term.lasted)
            yield _Earned((at - 1, at), net_of_tax(plan, topped))


def _topped_up(connection: Any, held: Subscription, period: Period, lasted: Fraction) -> int:
    """Return the nanos that a period's invoice adds to reach the minimum."""
    from seedbed.ledger import counting
    from seedbed.ledger.days import BILLABLE
    from seedbed.ledger.lines import build
    from seedbed.ledger.schema.calls import calls

    mine = calls.c.subscription_id == held.id
    used = counting.counted(connection, mine, BILLABLE, counting.within(*period))
    lines = build(held.plan, used, lasted=lasted)
    return sum(line.amount for line in lines if line.kind == "minimum")


def _taken_back(connection: Any, counted: Counted, plans: dict[str, Plan]) -> Iterator[_Earned]:
    """Yield what credit notes took back, below nought."""
    from sqlalchemy import select

    from seedbed.ledger.schema.billing import credit_notes, invoices

    query = (
        select(credit_notes.c.at, credit_notes.c.body)
        .join(invoices, invoices.c.id == credit_notes.c.invoice_id)
        .where(invoices.c.customer_id.not_in(counted.trial), invoices.c.plan_id.in_(plans))
    )
    for at, body in connection.execute(query):
        yield _Earned((at, at + 1), Fraction(to_nanos(body["subtotal"])))
