"""What an invoice is made from, read out of the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from seedbed.ledger import counting, days, seller
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.document import Content, Credit
from seedbed.ledger.lines import Counted, Late, build
from seedbed.ledger.money import to_nanos
from seedbed.ledger.periods import Period, period_of
from seedbed.ledger.schema.accounts import customers
from seedbed.ledger.schema.billing import invoice_lines, invoices, plans
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.terms import Term


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads in one transaction what an invoice for a term is made from."""

    connection: Connection
    accounts: Accounts
    term: Term

    def content(self, invoice_id: str = "") -> Content:
        """Return what a draft is made from, by the calls that it has taken.

        Without an invoice it is what one would be made from now: calls that none has.
        """
        plan_id = self.term.subscription.plan_id
        mine = self._of_draft(invoice_id) if invoice_id else self._of_nobody()
        counts, endings = self._taken(invoice_id) if invoice_id else self._so_far()
        late = list(self._late(mine))
        lines = build(
            self.term.subscription.plan,
            counts,
            late,
            lasted=self.term.lasted,
            ended=self.term.ended,
        )
        return Content(
            id=invoice_id,
            seller=seller.current(self.connection),
            customer=self._customer(),
            plan_id=plan_id,
            version=self._version(plan_id),
            plan=self.term.subscription.plan,
            period=self.term.period,
            lines=lines,
            credit=self._credit([*counts, *(one for each in late for one in each.counted)]),
            available=self._available(),
            calls=endings,
        )

    def _taken(self, invoice_id: str) -> tuple[list[Counted], dict[str, int]]:
        """Return what a draft's calls of the term add up to, and how all of the term's ended."""
        customer, period = self.term.customer_id, self.term.period
        mine = self._of_draft(invoice_id), counting.within(*period)
        endings = counting.endings(self.connection, customer, period)
        return counting.counted(self.connection, *mine), endings

    def _so_far(self) -> tuple[list[Counted], dict[str, int]]:
        """Return the same of calls that no invoice has, by days that are kept as far as can be."""
        found = list(days.parts(self.connection, self.term.customer_id, *self.term.period))
        return counting.unbilled(found, self.term.subscription.id), counting.ended(found)

    def _of_draft(self, invoice_id: str) -> ColumnElement[bool]:
        return calls.c.invoice_id == invoice_id

    def _of_nobody(self) -> ColumnElement[bool]:
        """Return the condition of a preview: calls of the term, and those late for theirs.

        Calls of a period that has ended but has no final invoice yet will be on that one.
        """
        start, end = self.term.period
        late = calls.c.at < min(start, self.closed() or 0)
        return and_(counting.of(self.term.subscription.id), or_(counting.within(start, end), late))

    def closed(self) -> int | None:
        """Return the end of the subscription's last final invoice, if it has one."""
        query = select(func.max(invoices.c.period_end)).where(
            invoices.c.subscription_id == self.term.subscription.id,
            invoices.c.status == "final",
        )
        found: int | None = self.connection.execute(query).scalar_one()
        return found

    def _late(self, mine: ColumnElement[bool]) -> Iterator[Late]:
        """Yield what calls of earlier periods add up to, period by period."""
        at, start = 0, self.term.period[0]
        held = self.term.subscription
        while (
            first := counting.oldest(self.connection, mine, counting.within(at, start))
        ) is not None:
            begun, at = period_of(held.from_at, held.plan.period, first)
            at = min(at, start)
            counts = counting.counted(self.connection, mine, counting.within(begun, at))
            yield Late((begun, at), counts, self._uncovered((begun, at)))

    def _uncovered(self, period: Period) -> int:
        """Return what of a period's top-up to the minimum no late usage has used up yet."""
        lines = (
            select(invoice_lines)
            .join(invoices, invoices.c.id == invoice_lines.c.invoice_id)
            .where(invoices.c.subscription_id == self.term.subscription.id)
            .where(invoices.c.status == "final", invoice_lines.c.kind.in_(("minimum", "late")))
            .add_columns(invoices.c.period_start)
        )
        left = 0
        for row in self.connection.execute(lines):
            if row.kind == "minimum" and row.period_start == period[0]:
                left += row.amount
            elif row.kind == "late" and row.details["period_start"] == period[0]:
                left -= to_nanos(row.details.get("covered_by_minimum", 0))
        return left

    def _customer(self) -> dict[str, Any]:
        query = select(customers).where(customers.c.id == self.term.customer_id)
        row = self.connection.execute(query).one()
        told = {name: getattr(row, name) for name in ("id", "name", "email", "language")}
        address = row.settings.get("address") or []
        told["address"] = address.splitlines() if isinstance(address, str) else list(address)
        return told | {"tax_id": row.settings.get("tax_id") or ""}

    def _version(self, plan_id: str) -> int:
        query = select(plans.c.version).where(plans.c.id == plan_id)
        return int(self.connection.execute(query).scalar_one())

    def _credit(self, counts: list[Counted]) -> Credit | None:
        if self.term.subscription.plan.payment != "prepaid":
            return None
        moved = counting.credited(self.connection, self.term.customer_id, self.term.period)
        return Credit(*moved, drawn=sum(one.price for one in counts))

    def _available(self) -> int:
        """Return the credit that a postpaid invoice may be paid from: what no call holds."""
        if self.term.subscription.plan.payment == "prepaid":
            return 0
        account = self.accounts.read(self.connection, self.term.customer_id)
        return max(0, account.credit - account.held)
