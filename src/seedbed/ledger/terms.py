"""The stretch of a subscription that one invoice is for: a period, or what there was of it.

A subscription that ends within a period, because of a change of plan at once, owes the fee and the
minimum for the part that it lasted, by the microsecond; what is included is not cut. Calls that
come to light after its end are invoiced by the periods that would have followed, without a fee.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from seedbed.ledger.account import Subscription
from seedbed.ledger.periods import Period, period_of


@dataclass(frozen=True, slots=True)
class Term:
    """What one invoice is for.

    Attributes:
        customer_id: Who pays.
        subscription: By what agreement.
        period: From when until when.
        lasted: How much of the whole period that is.
        ended: Whether the subscription had ended before it.
    """

    customer_id: str
    subscription: Subscription
    period: Period
    lasted: Fraction
    ended: bool

    @property
    def owed_anyhow(self) -> bool:
        """Tell whether an invoice is due even if nothing was used."""
        plan = self.subscription.plan
        return not self.ended and bool(plan.fee or plan.minimum)


def term_of(customer_id: str, subscription: Subscription, moment: int) -> Term:
    """Return the term of a subscription that a moment lies in."""
    plan, until = subscription.plan, subscription.until_at
    start, end = period_of(subscription.from_at, plan.period, moment)
    if until is not None and moment >= until:
        return Term(customer_id, subscription, (max(start, until), end), Fraction(1), ended=True)
    last = end if until is None else min(end, until)
    lasted = Fraction(last - start, end - start)
    return Term(customer_id, subscription, (start, last), lasted, ended=False)


def next_owed(
    customer_id: str, subscription: Subscription, closed: int | None, unbilled: int | None, by: int
) -> Term | None:
    """Return the first term over by a moment that needs an invoice, if any does.

    Args:
        customer_id: Who pays.
        subscription: Whose terms.
        closed: The end of its last final invoice, if it has one.
        unbilled: When the oldest of its calls that no invoice has was let in.
        by: The moment.
    """
    at = subscription.from_at if closed is None else closed
    term = term_of(customer_id, subscription, at)
    if not term.owed_anyhow:  # nothing for it: look where there is something
        if unbilled is None:
            return None
        term = term_of(customer_id, subscription, max(at, unbilled))
    return term if term.period[1] <= by else None
