"""Keys: made, shown once, looked up, rotated, revoked.

A secret is 32 random bytes, and only its SHA-256 is kept. A slow hash, as for passwords, would
guard against guessing; nobody guesses one of 2^256, and every call would wait for it.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from seedbed.errors import KeyInvalid, RecordConflict, RequestWrong
from seedbed.ledger import audit
from seedbed.ledger.accounts import missing
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.key import CUSTOMER_VERBS, Key, Scopes
from seedbed.ledger.schema.accounts import customers, keys

PREFIX = "sb_live_"
STALE_SECONDS = 2.0
"""How long a key that was looked up is taken for valid; a change made here counts at once."""

_CACHED = 10_000
_SHOWN = len(PREFIX) + 4
_MICROSECOND = timedelta(microseconds=1)


class Keys:
    """The keys of a ledger."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cache: OrderedDict[str, tuple[Key, float]] = OrderedDict()
        self._changes = 0
        self._lock = threading.Lock()

    def create(
        self,
        customer: str | None,
        *,
        name: str = "",
        scopes: Scopes | Mapping[str, Sequence[str]] | None = None,
        expires_at: int | None = None,
        actor: str = "system",
    ) -> tuple[Key, str]:
        """Make a key, and return it with its secret, which is not to be had again.

        Args:
            customer: Whose it is; None for an admin key.
            name: What people call it.
            scopes: What it may do; by default everything that a customer may.
            expires_at: When it ends, in µs; None for never.
            actor: Who makes it, for the audit log.

        Raises:
            RecordMissing: there is no such customer, or its data were erased.
            RequestWrong: scopes or expiry make no sense.
        """
        read = scopes if isinstance(scopes, Scopes) else Scopes.read(scopes)
        with self._database.writing() as connection:
            if customer is not None:
                _known_customer(connection, customer)
            return self._add(connection, customer, name, read, expires_at, actor)

    def rotate(
        self, key: str, *, overlap: timedelta = timedelta(days=1), actor: str = "system"
    ) -> tuple[Key, str]:
        """Make a successor with the same scopes; the old key still works for a while.

        A key that was made to expire has a successor that lives as long again.

        Raises:
            RecordMissing: there is no such key.
            RecordConflict: it is revoked, expired or has a successor already.
        """
        with self._database.writing() as connection:
            old, now = _one(connection, key), self._clock.now()
            if not old.valid(now) or old.replaced_by is not None:
                raise _conflict(old, "one that is valid and has no successor")
            life = None if old.expires_at is None else now + old.expires_at - old.made_at
            made, secret = self._add(connection, old.customer_id, old.name, old.scopes, life, actor)
            until = now + max(timedelta(0), overlap) // _MICROSECOND
            if old.expires_at is not None:
                until = min(until, old.expires_at)
            changes = {"replaced_by": made.id, "expires_at": until}
            connection.execute(update(keys).where(keys.c.id == key).values(changes))
            audit.append(connection, now, actor, "key.rotate", key, changes)
        self._drop(key)
        return made, secret

    def revoke(self, key: str, *, actor: str = "system") -> Key:
        """End a key at once; one that is revoked already stays as it is.

        Raises:
            RecordMissing: there is no such key.
        """
        with self._database.writing() as connection:
            found, now = _one(connection, key), self._clock.now()
            if found.revoked_at is None:
                row = update(keys).where(keys.c.id == key).values(revoked_at=now)
                connection.execute(row)
                audit.append(connection, now, actor, "key.revoke", key, {})
                found = replace(found, revoked_at=now)
        self._drop(key)
        return found

    def get(self, key: str) -> Key:
        """Return a key by its id.

        Raises:
            RecordMissing: there is none.
        """
        with self._database.reading() as connection:
            return _one(connection, key)

    def list(self, customer: str | None = None, *, every: bool = False) -> Sequence[Key]:
        """Return a customer's keys (the admin keys without one), or every key; oldest first."""
        query = select(keys).order_by(keys.c.id)
        if not every:
            query = query.where(keys.c.customer_id.is_not_distinct_from(customer))
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(query)]

    def authenticate(self, secret: str) -> Key:
        """Return the key of a secret; what was looked up in the last two seconds is remembered.

        Raises:
            KeyInvalid: it is missing, unknown, revoked or expired.
            LedgerUnavailable: the ledger cannot be read.
        """
        key = self.known(secret)
        if key is None:
            key = self._looked_up(_hash(secret))
        if not key.valid(self._clock.now()):
            raise _invalid("one that was revoked or has expired")
        return key

    def known(self, secret: str) -> Key | None:
        """Return the key of a secret if it was looked up just now; never reads the database."""
        found = self._cache.get(_hash(secret))
        return found[0] if found and time.monotonic() < found[1] else None

    def ensure_admin(self, *, actor: str = "system") -> tuple[Key, str] | None:
        """Make an admin key where no valid one is, and return it with its secret; else None."""
        valid = or_(keys.c.expires_at.is_(None), keys.c.expires_at > self._clock.now())
        query = select(keys).where(keys.c.customer_id.is_(None), keys.c.revoked_at.is_(None), valid)
        with self._database.reading() as connection:
            if any(_key(row).admin for row in connection.execute(query)):
                return None
        with self._database.writing() as connection:
            _alone(connection)
            if any(_key(row).admin for row in connection.execute(query)):
                return None
            return self._add(connection, None, "admin", Scopes(("admin",)), None, actor)

    def _add(
        self,
        connection: Connection,
        customer: str | None,
        name: str,
        scopes: Scopes,
        expires_at: int | None,
        actor: str,
    ) -> tuple[Key, str]:
        now = self._clock.now()
        _check(customer, name, scopes, expires_at, now)
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(new_id("key", now), customer, name, secret[:_SHOWN], scopes, now, expires_at)
        row: dict[str, Any] = {"id": key.id, "customer_id": customer, "name": name}
        row |= {"prefix": key.prefix, "hash": _hash(secret), "scopes": scopes.as_dict()}
        connection.execute(insert(keys), row | {"made_at": now, "expires_at": expires_at})
        told = {"customer": customer, "scopes": scopes.as_dict(), "expires_at": expires_at}
        audit.append(connection, now, actor, "key.create", key.id, told)
        return key, secret

    def _looked_up(self, hashed: str) -> Key:
        changes = self._changes
        with self._database.reading() as connection:
            row = connection.execute(select(keys).where(keys.c.hash == hashed)).first()
        if row is None:
            raise _invalid("none that is known here")
        key = _key(row)
        with self._lock:
            if changes != self._changes:  # what was read may be from before the change
                return key
            self._cache[hashed] = (key, time.monotonic() + STALE_SECONDS)
            self._cache.move_to_end(hashed)
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return key

    def forget(self, customer: str) -> None:
        """Look up a customer's keys anew when they come again."""
        self._drop_where(lambda key: key.customer_id == customer)

    def _drop(self, key_id: str) -> None:
        self._drop_where(lambda key: key.id == key_id)

    def _drop_where(self, fits: Any) -> None:
        with self._lock:
            self._changes += 1
            gone = [hashed for hashed, (key, _) in self._cache.items() if fits(key)]
            for hashed in gone:
                del self._cache[hashed]


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[Any]) -> Key:
    told = dict(row._mapping)
    told.pop("hash")
    return Key(**told | {"scopes": Scopes.read(told["scopes"])})


