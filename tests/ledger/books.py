"""A ledger's stores, and calls that are admitted and settled as the writer does it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, update

from seedbed.ledger import admission
from seedbed.ledger.account import Ask, Hold
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Manual
from seedbed.ledger.credit_notes import CreditNotes
from seedbed.ledger.credits import Credits
from seedbed.ledger.customers import Customers
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.invoices import Invoices
from seedbed.ledger.money import plain
from seedbed.ledger.periods import micros
from seedbed.ledger.plan_file import example, parse
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.seller import Sellers
from seedbed.ledger.statements import EMPTY_CALL
from seedbed.ledger.subscriptions import Subscriptions
from seedbed.ledger.usage import Usage


def at(text: str) -> int:
    """Return a date and time in UTC as µs."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


class Books:
    """The stores of a ledger on a clock that is moved by hand."""

    def __init__(self, database: Database, clock: Manual) -> None:
        self.database = database
        self.clock = clock
        self.accounts = Accounts()
        stores = (database, self.accounts, clock)
        self.plans = Plans(database, clock)
        self.sellers = Sellers(database, clock)
        self.customers = Customers(*stores)
        self.subscriptions = Subscriptions(database, self.accounts, self.plans, clock)
        self.credits = Credits(*stores)
        self.invoices = Invoices(*stores)
        self.notes = CreditNotes(*stores)
        self.usage = Usage(database)

    def customer(self, plan: Any, **told: Any) -> str:
        """Make a customer on a plan: an example's name, a mapping or a `Plan`."""
        published = self.plans.publish(parse(example(plan)) if isinstance(plan, str) else plan)
        told = {"currency": published.plan.currency} | told
        made = self.customers.create(told.pop("name", "Acme GmbH"), **told)
        self.subscriptions.subscribe(made.id, published.name)
        return made.id

    def begin(
        self, customer: str, units: int, release: str = "bank", **row: Any
    ) -> tuple[str, Hold]:
        """Admit a call of so many answers, tokens or µs."""
        now, call = self.clock.now(), new_id("call", self.clock.now())
        with self.database.writing() as connection:
            account = self.accounts.one(connection, customer)
            self.accounts.rolled(connection, account, now)
            rows = units
            if account.period and account.period.plan.charges[0].meter == "compute_seconds":
                rows = -(-units // account.period.plan.limits.compute_us_per_row)
            hold = admission.decide(account, Ask(release, rows, units), now)
            told = {"id": call, "customer_id": customer, "release": release, "status": "reserved"}
            told |= {"subscription_id": hold.subscription_id, "plan_id": hold.plan_id}
            told |= {"charge": hold.charge, "units": hold.units, "at": hold.at, "verb": "predict"}
            connection.execute(insert(calls), EMPTY_CALL | told | row)
            self.accounts.save(connection, [account])
        return call, hold

    def end(self, customer: str, begun: tuple[str, Hold], units: int) -> None:
        """Settle a call that was admitted."""
        call, hold = begun
        with self.database.writing() as connection:
            account = self.accounts.one(connection, customer)
            price = admission.settle(account, hold, units)
            told = {"status": "answered", "units": units, "price": price}
            told |= {"ended_at": self.clock.now()}
            connection.execute(update(calls).where(calls.c.id == call).values(told))
            self.accounts.save(connection, [account])

    def answer(self, customer: str, *counts: int, release: str = "bank", **row: Any) -> None:
        """Answer calls of so many units each."""
        for units in counts:
            self.end(customer, self.begin(customer, units, release, **row), units)

    def free(self, customer: str, status: str) -> None:
        """Leave the row of a call that cost nothing."""
        now = self.clock.now()
        row = {"id": new_id("call", now), "customer_id": customer, "at": now, "status": status}
        with self.database.writing() as connection:
            connection.execute(insert(calls), EMPTY_CALL | row)


def amounts(document: Any) -> list[tuple[str, str]]:
    """Return kind and amount of a document's lines."""
    return [(line["kind"], line["amount"]) for line in document["lines"]]


def asked(document: Any) -> tuple[str, str, str]:
    """Return what a document asks for: subtotal, tax, total."""
    return document["subtotal"], document["tax"], document["total"]


def decimal(nanos: int) -> str:
    """Return nanos as a decimal."""
    return plain(nanos, "USD")
