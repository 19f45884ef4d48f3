"""A database that is locked, full or away: clear errors, nothing charged, recovery by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from postgres import Server
from shop import WAIT, Shop, until
from sqlalchemy import Connection

from seedbed.errors import KeyInvalid, LedgerUnavailable
from seedbed.ledger import database as databases
from seedbed.ledger.call import Admitted, Replay
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.group import Group
from seedbed.ledger.key import Key
from seedbed.ledger.money import NANOS


def everything_fails(shop: Shop, key: Key, call: str) -> None:
    """Try what needs the database, and see each fail with the same clear error."""
    with pytest.raises(LedgerUnavailable):
        shop.claim(key).result(WAIT)
    with pytest.raises(LedgerUnavailable):
        shop.settle(call, key).result(WAIT)
    assert not shop.ledger.healthy()


def all_is_well_again(shop: Shop, key: Key, call: str) -> None:
    """See that what was under way was released, that each call has its row, and calls go on."""
    until(shop.ledger.healthy)
    until(lambda: shop.rows(id=call)[0]["status"] == "failed")
    assert shop.rows(id=call)[0]["reason"] == "LedgerUnavailable"
    assert shop.call(key) == NANOS
    shop.exact(key)
    assert shop.statuses()["failed"] >= 2


def test_a_locked_database(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.3)
    database = Database(sqlite.file or "")
    with Shop(database) as shop:
        key = shop.key()
        call = shop.claim(key).result(WAIT).call_id
        until(lambda: shop.rows() != [])
        other = sqlite3.connect(database.file or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        everything_fails(shop, key, call)
        other.execute("ROLLBACK")
        other.close()
        all_is_well_again(shop, key, call)


def test_a_full_disk(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pages, load = {"most": 10_000}, Group.load

    def limited(group: Group, works: Any) -> None:
        cursor = group._connection.connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={pages['most']}")
        load(group, works)

    monkeypatch.setattr(Group, "load", limited)
    with Shop(sqlite) as shop:
        key = shop.key(keep_texts_days=1)
        call = shop.claim(key).result(WAIT).call_id
        until(lambda: shop.rows() != [])
        pages["most"] = 1  # SQLite takes the least that holds what is there
        large: dict[str, Any] = {"inputs": ["x" * 100_000], "answers": ["y" * 100_000]}
        with pytest.raises(LedgerUnavailable, match="full"):
            shop.settle(call, key, **large).result(WAIT)
        shop.exact(key)
        pages["most"] = 10_000
        until(lambda: shop.rows(id=call)[0]["status"] == "failed")
        assert shop.call(key) == NANOS
        shop.exact(key)


def until_refused(shop: Shop, key: Key) -> None:
    """Make calls until what room the database had of its own is used up."""
    for _ in range(200):
        shop.call(key)


def test_a_disk_with_no_room_left(small_disk: Path, sqlite_file: Path) -> None:
    path = small_disk / "ledger.db"
    path.write_bytes(sqlite_file.read_bytes())
    with Shop(Database(path)) as shop:
        key = shop.key()
        call = shop.claim(key).result(WAIT).call_id
        until(lambda: shop.rows() != [])
        filler = small_disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as handle:
            while True:
                handle.write(bytes(4096))
        with pytest.raises(LedgerUnavailable):
            until_refused(shop, key)
        filler.unlink()
        until(shop.ledger.healthy)
        assert shop.settle(call, key).result(WAIT) == NANOS
        assert shop.call(key) == NANOS
        until(lambda: "reserved" not in shop.statuses())
        shop.exact(key)


def test_a_server_that_stops_and_starts(postgres: Server, postgresql: Database) -> None:
    with Shop(postgresql) as shop:
        key = shop.key()
        call = shop.claim(key).result(WAIT).call_id
        until(lambda: shop.rows() != [])
        postgres.stop("immediate")
        try:
            everything_fails(shop, key, call)
            with pytest.raises(LedgerUnavailable):
                shop.ledger.keys.authenticate("sb_live_unknown")
        finally:
            postgres.start()
        all_is_well_again(shop, key, call)
        with pytest.raises(KeyInvalid):
            shop.ledger.keys.authenticate("sb_live_unknown")


@contextmanager
def reply_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commit, and then lose the word of it, as when the connection breaks in that moment."""
    committing = database.committing

    @contextmanager
    def lost(**told: Any) -> Iterator[Connection]:
        monkeypatch.setattr(database, "committing", committing)
        with committing(**told) as connection:
            yield connection
        raise LedgerUnavailable(expected="a reply", got="none", do="Wait.")

    monkeypatch.setattr(database, "committing", lost)
    yield
    monkeypatch.setattr(database, "committing", committing)


def test_a_charge_whose_commit_was_not_heard_of_is_taken_back(
    database: Database, clock: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop(database, clock) as shop:
        key = shop.key()
        shop.call(key)
        call = shop.claim(key, 5).result(WAIT).call_id
        until(lambda: len(shop.rows()) == 2)
        with reply_lost(database, monkeypatch), pytest.raises(LedgerUnavailable):
            shop.settle(call, key).result(WAIT)
        until(lambda: shop.rows(id=call)[0]["status"] == "failed")
        assert shop.account(key).credit == 99 * NANOS
        shop.exact(key)


def test_one_with_an_idempotency_key_stays_and_can_be_had(
    database: Database, clock: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop(database, clock) as shop:
        key = shop.key()
        call = shop.claim(key, idempotency_key="k").result(WAIT).call_id
        until(lambda: shop.rows() != [])
        with reply_lost(database, monkeypatch), pytest.raises(LedgerUnavailable):
            shop.settle(call, key).result(WAIT)
        again = shop.claim(key, idempotency_key="k").result(WAIT)
        assert isinstance(again, Replay)
        assert (again.original, again.body) == (call, b"yes")
        shop.exact(key)


def test_a_claim_whose_commit_was_not_heard_of_can_be_settled(
    database: Database, clock: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop(database, clock) as shop:
        key = shop.key()
        with reply_lost(database, monkeypatch):
            admitted = shop.claim(key).result(WAIT)
            assert isinstance(admitted, Admitted)
            until(lambda: not shop.ledger.healthy())
        assert shop.settle(admitted.call_id, key).result(WAIT) == NANOS
        until(shop.ledger.healthy)
        assert shop.statuses() == {"answered": 1}
        shop.exact(key)


def test_what_is_noted_while_the_database_is_away_is_written_later(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.1)
    database = Database(sqlite.file or "")
    with Shop(database) as shop:
        other = sqlite3.connect(database.file or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for _ in range(5):
            shop.ledger.note({"status": "refused", "reason": "Overloaded"})
        until(lambda: shop.ledger._writer.failing)
        other.execute("ROLLBACK")
        other.close()
        until(lambda: shop.statuses() == {"refused": 5})
