"""What customers have agreed to: a version of a plan, from a moment on.

A plan's version is fixed for a period: publishing another version changes nothing for those who are
subscribed. A change takes effect when the period ends, or at once: then the period ends now, and a
new one begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from seedbed.errors import RecordConflict
from seedbed.ledger import audit
from seedbed.ledger.account import Account, Subscription, roll
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.plans import Plans, Published
from seedbed.ledger.schema.accounts import customers, subscriptions

When = Literal["now", "next"]


class Subscriptions:
    """The subscriptions of a ledger."""

    def __init__(self, database: Database, accounts: Accounts, plans: Plans, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._plans = plans
        self._clock = clock

    def subscribe(
        self,
        customer: str,
        plan: str,
        *,
        version: int | None = None,
        when: When = "next",
        start: int | None = None,
        actor: str = "system",
    ) -> Subscription:
        """Put a customer on a plan.

        Args:
            customer: Its id.
            plan: The plan's name.
            version: Of the plan; by default the newest.
            when: A change of plan: `next` when the period ends, `now` at once. A first plan begins
                at once.
            start: Count a first plan's periods from this moment (µs), now or before.
            actor: Who asks for it, for the audit log.

        Raises:
            RecordMissing: there is no such customer or plan.
            RecordConflict: the plan is in another currency than the customer.
        """
        published = self._plans.get(plan, version)
        with self._database.writing() as connection:
            account = self._accounts.one(connection, customer)
            self._check(connection, customer, published)
            self._accounts.rolled(connection, account, self._clock.now())
            begin = self._ended(connection, account, when)
            if account.period is None and start is not None:
                begin = min(start, begin)
            made = self._add(connection, customer, published, begin)
            self._begun(connection, account)
            told = {"subscription": made.id, "plan": plan, "version": published.version}
            told |= {"from_at": begin}
            audit.append(
                connection, self._clock.now(), actor, "subscription.create", customer, told
            )
        return made

    def cancel(self, customer: str, *, when: When = "next", actor: str = "system") -> int:
        """End a customer's subscription, and return when it ends (µs).

        Raises:
            RecordMissing: there is no such customer.
        """
        with self._database.writing() as connection:
            account = self._accounts.one(connection, customer)
            self._accounts.rolled(connection, account, self._clock.now())
            end = self._ended(connection, account, when)
            self._begun(connection, account)
            now = self._clock.now()
            audit.append(connection, now, actor, "subscription.cancel", customer, {"until_at": end})
        return end

    def list(self, customer: str) -> Sequence[Subscription]:
        """Return all that a customer has ever subscribed to, in order."""
        with self._database.reading() as connection:
            found = self._accounts.subscriptions(connection, customer)
        return sorted(found, key=lambda one: (one.from_at, one.id))

    def current(self, customer: str) -> Subscription | None:
        """Return the subscription in force now."""
        now = self._clock.now()
        return next((one for one in reversed(self.list(customer)) if one.covers(now)), None)

    def _check(self, connection: Connection, customer: str, published: Published) -> None:
        query = select(customers.c.currency).where(customers.c.id == customer)
        currency = connection.execute(query).scalar_one()
        if published.plan.currency != currency:
            raise RecordConflict(
                expected=f"a plan in {currency}, in which the customer pays",
                got=f"{published.name!r} in {published.plan.currency}",
                do="Choose another plan, or make a customer that pays in its currency.",
            )

    def _ended(self, connection: Connection, account: Account, when: When) -> int:
        """End what is subscribed now and later, and return the moment."""
        now = account.last_at
        end = account.period.end if account.period and when == "next" else now
        mine = subscriptions.c.customer_id == account.customer_id
        # What was to begin later never does: it ends as it begins.
        later = update(subscriptions).where(mine, subscriptions.c.from_at >= end)
        connection.execute(later.values(until_at=subscriptions.c.from_at))
        open_ = subscriptions.c.until_at.is_(None) | (subscriptions.c.until_at > end)
        running = update(subscriptions).where(mine, subscriptions.c.from_at < end, open_)
        connection.execute(running.values(until_at=end))
        return end

    def _add(
        self, connection: Connection, customer: str, published: Published, begin: int
    ) -> Subscription:
        now = self._clock.now()
        row: dict[str, Any] = {"id": new_id("subscription", now), "plan_id": published.id}
        row |= {"customer_id": customer, "from_at": begin, "made_at": now}
        connection.execute(insert(subscriptions), row)
        return Subscription(row["id"], published.id, published.plan, begin)

    def _begun(self, connection: Connection, account: Account) -> None:
        """Bring the account to what is in force now."""
        found = self._accounts.subscriptions(connection, account.customer_id)
        now, period = account.last_at, account.period
        in_force = {one.id for one in found if one.covers(now)}
        if period is None or period.subscription_id not in in_force:
            roll(account, found, now)
        self._accounts.save(connection, [account])
