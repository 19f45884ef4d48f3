"""Exactly once: what was answered to a request with an Idempotency-Key.

The same key with the same body on the same route is the same request: the stored answer is given
again, for a day. A key is free again when its call was refused, failed or was cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from seedbed.errors import IdempotencyMismatch, IdempotencyRunning
from seedbed.ledger import statements
from seedbed.ledger.admission import SOON
from seedbed.ledger.call import Claim, Settlement
from seedbed.ledger.clock import DAY
from seedbed.ledger.schema.calls import replays

KEEP_ANSWERS = DAY
"""How long (µs) a stored answer can be had again."""

Name = tuple[str, str]
"""A customer's id, and an Idempotency-Key of that customer's."""


class Stored:
    """The rows of `replays` that a group of operations touches."""

    def __init__(self, connection: Connection, names: Iterable[Name]) -> None:
        self._connection = connection
        self._rows: dict[Name, Mapping[str, Any]] = {}
        self._added: dict[Name, dict[str, Any]] = {}
        self._answered: dict[Name, dict[str, Any]] = {}
        self._freed: list[dict[str, Any]] = []
        pairs = sorted(set(names))
        if pairs:
            found = statements.REPLAYS.rows(connection, pairs=pairs)
            self._rows = {(row["customer_id"], row["idempotency_key"]): row for row in found}

    def find(self, claim: Claim, now: int) -> Mapping[str, Any] | None:
        """Return the stored answer to a request, or None where it is new.

        Raises:
            IdempotencyMismatch: the key came with another body, or on another route.
            IdempotencyRunning: the first request has not ended.
        """
        name = _name(claim)
        row = self._rows.get(name) if name else None
        if name is None or row is None:
            return None
        if row["state"] == "answered" and row["expires_at"] <= now:
            self.free(name, row["call_id"])
            return None
        if (row["body_hash"], row["route"]) != (claim.body_hash, claim.route):
            raise _mismatch(claim)
        if row["state"] == "running":
            raise _running(claim)
        return row

    def begin(self, claim: Claim, now: int) -> None:
        """Take the key of a request that was let in."""
        name = _name(claim)
        if name is None:
            return
        self._rows[name] = self._added[name] = {
            "customer_id": name[0],
            "idempotency_key": name[1],
            "call_id": claim.call_id,
            "body_hash": claim.body_hash,
            "route": claim.route,
            "state": "running",
            "status_code": None,
            "headers": None,
            "body": None,
            "made_at": now,
            "expires_at": now + KEEP_ANSWERS,
        }

    def answer(self, name: Name, settled: Settlement, now: int) -> None:
        """Store the answer to a request."""
        answer = {
            "state": "answered",
            "status_code": settled.status_code,
            "headers": dict(settled.headers),
            "body": settled.answer,
            "expires_at": now + KEEP_ANSWERS,
        }
        if name in self._added:
            self._added[name] |= answer
        else:
            self._answered[name] = _where(name, settled.call_id) | answer

    def free(self, name: Name, call_id: str) -> None:
        """Let go of a key, if it is still that call's."""
        self._rows.pop(name, None)
        if self._added.pop(name, None) is None:
            self._freed.append(_where(name, call_id))

    def write(self) -> None:
        """Write what has changed."""
        statements.FREE_REPLAYS.run(self._connection, self._freed)
        statements.ADD_REPLAYS.run(self._connection, list(self._added.values()))
        statements.ANSWER_REPLAYS.run(self._connection, list(self._answered.values()))


def is_answered(
    connection: Connection, name: Name, *, body_hash: str, route: str, now: int
) -> bool:
    """Tell whether a claim of this request would find its stored answer."""
    same = zip((replays.c.customer_id, replays.c.idempotency_key), name, strict=True)
    query = select(replays.c.call_id).where(
        *(column == value for column, value in same),
        replays.c.body_hash == body_hash,
        replays.c.route == route,
        replays.c.state == "answered",
        replays.c.expires_at > now,
    )
    return connection.execute(query).first() is not None


def _name(claim: Claim) -> Name | None:
    if claim.idempotency_key is None or claim.key.customer_id is None:
        return None
    return claim.key.customer_id, claim.idempotency_key


def _where(name: Name, call_id: str) -> dict[str, Any]:
    return {"customer": name[0], "named": name[1], "call": call_id}


def _mismatch(claim: Claim) -> IdempotencyMismatch:
    return IdempotencyMismatch(
        expected=f"the request that came first with Idempotency-Key {claim.idempotency_key!r}",
        got="another body or another route",
        do="Give each new request an Idempotency-Key of its own.",
    )


def _running(claim: Claim) -> IdempotencyRunning:
    error = IdempotencyRunning(
        expected="the first request to have ended",
        got=f"one with Idempotency-Key {claim.idempotency_key!r} under way",
        do="Send it again in a second for the same answer.",
    )
    error.retry_after = SOON
    return error
