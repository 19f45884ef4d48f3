"""A ledger of many calls, made by the writer's own statement in bulk rather than call by call."""

from __future__ import annotations

from sqlalchemy import select

from seedbed.home import Home
from seedbed.ledger.clock import System
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.keys import Keys
from seedbed.ledger.schema.accounts import accounts
from seedbed.ledger.statements import ADD_CALLS, EMPTY_CALL

AT_ONCE = 20_000
PRICE = 10_000_000
"""A cent, in nanos."""


def fill(made: Home, count: int, *, of: str) -> None:
    """Add answered calls of the customer with a key's secret, spread over its period until now."""
    database = Database.open(made)
    try:
        key = Keys(database, System()).authenticate(of)
        mine = accounts.c.customer_id == key.customer_id
        with database.reading() as connection:
            account = connection.execute(select(accounts).where(mine)).first()
            assert account is not None
            row = EMPTY_CALL | {
                **{"customer_id": key.customer_id, "key_id": key.id},
                **{"subscription_id": account.subscription_id, "plan_id": account.plan_id},
                **{"charge": 0, "release": "serving", "number": 1, "verb": "predict"},
                **{"route": "/v1/predict/serving", "alias": "champion", "engine": "onnx-int8"},
                **{"status": "answered", "rows": 1, "units": 1, "price": PRICE, "tokens": 12},
                **{"compute_us": 900, "latency_us": 2500},
            }
        start = account.period_start
        apart = max(1, (System().now() - start) // count)
        for done in range(0, count, AT_ONCE):
            rows = []
            for place in range(done, min(count, done + AT_ONCE)):
                at = start + place * apart
                rows.append(row | {"id": new_id("call", at), "at": at, "ended_at": at + 2500})
            with database.writing() as connection:
                ADD_CALLS.run(connection, rows)
    finally:
        database.close()
