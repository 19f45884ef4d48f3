"""What metering, limits and billing add to one call: a lone caller, and a twin without a ledger.

The twin is the same server in a process of its own, with a ledger that lets everything in and
writes nothing. Beside it stands what the disk takes for the two commits that a call needs.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bench import load
from bench.base import Figure
from bench.serving import home, predicts, served, texts
from seedbed.ledger.call import Admitted, Claim, Settlement
from seedbed.ledger.key import Key
from seedbed.ledger.ledger import Ledger
from seedbed.ledger.limits import Limits

T = TypeVar("T")
BLOCKS = 8
SECONDS = 1.6
PAIRS = 60
"""In each block: seconds of calls to each server, and pairs of commits."""


def run() -> list[Figure]:
    asked = sorted(texts(), key=len)[:50]
    ours: list[load.Call] = []
    theirs: list[load.Call] = []
    disk: list[float] = []
    with (
        home() as made,
        home() as bare,
        served(made) as server,
        served(bare, module=("bench.serving_metering",)) as twin,
    ):
        for _ in range(BLOCKS):
            for one, found in ((server, ours), (twin, theirs)):
                requests = predicts(asked, one.keys[0])
                found += load.run(
                    load.closed(one.port, requests, callers=1, seconds=SECONDS, settle=0.2)
                )
            disk += commits(made.root, PAIRS)
    added = {percent: _added(ours, theirs, percent) for percent in (50, 99)}
    raw = {percent: float(np.percentile(disk, percent)) for percent in (50, 99)}
    failed = load.failed(ours) + load.failed(theirs)
    return [
        Figure(
            "what metering, limits and billing add to a lone call, durable on SQLite, p50 / p99",
            "≤ 1 ms / ≤ 5 ms",
            f"{added[50]:.2f} / {added[99]:.2f} ms; two commits of this disk alone take "
            f"{raw[50]:.2f} / {raw[99]:.2f} ms",
            added[50] <= 1 and added[99] <= 5 and not failed,
            {
                "with_ms": {str(p): load.quantile(ours, p) for p in (50, 90, 99)},
                "without_ms": {str(p): load.quantile(theirs, p) for p in (50, 90, 99)},
                "two_commits_ms": {str(p): float(np.percentile(disk, p)) for p in (50, 90, 99)},
                "calls": [len(ours), len(theirs)],
            },
        )
    ]


def _added(ours: list[load.Call], theirs: list[load.Call], percent: float) -> float:
    return load.quantile(ours, percent) - load.quantile(theirs, percent)


def commits(folder: Path, pairs: int) -> list[float]:
    """Return the milliseconds of two commits of a small row, durable, time after time."""
    found = []
    with tempfile.TemporaryDirectory(dir=folder) as where:
        database = sqlite3.connect(Path(where) / "raw.db", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, said TEXT)")
        for _ in range(pairs):
            began = time.perf_counter()
            for _ in range(2):
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO rows (said) VALUES (?)", ("x" * 300,))
                database.execute("COMMIT")
            found.append(1000 * (time.perf_counter() - began))
        database.close()
    return found


class Open(Ledger):
    """A ledger that lets every call in and writes nothing."""

    def claim(self, claim: Claim) -> Future[Any]:
        return _done(Admitted(claim.call_id, UNLIMITED))

    def settle(self, settlement: Settlement) -> Future[int]:
        return _done(0)

    def release(self, call_id: str, key: Key, **told: Any) -> Future[None]:
        return _done(None)

    def note(self, row: Mapping[str, Any]) -> None:
        return


UNLIMITED = Limits(
    calls=100_000,
    calls_left=100_000,
    calls_reset=0.0,
    per_second=100_000.0,
    units=10**9,
    units_left=10**9,
    units_reset=1000.0,
    credit_left=None,
    spend_left=10**15,
    currency="USD",
    meter="answers",
)


def _done(value: T) -> Future[T]:
    found: Future[T] = Future()
    found.set_result(value)
    return found


def twin(port: int) -> None:
    """Serve as `seedbed serve` does, with the ledger above."""
    from seedbed.home import Home
    from seedbed.serve import server

    def ready(started: server.Started) -> None:
        logging.getLogger(__name__).info("ready at %s", started.address)

    vars(server)["Ledger"] = Open
    server.run(Home(), server.Config(port=port), ready)


if __name__ == "__main__":
    twin(int(sys.argv[sys.argv.index("--port") + 1]))
