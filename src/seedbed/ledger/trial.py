"""A year of a plan in a second: real rows, real invoices, a clock that is moved by hand.

What the plan's limits refuse is refused here too: a plan with a quota of 1,000 answers gives 1,000
a month, whatever is asked for.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from seedbed.errors import Refused
from seedbed.ledger import admission
from seedbed.ledger.account import Account, Ask
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Manual
from seedbed.ledger.credits import Credits
from seedbed.ledger.customers import Customers
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.invoice import Invoice
from seedbed.ledger.invoices import Invoices
from seedbed.ledger.money import NANOS
from seedbed.ledger.periods import micros, starts
from seedbed.ledger.plan import Charge, Plan
from seedbed.ledger.plans import Plans
from seedbed.ledger.pricing import cost
from seedbed.ledger.schema import metadata
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.statements import EMPTY_CALL
from seedbed.ledger.subscriptions import Subscriptions

START = micros(datetime(2026, 1, 1, tzinfo=UTC))
CALLS = 28
"""Calls that a month's usage is spread over."""


@dataclass(frozen=True, slots=True)
class _Year:
    """A customer on a plan in a ledger of its own."""

    database: Database
    clock: Manual
    accounts: Accounts
    plan: Plan
    customer: str
    release: str
    charge: Charge

    def month(self, begin: int, end: int, units: int) -> None:
        """Spread a month's units over calls."""
        step = (end - begin) // CALLS
        with self.database.writing() as connection:
            for i in range(CALLS):
                now = self.clock.set(begin + i * step)
                part = units * (i + 1) // CALLS - units * i // CALLS
                account = self.accounts.one(connection, self.customer)
                self.accounts.rolled(connection, account, now)
                if part:
                    connection.execute(insert(calls), self._call(account, part, now))
                self.accounts.save(connection, [account])

    def _call(self, account: Account, units: int, now: int) -> dict[str, Any]:
        """Return the row of a call of so many units, as answered or as refused."""
        rows = units
        if self.charge.meter == "compute_seconds":
            rows = -(-units // self.plan.limits.compute_us_per_row)
        row = EMPTY_CALL | {"id": new_id("call", now), "customer_id": self.customer, "at": now}
        row |= {"release": self.release, "verb": "predict", "rows": rows, "ended_at": now}
        try:
            hold = admission.decide(account, Ask(self.release, rows, tokens=units), now)
        except Refused as refused:
            return row | {"status": "refused", "reason": type(refused).__name__}
        price = admission.settle(account, hold, units)
        row |= {"subscription_id": hold.subscription_id, "plan_id": hold.plan_id}
        return row | {"status": "answered", "charge": hold.charge, "units": units, "price": price}


def year(plan: Plan, monthly: int, *, release: str | None = None) -> list[Invoice]:
    """Return the invoices of a plan's first year, from 1 January 2026.

    A prepaid customer tops up what each month needs, in whole units of the currency.

    Args:
        plan: The plan to try.
        monthly: Answers, tokens or seconds of compute of each month.
        release: The release that is called; by default one that the plan's last charge is for.
    """
    with tempfile.TemporaryDirectory(prefix="seedbed-year-") as folder:
        database = Database(Path(folder) / "ledger.db")
        try:
            return list(_lived(database, plan, monthly, release))
        finally:
            database.close()


def _lived(database: Database, plan: Plan, monthly: int, release: str | None) -> Iterator[Invoice]:
    with database.writing() as connection:
        metadata.create_all(connection)
    clock, accounts = Manual(START), Accounts()
    plans = Plans(database, clock)
    plans.publish(plan)
    made = Customers(database, accounts, clock).create("A year", currency=plan.currency)
    Subscriptions(database, accounts, plans, clock).subscribe(made.id, plan.name)
    called = release or re.sub(r"[*?\[\]]+", "example", plan.charges[-1].release)
    found = plan.charge_for(called)
    charge = plan.charges[-1] if found is None else found[1]
    life = _Year(database, clock, accounts, plan, made.id, called, charge)
    invoices = Invoices(database, accounts, clock)
    for month in range(12):
        begin, end = starts(START, "month", month), starts(START, "month", month + 1)
        units = monthly * charge.scale
        _top_up(life, cost(charge, units))
        life.month(begin, end, units)
        clock.set(end)
        yield from invoices.close_due(grace=0)


def _top_up(life: _Year, price: int) -> None:
    if life.plan.payment == "prepaid" and price:
        store = Credits(life.database, life.accounts, life.clock)
        store.top_up(life.customer, -(-price // NANOS) * NANOS)
