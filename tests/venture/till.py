"""A real ledger on SQLite whose clock is moved by hand: customers, plans, calls of many answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from seedbed.home import Home
from seedbed.ledger.call import Admitted, Claim, Settlement
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.key import Key
from seedbed.ledger.ledger import Ledger
from seedbed.ledger.periods import micros
from seedbed.ledger.plan import Plan

WAIT = 20.0

FLAT: dict[str, Any] = {
    "name": "pay-per-use",
    "currency": "USD",
    "charges": [{"per": 1000, "tiers": [{"price": "0.80"}]}],
}
"""0.0008 dollars an answer."""


class Till:
    """The home's ledger, taking calls."""

    def __init__(self, folder: Path, begin: str) -> None:
        self.home = Home(folder)
        self.clock = Manual(self._at(begin))
        self.ledger = Ledger(Database.open(self.home), self.clock)
        self.ledger.start()

    def __enter__(self) -> Till:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ledger.close()

    def to(self, when: str) -> None:
        """Move the clock to a day."""
        self.clock.set(self._at(when))

    def customer(self, plan: Plan | Mapping[str, Any] = FLAT, name: str = "Acme") -> Key:
        """Make a customer on a plan, from now on."""
        published = self.ledger.plans.publish(plan)
        made = self.ledger.customers.create(name, currency=published.plan.currency)
        self.ledger.subscriptions.subscribe(made.id, published.name)
        return self.ledger.keys.create(made.id)[0]

    def answer(self, key: Key, rows: int, *, tokens: int = 7, compute_us: int = 2500) -> None:
        """Answer so many rows in one call; tokens and time are of each."""
        call = new_id("call", self.clock.now())
        named: dict[str, Any] = {"verb": "predict", "route": "/v1/predict/x", "release": "x"}
        named |= {"number": 1, "alias": "champion", "body_hash": "b"}
        claim = Claim(call, key, rows=rows, tokens=tokens * rows, **named)
        assert isinstance(self.ledger.claim(claim).result(WAIT), Admitted)
        told: dict[str, Any] = {"engine": "onnx", "latency_us": 2500, "answer": b"yes"}
        told |= {"tokens": tokens * rows, "compute_us": compute_us * rows}
        self.ledger.settle(Settlement(call, key, **told)).result(WAIT)

    def leave(self, key: Key) -> None:
        """End a customer's plan now."""
        self.ledger.subscriptions.cancel(str(key.customer_id), when="now")

    @staticmethod
    def _at(day: str) -> int:
        return micros(datetime.fromisoformat(day).replace(tzinfo=UTC))
