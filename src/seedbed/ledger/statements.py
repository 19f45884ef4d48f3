"""The statements of the writer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update

from seedbed.ledger.prepared import Prepared, among, both_among
from seedbed.ledger.schema.accounts import accounts, customers, keys, subscriptions
from seedbed.ledger.schema.billing import plans
from seedbed.ledger.schema.calls import calls, comparisons, replays, texts

_REPLAY = and_(
    replays.c.customer_id == bindparam("customer"),
    replays.c.idempotency_key == bindparam("named"),
    replays.c.call_id == bindparam("call"),
)

READ_ACCOUNTS = Prepared(
    lambda dialect: select(accounts).where(among(accounts.c.customer_id, dialect))
)

# By id, so that two processes which lock the same accounts never wait for each other.
LOCK_ACCOUNTS = Prepared(
    lambda dialect: (
        select(accounts)
        .where(among(accounts.c.customer_id, dialect))
        .order_by(accounts.c.customer_id)
        .with_for_update()
    )
)

SAVE_ACCOUNTS = Prepared(
    lambda _: (
        update(accounts)
        .where(accounts.c.customer_id == bindparam("customer"))
        .values({c.name: bindparam(c.name) for c in accounts.c if c.name != "customer_id"})
    )
)

_AGREED = ("id", "plan_id", "from_at", "until_at")
SUBSCRIPTIONS = Prepared(
    lambda _: select(*(subscriptions.c[name] for name in _AGREED)).where(
        subscriptions.c.customer_id == bindparam("customer")
    )
)

PLAN = Prepared(lambda _: select(plans.c.body).where(plans.c.id == bindparam("plan")))

KEYS = Prepared(
    lambda dialect: (
        select(keys.c.id, keys.c.expires_at, keys.c.revoked_at, customers.c.spend_cap)
        .join_from(keys, customers)
        .where(among(keys.c.id, dialect))
    )
)
"""Keys of customers, as they stand; the customer's own spending cap with them."""

KEEPING = Prepared(
    lambda dialect: select(customers.c.id, customers.c.keep_texts_days).where(
        among(customers.c.id, dialect), customers.c.keep_texts_days.is_not(None)
    )
)
"""Customers whose texts are kept."""

_ENDED = ["id", "status", "subscription_id", "plan_id", "charge", "rows", "units", "price", "at"]
_ENDED += ["idempotency_key", "invoice_id"]
CALLS = Prepared(
    lambda dialect: select(*(calls.c[name] for name in _ENDED)).where(among(calls.c.id, dialect))
)
"""Calls that are to be ended."""

REPLAYS = Prepared(
    lambda dialect: select(replays).where(
        both_among(replays.c.customer_id, replays.c.idempotency_key, dialect)
    )
)
"""What there is of requests with these Idempotency-Keys."""

ADD_CALLS = Prepared(lambda _: insert(calls).values(_same(calls.c.keys())))

_END = ("status", "reason", "units", "price", "ended_at", "engine", "tokens", "compute_us")
END_CALLS = Prepared(
    lambda _: (
        update(calls).where(calls.c.id == bindparam("call")).values(_same([*_END, "latency_us"]))
    )
)

FREE_REPLAYS = Prepared(lambda _: delete(replays).where(_REPLAY))
ADD_REPLAYS = Prepared(lambda _: insert(replays).values(_same(replays.c.keys())))
ANSWER_REPLAYS = Prepared(
    lambda _: (
        update(replays)
        .where(_REPLAY)
        .values(_same(["state", "status_code", "headers", "body", "expires_at"]))
    )
)

ADD_TEXTS = Prepared(lambda _: insert(texts).values(_same(texts.c.keys())))
ADD_COMPARISONS = Prepared(lambda _: insert(comparisons).values(_same(comparisons.c.keys())))

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


def _same(names: list[str]) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}
