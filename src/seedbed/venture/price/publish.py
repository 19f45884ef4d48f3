"""A price as a new version of a billing plan: what it would say, and what changes for whom.

With one price for every answer, that becomes the new one, with tax on it where the plan's prices
contain tax. Where there are tiers, included units or a fee, the fee stays and all tiers are
multiplied alike, so that an answer costs the new price at the usual use: by (P - f) / (P0 - f), f
being the fee for an answer. Minimum and limits stay. Versions that are published never change, and
who is subscribed to one keeps it until moved: nobody's bill changes by publishing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from seedbed.errors import VentureWrong
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.money import NANOS
from seedbed.ledger.plan import MICROS, Charge, Plan, Tier
from seedbed.ledger.plans import Plans, Published
from seedbed.ledger.schema.accounts import subscriptions
from seedbed.ledger.schema.billing import plans
from seedbed.venture.bills import PERIODS
from seedbed.venture.plan import Plan as Venture

DIGITS = 4
"""Digits that a price is rounded to, so that it can be printed."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one tier costs, before and after, in nanos for `per` units."""

    release: str
    meter: str
    per: int
    up_to: int | None
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that could be published.

    Attributes:
        before: The newest version.
        plan: What the next would say.
        steps: What changes.
        subscribed: Customers subscribed now, by the version that they stay on.
    """

    before: Published
    plan: Plan
    steps: tuple[Step, ...]
    subscribed: dict[int, int]

    @property
    def changes(self) -> bool:
        """Whether it says anything else than the newest version."""
        return self.plan != self.before.plan


def propose(
    database: Database,
    name: str,
    *,
    release: str,
    price: float,
    today: float,
    units: float,
    answers: float,
    now: int,
) -> Proposal:
    """Return the version that a price for an answer makes of a plan.

    Args:
        database: The ledger's.
        name: Of the plan.
        release: What is sold, to find its charge by.
        price: New price of an answer, in main units.
        today: Today's.
        units: Metered units in an answer: 1, its tokens, or its µs of compute.
        answers: Of a customer in a month, over which a fee is spread.
        now: The time (µs), for who is subscribed.

    Raises:
        RecordMissing: there is no such plan.
        VentureWrong: the plan has no price for the release, is free of charge, or its fee alone
            comes to more than the price.
    """
    before = Plans(database).get(name)
    found = before.plan.charge_for(release)
    priced = [] if found is None else [tier.price for tier in found[1].tiers]
    if found is None or not any(priced):
        raise VentureWrong(
            expected=f"a plan that asks a price for {release!r}",
            got=f"{name!r}, version {before.version}: "
            + ("no charge fits it" if found is None else "it is free of charge"),
            do="Name another plan with --plan, or change this one with `seedbed plans publish`.",
            where="about.plans",
        )
    index, charge = found
    made = _repriced(before.plan, charge, price, today, units, answers)
    charges = tuple(made if i == index else one for i, one in enumerate(before.plan.charges))
    plan = Plan.model_validate(before.plan.model_copy(update={"charges": charges}).model_dump())
    steps = tuple(
        Step(charge.release, charge.meter, charge.per, old.up_to, old.price, new.price)
        for old, new in zip(charge.tiers, made.tiers, strict=True)
    )
    return Proposal(before, plan, steps, _subscribed(database, name, now))


def units(database: Database, name: str, release: str, plan: Venture) -> float:
    """Return how many metered units of a plan's charge an answer of the release takes.

    Raises:
        RecordMissing: there is no such plan.
        MeasurementMissing: the charge is by tokens or compute, and nothing says how many it takes.
    """
    found = Plans(database).get(name).plan.charge_for(release)
    if found is None or found[1].meter == "answers":
        return 1.0
    if found[1].meter == "tokens":
        return plan.value("unit.tokens_per_answer")
    return MICROS / plan.value("unit.answers_per_second")


def publish(
    database: Database, proposal: Proposal, *, actor: str, clock: Clock | None = None
) -> Published:
    """Publish a proposal as the next version, with its row in the audit log.

    Raises:
        VentureWrong: somebody has published another version in the meantime.
    """
    store = Plans(database, clock)
    newest = store.get(proposal.before.name)
    if newest.id != proposal.before.id:
        raise VentureWrong(
            expected=f"{newest.name!r} as it was when you looked, version"
            f" {proposal.before.version}",
            got=f"version {newest.version}",
            do="Look again: seedbed plan price.",
        )
    return store.publish(proposal.plan, actor=actor)


def rounded(amount: Decimal) -> Decimal:
    """Return an amount to `DIGITS` digits, and to no more than nine decimals."""
    if not amount:
        return amount
    least = max(amount.adjusted() - DIGITS + 1, -9)
    return round(amount, -least) if least < 0 else Decimal(round(amount, -least))


def _repriced(
    plan: Plan, charge: Charge, price: float, today: float, units: float, answers: float
) -> Charge:
    flat = len(charge.tiers) == 1 and not charge.included and not plan.fee
    tax = 1 + plan.tax.percent / 100 if plan.tax and plan.tax.included else Decimal(1)
    exact = Decimal(str(price)) * tax * charge.per * charge.scale / Decimal(str(units))
    factor = Decimal(1) if flat else _factor(plan, price, today, answers, tax)

    def nanos(tier: Tier) -> int:
        return int(rounded(exact if flat else tier.price * factor / NANOS) * NANOS)

    tiers = tuple(tier.model_copy(update={"price": nanos(tier)}) for tier in charge.tiers)
    return charge.model_copy(update={"tiers": tiers})


def _factor(plan: Plan, price: float, today: float, answers: float, tax: Decimal) -> Decimal:
    """Return what all tiers are multiplied by, so that an answer costs the price with the fee."""
    months = PERIODS[plan.period]
    fee = plan.fee / tax / NANOS * months.denominator / months.numerator / Decimal(str(answers))
    if Decimal(str(min(price, today))) <= fee:
        raise VentureWrong(
            expected=f"a price above {fee:.4g}, the fee spread over {answers:,.0f} answers a month",
            got=f"{min(price, today):g}",
            do="Change the fee with `seedbed plans publish`, or name another plan with --plan.",
            where=f"plan {plan.name}",
        )
    return (Decimal(str(price)) - fee) / (Decimal(str(today)) - fee)


def _subscribed(database: Database, name: str, now: int) -> dict[int, int]:
    """Return how many customers are on each version now."""
    current = (subscriptions.c.from_at <= now) & (
        subscriptions.c.until_at.is_(None) | (subscriptions.c.until_at > now)
    )
    query = (
        select(plans.c.version, func.count(subscriptions.c.customer_id.distinct()).label("n"))
        .join(subscriptions, subscriptions.c.plan_id == plans.c.id)
        .where(plans.c.name == name, current)
        .group_by(plans.c.version)
    )
    with database.reading() as connection:
        return {int(row.version): int(row.n) for row in connection.execute(query)}
