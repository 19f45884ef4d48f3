"""The audit log: who did what, in a chain of hashes that no row can be taken out of unseen.

Each row's SHA-256 covers its own values and the hash of the row before. To alter, take out or slip
in a row one would have to rewrite every row after it. Someone who can do that, and rewrites the
last number too, is found out by a hash kept elsewhere: `verify(head=...)`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from seedbed.ledger import numbers
from seedbed.ledger.database import Database
from seedbed.ledger.schema.audit import audit

SERIES = "audit"
SYSTEM = "system"
"""Who did what Seedbed does by itself."""
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log.

    Attributes:
        seq: Its number, from 1.
        at: When, in µs.
        actor: Who: a key's id, or `cli` with the name of the system's user.
        action: What, such as `key.revoke`.
        subject: The id of what it was done to.
        details: What else is to be known.
        hash: The row's seal.
    """

    seq: int
    at: int
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that does not follow from the one before it, and why."""

    seq: int
    why: str


def append(
    connection: Connection,
    now: int,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Add a row in the caller's transaction, and return its number.

    From here to the end of the transaction no other can add one, so do it last.
    """
    seq = numbers.take(connection, SERIES)
    text = canonical(details or {})
    values = {"seq": seq, "at": now, "actor": actor, "action": action, "subject": subject}
    values |= {"details": text, "previous": _hash_of(connection, seq - 1)}
    connection.execute(audit.insert().values(**values, hash=_seal(values)))
    return seq


def canonical(value: Any) -> str:
    """Return JSON in one spelling: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Audit:
    """The log of a ledger, to be read and verified."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        *,
        subject: str | None = None,
        action: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Entry]:
        """Return the newest rows, newest first; `before` goes on from an earlier answer."""
        query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        wanted = {audit.c.subject: subject, audit.c.action: action}
        query = query.where(*(c == value for c, value in wanted.items() if value is not None))
        if before is not None:
            query = query.where(audit.c.seq < before)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def head(self) -> tuple[int, str]:
        """Return the last row's number and hash: keep them elsewhere to verify by."""
        query = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        return (found.seq, found.hash) if found else (0, "")

    def verify(self, head: str | None = None) -> Broken | None:
        """Return the first row that was altered, is missing or was slipped in; None if none was.

        Args:
            head: A hash that `head` gave earlier; some row must still have it.
        """
        seq, previous, seen = 0, "", head is None
        while rows := self._after(seq):
            for row in rows:
                if broken := _follows(row, seq + 1, previous):
                    return broken
                seq, previous = row.seq, row.hash
                seen = seen or row.hash == head
        with self._database.reading() as connection:
            taken = numbers.last(connection, SERIES)
        if seq < taken:
            return Broken(seq + 1, f"missing: {taken} rows were written")
        return None if seen else Broken(seq, "no row has the hash that was kept elsewhere")

    def _after(self, seq: int) -> Sequence[Row[Any]]:
        query = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(_AT_ONCE)
        with self._database.reading() as connection:
            return connection.execute(query).all()


def _follows(row: Row[Any], seq: int, previous: str) -> Broken | None:
    if row.seq != seq:
        return Broken(seq, f"missing: row {row.seq} comes next")
    if row.previous != previous:
        return Broken(seq, "it does not name the hash of the row before it")
    values = {key: value for key, value in row._mapping.items() if key != "hash"}
    return None if row.hash == _seal(values) else Broken(seq, "its values are not those sealed")


def _seal(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def _hash_of(connection: Connection, seq: int) -> str:
    found = connection.execute(select(audit.c.hash).where(audit.c.seq == seq))
    return str(found.scalar() or "")


def _entry(row: Row[Any]) -> Entry:
    told = (row.seq, row.at, row.actor, row.action, row.subject)
    return Entry(*told, details=json.loads(row.details), hash=row.hash)
