"""What an answer costs a customer today, by a version of a billing plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from seedbed.errors import VentureWrong
from seedbed.venture.assumption import Assumption
from seedbed.venture.income import in_main_units, net_of_tax

if TYPE_CHECKING:
    from seedbed.ledger.plan import Plan
    from seedbed.ledger.plans import Published


@dataclass(frozen=True, slots=True)
class Usual:
    """What a customer uses in a month: what a price with a fee or tiers depends on.

    Attributes:
        release: The release that is called.
        answers: A month; None: not known.
        tokens: Of an answer; None: not known.
        seconds: Of the engine, an answer; None: not known.
    """

    release: str
    answers: float | None = None
    tokens: float | None = None
    seconds: float | None = None


def price(published: Published, usual: Usual, currency: str) -> tuple[Assumption, str] | None:
    """Return what an answer costs at the usual use, and where that stands; None: it cannot be told.

    A plan with one price for every answer needs no use to be known; fees, included units and tiers
    are spread over the answers of a month. Tax is not ours and is left out.

    Raises:
        VentureWrong: the plan is in another currency than the venture.
    """
    from seedbed.ledger.periods import moment

    plan = published.plan
    if plan.currency != currency:
        raise VentureWrong(
            expected=f"a plan in {currency}, the venture's currency",
            got=f"{plan.name} in {plan.currency}",
            do="Name a plan in this currency, or change the venture's.",
            where="about.plans",
        )
    named = f"plan {plan.name}, version {published.version}"
    made = moment(published.made_at).date()
    if (flat := _flat(plan, usual.release)) is not None:
        return _told(flat, named, made), named
    spread = _spread(plan, usual)
    if spread is None:
        return None
    where = f"{named}, at {usual.answers:,.0f} answers a month"
    return _told(spread, where, made), where


def _told(amount: Decimal, source: str, made: date) -> Assumption:
    return Assumption(float(amount), source=f"{source}, without tax", date=made, floor=0.0)


def _flat(plan: Plan, release: str) -> Decimal | None:
    """Return the price of an answer where it is the same for each, whatever is used."""
    found = plan.charge_for(release)
    if found is None or plan.fee or plan.minimum:
        return None
    charge = found[1]
    if charge.meter != "answers" or charge.included or len(charge.tiers) != 1:
        return None
    return in_main_units(net_of_tax(plan, Fraction(charge.tiers[0].price, charge.per)))


def _spread(plan: Plan, usual: Usual) -> Decimal | None:
    from seedbed.venture.bills import Used, bill

    found = plan.charge_for(usual.release)
    if found is None or not usual.answers:
        return None
    charge = found[1]
    if {"tokens": usual.tokens, "compute_seconds": usual.seconds}.get(charge.meter, 1.0) is None:
        return None
    counts = (1.0, usual.tokens or 0.0, (usual.seconds or 0.0) * 1e6)
    used = Used(usual.release, *(round(usual.answers * each) for each in counts))
    told = bill(plan, [used])
    answers = Decimal(used.answers) * Decimal(told.served)
    return told.amount / answers if told.amount and answers else None
