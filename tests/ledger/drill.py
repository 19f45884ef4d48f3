"""The drill: parallel callers on credit for 100 units, the process killed at random moments.

    python tests/ledger/drill.py                      64 callers, 10,000 tries, 50 kills, on SQLite
    python tests/ledger/drill.py --db postgresql://…  the same on an empty database there

A try is a request with an Idempotency-Key. One under way when the process is killed is sent again
to the next; so is one that was told to come again. At the end the units charged, the answers that
callers had and the credit must all be 100, with nothing reserved and no key in use.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from typing import Any

from shop import Shop
from sqlalchemy import func, select

from seedbed.errors import (
    CreditHeld,
    CreditSpent,
    IdempotencyRunning,
    LedgerUnavailable,
)
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.call import Replay
from seedbed.ledger.database import Database
from seedbed.ledger.migrations import migrate
from seedbed.ledger.schema.calls import calls, replays

UNITS = 100
FAILING = 0.8
"""Share of calls that are let in and fail, so that the credit lasts for many lives."""


@dataclass
class Found:
    """What came of a drill; `lives` are the processes that answered anything."""

    kills: int = 0
    tries: int = 0
    seconds: float = 0.0
    had: set[int] = field(default_factory=set)
    lives: set[int] = field(default_factory=set)
    ends: Counter[str] = field(default_factory=Counter)
    book: dict[str, Any] = field(default_factory=dict)

    def problems(self) -> Iterator[str]:
        """Yield what is not as it must be."""
        yield from unequal(self.book, len(self.had))


def drill(url: str, *, callers: int, tries: int, kills: int, seed: int = 0) -> Found:
    """Run a drill on an empty, migrated database."""
    chance, begun = random.Random(seed), time.monotonic()
    found = Found(tries=tries)
    database = Database(url)
    with Shop(database) as shop:
        key = shop.key(credit=UNITS)
    database.close()
    undone = list(range(tries))
    while undone:
        after = chance.uniform(0.0, 0.1) if found.kills < kills else None
        # Every other one dies from its first answer on, however slow the machine is to start.
        undone = _one_life(url, key.id, callers, undone, found, after, found.kills % 2)
    found.seconds = time.monotonic() - begun
    with Shop(Database(url)) as shop:  # a process has started again
        found.book = book(shop.database, key.customer_id or "")
    return found


def _one_life(
    url: str, key: str, callers: int, work: list[int], found: Found, after: float | None, first: int
) -> list[int]:
    """Have a process work until it is killed, or done; return what it left undone.

    It is killed `after` seconds from its start, or from when it told of as many ends as `first`.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve(url, key, callers, work, writing)
    os.close(writing)
    undone = dict.fromkeys(work)
    with os.fdopen(reading, "r", encoding="utf-8") as told:
        assert told.readline() == "ready\n", "the process did not start"
        killer = Timer(after or 0.0, os.kill, (child, signal.SIGKILL))
        if after is not None and first == 0:
            killer.start()
        for count, line in enumerate(told, 1):
            if after is not None and count == first:
                killer.start()
            number, _, end = line.rstrip("\n").partition(" ")
            undone.pop(int(number))
            found.ends[end] += 1
            if end in ("answered", "replayed"):
                found.had.add(int(number))
                found.lives.add(child)
    killer.cancel()
    if killer.is_alive():
        killer.join()  # before the process is waited for, when its number may become another's
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), f"the process ended with {status}"
    found.kills += status == signal.SIGKILL
    return list(undone)


def _serve(url: str, key: str, callers: int, work: list[int], told: int) -> None:
    """Be the process: make all calls, tell of each as its answer leaves, and exit."""
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in work:
        waiting.put(number)
    with Shop(Database(url)) as shop:
        held = shop.ledger.keys.get(key)
        os.write(told, b"ready\n")
        threads = [Thread(target=_caller, args=(shop, held, waiting, told)) for _ in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    os._exit(0)


def _caller(shop: Shop, key: Any, waiting: SimpleQueue[int], told: int) -> None:
    while True:
        try:
            number = waiting.get_nowait()
        except Empty:
            return
        end = _try(shop, key, number)
        if end in ("again", "unavailable"):
            waiting.put(number)
            time.sleep(0.002)
        else:
            os.write(told, f"{number} {end}\n".encode())


def _try(shop: Shop, key: Any, number: int) -> str:
    """Make one call, as the server does."""
    try:
        admitted = shop.claim(key, idempotency_key=f"k{number}").result(60)
        if isinstance(admitted, Replay):
            return "replayed"
        time.sleep(random.random() * 0.05)
        if random.random() < FAILING:  # the model could not answer, or the caller has gone
            shop.ledger.release(admitted.call_id, key, status="failed", reason="drill")
            return "again"
        shop.settle(admitted.call_id, key).result(60)
    except CreditSpent:
        return "refused"
    except (CreditHeld, IdempotencyRunning):
        return "again"
    except LedgerUnavailable:
        return "unavailable"
    return "answered"


def unequal(found: Mapping[str, Any], had: int) -> Iterator[str]:
    """Yield where a book, as `book` gives it, and the answers that callers had are not equal."""
    expected = {"charged": UNITS, "answered": UNITS, "credit": 0, "reserved": 0}
    expected |= {"in_flight": 0, "keys_running": 0}
    for name, value in expected.items():
        if found[name] != value:
            yield f"{name}: {found[name]}, not {value}"
    if had != UNITS:
        yield f"answers had: {had}, not {UNITS}"


def book(database: Database, customer: str) -> dict[str, Any]:
    """Return what a ledger says of its one customer and all calls."""
    with database.reading() as connection:
        account = Accounts().read(connection, customer)
        counted = select(calls.c.status, func.count(), func.sum(calls.c.units)).group_by(
            calls.c.status
        )
        rows = {status: (many, units) for status, many, units in connection.execute(counted)}
        running = select(func.count()).select_from(replays).where(replays.c.state == "running")
        return {
            "charged": int(rows.get("answered", (0, 0))[1]),
            "answered": rows.get("answered", (0, 0))[0],
            "reserved": rows.get("reserved", (0, 0))[0],
            "credit": account.credit,
            "in_flight": account.in_flight,
            "keys_running": connection.execute(running).scalar_one(),
            "rows": {status: many for status, (many, _) in rows.items()},
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", help="URL of an empty database; by default a new SQLite file")
    parser.add_argument("--callers", type=int, default=64)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = told.db or f"sqlite:///{Path(folder) / 'ledger.db'}"
        migrate(Database(url))
        found = drill(url, callers=told.callers, tries=told.tries, kills=told.kills, seed=told.seed)
    problems = list(found.problems())
    said = {"kills": found.kills, "tries": found.tries, "callers": told.callers}
    said |= {"seconds": round(found.seconds, 1), "ends": dict(found.ends)}
    said |= {"had": len(found.had), "lives_that_answered": len(found.lives)}
    print(json.dumps(said | {"ledger": found.book, "problems": problems}, indent=2))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
