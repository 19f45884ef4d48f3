"""The drills over HTTP in a short form; `killing.py` and `away.py` say how to run them in full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from away import CREDIT, Outage, full, locked, small_disk, stopped
from killing import PREPAID, Drill
from postgres import started
from running import Running

from seedbed.home import Home
from seedbed.ledger import database as databases


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Give where a server keeps its ledger: each test runs on both databases."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgresql")
    return url


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a ledger wait for a lock no longer than a test has time."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.3)


def test_killed_again_and_again_the_books_equal_the_answers(releases: Home, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "releases").symlink_to(releases.releases)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    drill = Drill(home, url, callers=64, tries=200, kills=2, late=0.8, seed=3)
    found = asyncio.run(drill.run())
    assert list(found.problems()) == []
    assert (found.kills, found.orphans > 0) == (2, True)


def through(running: Running, away: Callable[[], Any], seconds: float = 1.0) -> None:
    """Have a server's database go away under load; see that nobody is wronged."""
    customer = running.customer(PREPAID, credit=str(CREDIT))
    outage = Outage(running.address, customer.secret)
    outage.run(away, seconds)
    assert list(outage.problems(running.database, customer.id)) == []


def test_a_database_that_is_locked(impatient: None, own: Callable[..., Running]) -> None:
    running = own()
    through(running, lambda: locked(running.database))


def test_a_database_that_stops_and_starts(releases: Home) -> None:
    """On a PostgreSQL of its own: others would lose theirs with it."""
    with started() as server:
        running = Running(releases, server.url("postgres"))
        through(running, lambda: stopped(server))
        running.stop()


def test_a_disk_that_is_full(releases: Home, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder) as mounted:
        if not mounted:
            pytest.skip("a disk of a few megabytes cannot be mounted here")
        running = Running(releases, folder)
        through(running, lambda: full(folder))
        running.stop()
