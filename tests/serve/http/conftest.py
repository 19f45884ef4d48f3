"""One server for the tests that leave it as it was, and one for those that do not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Customer, Running

from seedbed.home import Home
from seedbed.serve.service import Settings


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the URL of an empty database on a PostgreSQL that runs for these tests."""
    sys.path.append(str(Path(__file__).parents[2] / "ledger"))
    from postgres import Server, binaries

    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed: no initdb on the PATH")
    server = Server(folder)
    try:
        server.start()
        yield server.url("postgres")
    finally:
        server.remove()


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
def own(releases: Home, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Give what starts a server for one test alone, with settings of its own."""
    started: list[Running] = []

    def start(settings: Settings | None = None, **told: Any) -> Running:
        started.append(Running(releases, tmp_path, settings, **told))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def customer(served: Running) -> Customer:
    """Give a customer of the shared server, without limits."""
    return served.customer()
