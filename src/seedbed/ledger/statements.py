"""The statements of the writer, made once so that each is compiled once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, delete, insert, select, tuple_, update

from seedbed.ledger.schema.accounts import customers, keys
from seedbed.ledger.schema.calls import calls, replays, texts

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_PAIRS: BindParameter[Any] = bindparam("pairs", expanding=True)
_CALL = calls.c.id == bindparam("call")
_REPLAY = and_(
    replays.c.customer_id == bindparam("customer"),
    replays.c.idempotency_key == bindparam("named"),
    replays.c.call_id == bindparam("call"),
)

KEYS = (
    select(keys.c.id, keys.c.expires_at, keys.c.revoked_at, customers.c.spend_cap)
    .join_from(keys, customers)
    .where(keys.c.id.in_(_IDS))
)
"""Keys of customers, as they stand; the customer's own spending cap with them."""

KEEPING = select(customers.c.id, customers.c.keep_texts_days).where(
    customers.c.id.in_(_IDS), customers.c.keep_texts_days.is_not(None)
)
"""Customers whose texts are kept."""

CALLS = select(
    calls.c.id,
    calls.c.status,
    calls.c.subscription_id,
    calls.c.plan_id,
    calls.c.charge,
    calls.c.rows,
    calls.c.units,
    calls.c.price,
    calls.c.at,
    calls.c.idempotency_key,
).where(calls.c.id.in_(_IDS))
"""Calls that are to be ended."""

REPLAYS = select(replays).where(
    tuple_(replays.c.customer_id, replays.c.idempotency_key).in_(_PAIRS)
)
"""What there is of requests with these Idempotency-Keys."""

ADD_CALLS = insert(calls)

END_CALLS = (
    update(calls)
    .where(_CALL)
    .values(
        {
            name: bindparam(name)
            for name in ("status", "reason", "units", "price", "ended_at", "engine", "tokens")
        }
        | {name: bindparam(name) for name in ("compute_us", "latency_us")}
    )
)

FREE_REPLAYS = delete(replays).where(_REPLAY)
ADD_REPLAYS = insert(replays)
ANSWER_REPLAYS = (
    update(replays)
    .where(_REPLAY)
    .values(
        {
            name: bindparam(name)
            for name in ("state", "status_code", "headers", "body", "expires_at")
        }
    )
)

ADD_TEXTS = insert(texts)

EMPTY_CALL: dict[str, Any] = dict.fromkeys(calls.c.keys()) | {
    "release": "",
    "verb": "",
    "route": "",
    "rows": 0,
    "tokens": 0,
    "compute_us": 0,
    "units": 0,
    "price": 0,
    "latency_us": 0,
}
"""A call's row before anything is known of it."""
