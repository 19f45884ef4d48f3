"""What one group of operations has read and the next may use, if nobody else has written since.

SQLite tells whether another connection has committed anything (`PRAGMA data_version`), and the
database whether another part of this process has; so what is on the shelf is what would be read.
PostgreSQL does not tell: there everything is read anew, under locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from seedbed.ledger import statements
from seedbed.ledger.account import Account
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.prepared import Prepared

LARGEST = 10_000
"""Accounts, keys and reserved calls that are held at most."""

Row = Mapping[str, Any]


class Shelf:
    """Accounts, keys and reserved calls.

    Args:
        accounts: Loads accounts.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._books = accounts
        self._accounts: dict[str, Account] = {}
        self._keys: dict[str, Row] = {}
        self._reserved: dict[str, Row] = {}
        self._state: object = None

    def open(self, state: object) -> None:
        """Begin a transaction; keep what there is only if the state is that of the last one.

        Args:
            state: What stays the same until somebody else writes; None where that is not known.
        """
        held = len(self._accounts) + len(self._keys) + len(self._reserved)
        if state is None or state != self._state or held > LARGEST:
            self.clear()
        self._state = state

    def clear(self) -> None:
        """Forget everything, as after a transaction that failed."""
        self._accounts, self._keys, self._reserved = {}, {}, {}
        self._state = None

    def accounts(self, connection: Connection, customers: set[str]) -> dict[str, Account]:
        """Return the accounts of customers, locked until the transaction's end."""
        missing = customers - self._accounts.keys()
        if missing:
            self._accounts |= self._books.locked(connection, missing)
        return {name: self._accounts[name] for name in customers if name in self._accounts}

    def rolled(self, connection: Connection, account: Account, clock: int) -> None:
        """Bring an account to the period of a moment, where its own is over."""
        self._books.rolled(connection, account, clock)

    def keys(self, connection: Connection, ids: set[str]) -> dict[str, Row]:
        """Return keys as they stand, with their customers' caps."""
        missing = ids - self._keys.keys()
        if missing:
            self._keys |= by_id(connection, statements.KEYS, missing)
        return {name: self._keys[name] for name in ids if name in self._keys}

    def calls(self, connection: Connection, ids: set[str]) -> dict[str, Row]:
        """Return the calls of these ids that are there."""
        found = {name: self._reserved[name] for name in ids if name in self._reserved}
        missing = ids - found.keys()
        return found | by_id(connection, statements.CALLS, missing) if missing else found

    def reserve(self, row: Row) -> None:
        """Remember a call that was let in, until it ends."""
        self._reserved[row["id"]] = row

    def end(self, call_id: str) -> None:
        """Forget a call that has ended."""
        self._reserved.pop(call_id, None)

    def save(self, connection: Connection) -> None:
        """Write the accounts that have changed, each once."""
        self._books.save(connection, [one for one in self._accounts.values() if one.changed])


def by_id(connection: Connection, statement: Prepared, ids: Iterable[str]) -> dict[str, Row]:
    """Return a query's rows by their ids."""
    return {row["id"]: row for row in statement.rows(connection, ids=sorted(ids))}
