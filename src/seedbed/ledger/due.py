"""Which terms of which subscriptions need an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from seedbed.errors import RecordMissing
from seedbed.ledger.account import Subscription
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.counting import UNBILLED
from seedbed.ledger.invoice import FINAL
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.accounts import subscriptions
from seedbed.ledger.schema.billing import invoices
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.terms import Term, next_owed, term_of


@dataclass(frozen=True, slots=True)
class Due:
    """Looks for terms in one transaction."""

    connection: Connection
    accounts: Accounts
    plans: Plans

    def begun(
        self, by: int, *, customer_id: str | None = None, subscription_id: str | None = None
    ) -> Sequence[Row[Any]]:
        """Return the subscriptions that had begun by a moment, for `first`, by customer."""
        closed = (
            select(func.max(invoices.c.period_end))
            .where(invoices.c.subscription_id == subscriptions.c.id, invoices.c.status == FINAL)
            .scalar_subquery()
        )
        unbilled = (
            select(func.min(calls.c.at))
            .where(calls.c.subscription_id == subscriptions.c.id, UNBILLED)
            .scalar_subquery()
        )
        query = (
            select(subscriptions, closed.label("closed"), unbilled.label("unbilled"))
            .where(subscriptions.c.from_at < by)
            .order_by(subscriptions.c.customer_id, subscriptions.c.from_at, subscriptions.c.id)
        )
        if customer_id is not None:
            query = query.where(subscriptions.c.customer_id == customer_id)
        if subscription_id is not None:
            query = query.where(subscriptions.c.id == subscription_id)
        return self.connection.execute(query).all()

    def first(self, row: Row[Any], by: int) -> list[Term]:
        """Return the first term of a subscription that is over and needs an invoice, if any."""
        held = self._subscription(row)
        if held.until_at is not None and held.until_at <= held.from_at and row.unbilled is None:
            return []  # it was replaced before it began
        term = next_owed(row.customer_id, held, row.closed, row.unbilled, by)
        return [] if term is None else [term]

    def current(self, customer_id: str, at: int) -> Term:
        """Return the term that a moment lies in; after the end of the last plan, its last term.

        Raises:
            RecordMissing: there is no such customer, or it has had no plan by then.
        """
        self.accounts.read(self.connection, customer_id)
        begun = [
            one
            for one in self.accounts.subscriptions(self.connection, customer_id)
            if one.from_at <= at and one.until_at != one.from_at
        ]
        if not begun:
            raise RecordMissing(
                expected=f"a plan of {customer_id} at that time",
                got="none",
                do="Put the customer on a plan: seedbed customers subscribe CUSTOMER PLAN.",
            )
        held = max(begun, key=lambda one: (one.from_at, one.id))
        last = at if held.until_at is None else min(at, held.until_at - 1)
        return term_of(customer_id, held, last)

    def of_invoice(self, row: Row[Any]) -> Term:
        """Return the term that an invoice is for."""
        held = self._subscription(
            self.connection.execute(
                select(subscriptions).where(subscriptions.c.id == row.subscription_id)
            ).one()
        )
        return term_of(row.customer_id, held, row.period_start)

    def _subscription(self, row: Row[Any]) -> Subscription:
        plan = self.plans.by_id(row.plan_id, self.connection).plan
        return Subscription(row.id, row.plan_id, plan, row.from_at, row.until_at)
