"""One server for the tests that leave it as it was, and one for those that do not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from running import Customer, Running
from sqlalchemy import text

from seedbed.home import Home
from seedbed.ledger.database import Database
from seedbed.serve.service import Settings

# The tests of the ledger start the same PostgreSQL, and their drill looks into the same books.
sys.path.append(str(Path(__file__).parents[2] / "ledger"))
from postgres import Server, started

_numbers = count()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Server]:
    """Give a PostgreSQL that runs for these tests."""
    with started() as server:
        yield server


@pytest.fixture(scope="session")
def postgres(cluster: Server) -> str:
    """Give the URL of an empty database on it."""
    return cluster.url("postgres")


@pytest.fixture
def postgresql(cluster: Server, postgres: str) -> Iterator[str]:
    """Give the URL of an empty database that no other test uses."""
    name = f"own{next(_numbers)}"
    # From template0, which nobody writes into: the fuzzing's server has template1.
    _command(postgres, f"CREATE DATABASE {name} TEMPLATE template0")
    yield cluster.url(name)
    _command(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def where(tmp_path: Path) -> Path | str:
    """Give where a test's own server keeps its ledger: on SQLite, where a file says no other."""
    return tmp_path


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, releases: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Give a server that many tests share; make customers in it, and leave the rest alone.

    Each test that takes it runs on SQLite and on a real PostgreSQL.
    """
    where: Path | str = tmp_path_factory.mktemp("served")
    if request.param == "postgresql":
        where = request.getfixturevalue("postgres")
    running = Running(releases, where, Settings(max_rows=256))
    yield running
    running.stop()


@pytest.fixture
def own(releases: Home, where: Path | str) -> Iterator[Callable[..., Running]]:
    """Give what starts a server for one test alone, with settings of its own."""
    started: list[Running] = []

    def start(settings: Settings | None = None, **told: Any) -> Running:
        started.append(Running(releases, where, settings, **told))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def customer(served: Running) -> Customer:
    """Give a customer of the shared server, without limits."""
    return served.customer()


def _command(url: str, statement: str) -> None:
    database = Database(url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    database.close()
