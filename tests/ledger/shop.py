"""A ledger that takes calls, with customers, keys and what the tests ask of it again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from sqlalchemy import select

from seedbed.ledger.account import Account
from seedbed.ledger.call import Admitted, Claim, Replay, Settlement
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.key import Key
from seedbed.ledger.ledger import Ledger
from seedbed.ledger.money import NANOS
from seedbed.ledger.schema.calls import calls

PREPAID: dict[str, Any] = {
    "name": "prepaid",
    "currency": "USD",
    "payment": "prepaid",
    "charges": [{"tiers": [{"price": "1"}]}],
}
"""A dollar an answer, drawn from credit."""

WAIT = 20.0


class Shop:
    """A ledger, opened and started."""

    def __init__(self, database: Database, clock: Clock | None = None, **told: Any) -> None:
        self.ledger = Ledger(database, clock, **told)
        self.database = database
        self.ledger.start()

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def key(self, plan: Mapping[str, Any] = PREPAID, credit: int = 100, **customer: Any) -> Key:
        """Make a customer on a plan, with credit in main units, and return a key of it."""
        published = self.ledger.plans.publish(plan)
        currency = published.plan.currency
        made = self.ledger.customers.create("Acme", currency=currency, **customer)
        self.ledger.subscriptions.subscribe(made.id, published.name)
        if credit:
            self.ledger.credits.grant(made.id, credit * NANOS)
        return self.ledger.keys.create(made.id)[0]

    def claim(self, key: Key, rows: int = 1, **told: Any) -> Future[Admitted | Replay]:
        named = {"verb": "predict", "route": "/v1/predict/x", "release": "x", "number": 1}
        named |= {"alias": "champion", "tokens": 7 * rows, "body_hash": "b"}
        call = told.pop("call_id", None) or new_id("call", self.ledger.clock.now())
        return self.ledger.claim(Claim(call, key, rows=rows, **named | told))

    def settle(self, call: str, key: Key, **told: Any) -> Future[int]:
        named = {"engine": "onnx", "tokens": 7, "compute_us": 1500, "latency_us": 2500}
        return self.ledger.settle(Settlement(call, key, **named | {"answer": b"yes"} | told))

    def call(self, key: Key, rows: int = 1, **told: Any) -> int:
        """Make a whole call, and return what it was charged."""
        admitted = self.claim(key, rows, **told).result(WAIT)
        assert isinstance(admitted, Admitted)
        return self.settle(admitted.call_id, key).result(WAIT)

    def rows(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the rows of calls, oldest first."""
        query = select(calls).order_by(calls.c.id)
        for name, value in wanted.items():
            query = query.where(calls.c[name] == value)
        with self.database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def statuses(self) -> dict[str, int]:
        """Count the calls by what became of them."""
        found: dict[str, int] = {}
        for row in self.rows():
            found[row["status"]] = found.get(row["status"], 0) + 1
        return found

    def account(self, key: Key) -> Account:
        with self.database.reading() as connection:
            return self.ledger.accounts.read(connection, key.customer_id or "")

    def exact(self, key: Key, paid_in: int = 100) -> None:
        """Check that an account is what its calls and its credit make it."""
        account = self.account(key)
        mine = self.rows(customer_id=key.customer_id)
        assert account.credit == paid_in * NANOS - sum(row["price"] for row in mine)
        assert account.in_flight == sum(row["status"] == "reserved" for row in mine)
        for period in account.periods:
            of = [row for row in mine if row["subscription_id"] == period.subscription_id]
            of = [row for row in of if period.start <= row["at"] < period.end]
            used = sum(row["units"] for row in of if row["status"] == "answered")
            held = sum(row["units"] for row in of if row["status"] == "reserved")
            assert (period.used, period.taken - period.used) == (used, held)
            assert period.spent == sum(row["price"] for row in of)


def until(true: Callable[[], bool], seconds: float = WAIT) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)