def _one(connection: Connection, key: str) -> Key:
    row = connection.execute(select(keys).where(keys.c.id == key).with_for_update()).first()
    if row is None:
        raise missing("key", key)
    return _key(row)


def _known_customer(connection: Connection, customer: str) -> None:
    query = select(customers.c.id).where(
        customers.c.id == customer, customers.c.erased_at.is_(None)
    )
    if connection.execute(query.with_for_update(key_share=True)).first() is None:
        raise missing("customer", customer)


def _alone(connection: Connection) -> None:
    """Let two processes that start at once take turns; on SQLite a writer is alone anyhow."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE keys IN SHARE ROW EXCLUSIVE MODE")


def _check(
    customer: str | None, name: str, scopes: Scopes, expires_at: int | None, now: int
) -> None:
    if (customer is None) != ("admin" in scopes.verbs):
        raise _wrong("scopes", "the verb admin for a key of no customer, and for no other", scopes)
    if len(name) > 200:
        raise _wrong("name", "at most 200 characters", len(name))
    if expires_at is not None and expires_at <= now:
        raise _wrong("expires_at", "a time that is still to come", expires_at)


def _wrong(name: str, expected: str, value: Any) -> RequestWrong:
    return RequestWrong(expected=expected, got=repr(value), do="Correct it.", where=name)


def _conflict(key: Key, expected: str) -> RecordConflict:
    return RecordConflict(
        expected=expected, got=f"{key.id}, which is not", do="Make a new key instead."
    )


def _invalid(got: str) -> KeyInvalid:
    return KeyInvalid(
        expected="a valid key", got=got, do="Send one as `Authorization: Bearer sb_live_…`."
    )


__all__ = ["CUSTOMER_VERBS", "Key", "Keys", "Scopes"]
