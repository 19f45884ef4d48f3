"""A ledger's database on SQLite and on a real PostgreSQL: every test that takes it runs on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from postgres import Server, started
from sqlalchemy import text

from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.migrations import migrate

NOON = 1_767_268_800_000_000
"""2026-01-01 12:00 UTC, when every test's clock starts."""

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a running PostgreSQL with an empty ledger in the database `template`."""
    with started() as server:
        _command(server, "CREATE DATABASE template")
        _fill(Database(server.url("template")))
        yield server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of an empty ledger, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    _fill(Database(path))
    return path


@pytest.fixture
def sqlite(sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    """Give an empty ledger on SQLite."""
    path = tmp_path / "ledger.db"
    path.write_bytes(sqlite_file.read_bytes())
    database = Database(path)
    yield database
    database.close()


@pytest.fixture
def postgresql(postgres: Server) -> Iterator[Database]:
    """Give an empty ledger on PostgreSQL."""
    name = f"test{next(_numbers)}"
    _command(postgres, f"CREATE DATABASE {name} TEMPLATE template")
    database = Database(postgres.url(name))
    yield database
    database.close()
    _command(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Give an empty ledger, on SQLite and then on PostgreSQL."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def another(database: Database) -> Iterator[Callable[[], Database]]:
    """Open the same ledger once more, as another process would."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(Database(database.url.render_as_string(hide_password=False)))
        return opened[-1]

    yield open_again
    for other in opened:
        other.close()


@pytest.fixture
def clock() -> Manual:
    """Give a clock that stands at noon of the first of January 2026 until it is moved."""
    return Manual(NOON)


def _fill(database: Database) -> None:
    migrate(database)
    database.close()


def _command(server: Server, statement: str) -> None:
    database = Database(server.url("postgres"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    database.close()
