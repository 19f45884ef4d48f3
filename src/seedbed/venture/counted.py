"""Which customers of a ledger tell of the venture: those who can come to pay.

Left out are the customer that `seedbed up` and `seedbed serve --trial` make to try a server with,
and whoever is on a version of a plan that can never charge. Of those who count, only who is on a
plan with a fee or a commitment ends it to leave: who pays by use just stops calling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedbed.ledger.pricing import most

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from seedbed.ledger.database import Database
    from seedbed.ledger.plan import Plan


@dataclass(frozen=True, slots=True)
class Counted:
    """Who counts in a ledger.

    Attributes:
        trial: Customers who are a server's own trial.
        free: Versions of plans that can never charge.
        tied: Versions that charge whether one calls or not: a fee, or a commitment.
    """

    trial: frozenset[str]
    free: frozenset[str]
    tied: frozenset[str]

    @classmethod
    def of(cls, database: Database) -> Counted:
        """Return who counts in a ledger as it stands."""
        from sqlalchemy import select

        from seedbed.ledger.schema.accounts import customers
        from seedbed.serve.trial import NAME

        plans = versions(database)
        with database.reading() as connection:
            query = select(customers.c.id).where(customers.c.name == NAME)
            trial = frozenset(connection.execute(query).scalars())
        free = frozenset(one for one, plan in plans.items() if not can_charge(plan))
        tied = frozenset(one for one, plan in plans.items() if plan.fee or plan.minimum)
        return cls(trial, free, tied)

    def held(self) -> ColumnElement[bool]:
        """Return the condition for a subscription to count."""
        from seedbed.ledger.schema.accounts import subscriptions

        told = subscriptions.c
        return told.customer_id.not_in(self.trial) & told.plan_id.not_in(self.free)

    def called(self) -> ColumnElement[bool]:
        """Return the condition for a call to be one of a customer who counts."""
        from seedbed.ledger.schema.calls import calls

        told = calls.c
        paid = told.plan_id.is_(None) | told.plan_id.not_in(self.free)
        return told.customer_id.is_not(None) & told.customer_id.not_in(self.trial) & paid

    def left_out(self, connection: Any, start: int, end: int) -> int:
        """Return how many had plans from one moment to another (in µs), and none that counts."""
        from sqlalchemy import select

        from seedbed.ledger.schema.accounts import subscriptions

        told = subscriptions.c
        query = select(told.customer_id).where(
            told.from_at <= end, told.until_at.is_(None) | (told.until_at > start)
        )
        everyone = set(connection.execute(query).scalars())
        return len(everyone - set(connection.execute(query.where(self.held())).scalars()))


def can_charge(plan: Plan) -> bool:
    """Tell whether a period under a plan can ever cost anything."""
    if plan.fee or plan.minimum:
        return True
    if plan.limits.spend == 0:
        return False
    quota = plan.quota_units
    if quota is not None:
        return any(most(one, 0, quota) > 0 for one in plan.charges)
    return any(tier.price for one in plan.charges for tier in one.tiers)


def versions(database: Database) -> Mapping[str, Plan]:
    """Return every version of every plan by its id."""
    from sqlalchemy import select

    from seedbed.ledger.plans import Plans
    from seedbed.ledger.schema.billing import plans

    store = Plans(database)
    with database.reading() as connection:
        known = list(connection.execute(select(plans.c.id)).scalars())
        return {one: store.by_id(one, connection).plan for one in known}
