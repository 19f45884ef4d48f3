"""A real ledger in a file, with customers who come, call and leave on given days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Manual
from seedbed.ledger.customers import Customers
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.migrations import migrate
from seedbed.ledger.money import NANOS
from seedbed.ledger.periods import micros
from seedbed.ledger.plan_file import example, parse
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.accounts import subscriptions
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.statements import EMPTY_CALL
from seedbed.ledger.subscriptions import Subscriptions


def at(day: date | str, hour: int = 12) -> int:
    """Return an hour of a day in µs."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return micros(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


class Ledger:
    """A ledger in a home's folder."""

    def __init__(self, home: Path, plan: str = "starter") -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.database = Database(home / "ledger.db")
        migrate(self.database)
        self.clock = Manual(at("2025-01-01"))
        self.accounts = Accounts()
        self.plans = Plans(self.database, self.clock)
        self.plan = self.plans.publish(parse(example(plan))).name

    def customer(self, came: date | str, left: date | str | None = None) -> str:
        """Make a customer with a plan from one day to another."""
        self.clock.set(max(at(came), self.clock.now()))
        stores = (self.database, self.accounts)
        made = Customers(*stores, self.clock).create("Acme")
        store = Subscriptions(*stores, self.plans, self.clock)
        held = store.subscribe(made.id, self.plan, start=at(came))
        ends: dict[str, Any] = {"from_at": at(came)}
        if left is not None:
            ends["until_at"] = at(left)
        with self.database.writing() as connection:
            connection.execute(
                update(subscriptions).where(subscriptions.c.id == held.id).values(ends)
            )
        return made.id

    def call(self, customer: str, day: date | str, answers: int = 1, **row: Any) -> None:
        """Write a call that was answered."""
        price = int(row.pop("price", 0) * NANOS)
        hour = row.pop("hour", 12)
        told = {"id": new_id("call", at(day, hour)), "customer_id": customer, "at": at(day, hour)}
        told |= {"release": "bank", "verb": "predict", "status": "answered", "rows": answers}
        told |= {"units": answers, "price": price, "tokens": 40 * answers}
        with self.database.writing() as connection:
            connection.execute(insert(calls), EMPTY_CALL | told | row)

    def days(self, customer: str, first: str, every: int, many: int, price: float = 0.5) -> None:
        """Let a customer call every so many days."""
        begun = date.fromisoformat(first)
        for i in range(many):
            self.call(customer, begun + timedelta(days=i * every), 100 + i, price=price)
