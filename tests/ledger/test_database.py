"""Both databases: all or nothing, durable, and clear about what they cannot do."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, exc, insert, select, text

from seedbed.errors import ExtraMissing, LedgerUnavailable
from seedbed.home import Home
from seedbed.ledger import database as databases
from seedbed.ledger.database import Database
from seedbed.ledger.schema.accounts import customers
from seedbed.ledger.statements import ADD_CALLS, EMPTY_CALL

CUSTOMER = {
    "name": "n",
    "email": "",
    "language": "en",
    "currency": "USD",
    "made_at": 1,
    "settings": {},
}


def ids(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(customers.c.id).order_by(customers.c.id)).scalars())


def test_what_was_written_is_there(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(customers), CUSTOMER | {"id": "a"})
    assert ids(database) == ["a"]


def test_a_failure_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            connection.execute(insert(customers), CUSTOMER | {"id": "a"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert ids(database) == []


def test_a_statement_that_is_wrong_is_not_the_databases_fault(database: Database) -> None:
    row = insert(customers).values(CUSTOMER | {"id": "a"})
    with database.writing() as connection:
        connection.execute(row)
    with pytest.raises(exc.IntegrityError), database.writing() as connection:
        connection.execute(row)


SECRET = "5ebe2294ecd0e0f08eab7690d2a6ee69"


def _again(connection: Connection) -> None:
    connection.execute(insert(customers), CUSTOMER | {"id": SECRET})
    connection.execute(insert(customers), CUSTOMER | {"id": SECRET})


def _half(connection: Connection) -> None:
    connection.execute(insert(customers), CUSTOMER | {"id": "a", "name": SECRET, "currency": None})


def _prepared(connection: Connection) -> None:
    row = EMPTY_CALL | {"id": SECRET, "key_id": SECRET, "status": None, "at": 1}
    ADD_CALLS.run(connection, [row])


def _no_such_table(connection: Connection) -> None:
    connection.execute(text("SELECT * FROM nowhere WHERE id = :id"), {"id": SECRET})


@pytest.mark.parametrize("failing", [_again, _half, _prepared, _no_such_table])
def test_what_fails_does_not_show_its_values(
    database: Database, failing: Callable[[Connection], None]
) -> None:
    def run() -> None:
        with database.writing() as connection:
            failing(connection)

    with pytest.raises(Exception) as found:
        run()
    told = "".join(traceback.format_exception(found.value))
    assert SECRET not in told
    assert "SECRET" in told or "failing" in told  # that is where it happened
    assert SECRET not in repr(found.value)


def test_sqlite_is_durable_and_keeps_references(sqlite: Database) -> None:
    with sqlite.writing() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_need_not_be_flushed_leaves_the_next_durable(sqlite: Database) -> None:
    def level(connection: Connection) -> int:
        return int(connection.connection.cursor().execute("PRAGMA synchronous").fetchone()[0])

    for fails in (False, True):
        with suppress(ZeroDivisionError), sqlite.committing(flush=False) as connection:
            assert level(connection) == 1
            assert 1 / (not fails)
        with sqlite.committing() as connection:
            assert level(connection) == 2
        with sqlite.writing() as connection:
            assert level(connection) == 2


def test_writers_of_one_process_take_turns(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(customers), CUSTOMER | {"id": "a", "made_at": 0})

    def add(many: int) -> None:
        for _ in range(many):
            with database.writing() as connection:
                row = customers.c.id == "a"
                query = select(customers.c.made_at).where(row).with_for_update()
                value = connection.execute(query).scalar_one()
                connection.execute(customers.update().where(row).values(made_at=value + 1))

    threads = [threading.Thread(target=add, args=(25,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert connection.execute(select(customers.c.made_at)).scalar() == 100


def test_a_locked_database_says_so_and_recovers(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite.file is not None
    ids(sqlite)
    other = sqlite3.connect(sqlite.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    with pytest.raises(LedgerUnavailable, match="locked"), sqlite.writing():
        pass
    assert time.monotonic() - begun >= databases.BUSY_SECONDS * 0.9
    assert ids(sqlite) == []  # readers go on
    other.execute("COMMIT")
    other.close()
    with sqlite.writing() as connection:
        connection.execute(insert(customers), CUSTOMER | {"id": "a"})


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(tmp_path / "nowhere" / "ledger.db")
    with pytest.raises(LedgerUnavailable) as error, database.reading():
        pass
    assert str(tmp_path) in error.value.where


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("nothing of the kind " * 100)
    with pytest.raises(LedgerUnavailable), Database(path).reading() as connection:
        connection.execute(text("SELECT 1 FROM customers"))


def test_a_server_that_is_away_is_unavailable_and_its_password_is_not_told(tmp_path: Path) -> None:
    database = Database(f"postgresql://me:hunter2@/ledger?host={tmp_path}")
    with pytest.raises(LedgerUnavailable) as error, database.reading():
        pass
    assert "hunter2" not in str(error.value)
    assert "hunter2" not in str(database)


def test_the_url_names_the_database(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    other = home.root.parent / "other.db"
    monkeypatch.setenv("SEEDBED_DB", f"sqlite:///{other}")
    opened = Database.open(home)
    assert opened.file == other
    opened.close()
    assert not home.root.exists()


def test_without_its_driver_postgresql_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setattr(databases, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"psycopg\[binary\]"):
        Database("postgresql://nowhere/ledger")


def test_connections_that_broke_are_made_anew(postgresql: Database) -> None:
    with postgresql.reading() as connection:
        mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    with postgresql.engine.connect() as other:
        for _ in range(2):
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
    with postgresql.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    assert mine
