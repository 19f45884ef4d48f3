"""The drill of a database that is away: locked, stopped or full for ten seconds, over HTTP.

    python tests/serve/http/away.py                  each way in turn
    python tests/serve/http/away.py --way stopped    PostgreSQL, stopped and started again

`seedbed serve` runs all the time, and callers call. Meanwhile each must be told so by one clear
error, and nobody charged; afterwards calls must go on by themselves, and the units charged and the
answers that callers had be the same number, with nothing reserved and no key in use.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from process import Process

TESTS = Path(__file__).parents[2]
sys.path += [str(TESTS), str(TESTS / "ledger")]

from drill import book  # noqa: E402
from killing import TEXT, made_home, shop  # noqa: E402
from postgres import Server, binaries  # noqa: E402
from sqlalchemy import text  # noqa: E402

from seedbed.ledger.database import Database  # noqa: E402
from seedbed.ledger.money import NANOS  # noqa: E402

AWAY = "SB701"
RUNNING = "SB719"
"""What a request with an Idempotency-Key is told until what it began can be written down."""
RECOVERED = 20.0
"""Seconds after which a server that has not recovered is one that does not."""
DISK = "4m"
CREDIT = 100_000


class Outage:
    """Callers of a server, from before its database goes away until after it has come back.

    Args:
        address: Of the server.
        secret: Of a key of a customer with `CREDIT` units.
        callers: That call at the same time; every other one sends Idempotency-Keys.
    """

    def __init__(self, address: str, secret: str, *, callers: int = 8) -> None:
        self.had: set[str] = set()
        self.told: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.slowest = 0.0
        self.recovered = 0.0
        self._address = address
        self._headers = {"authorization": f"Bearer {secret}"}
        self._away = threading.Event()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(i,)) for i in range(callers)]

    def run(self, away: Callable[[], Any], seconds: float) -> None:
        """Have the database go away for so long, and wait for calls to be answered again."""
        with self._client() as client:
            for thread in self._threads:
                thread.start()
            try:
                self._until(lambda: len(self.had) > len(self._threads), "no calls are answered")
                with away():
                    self._watch(client, seconds)
                came = time.monotonic()
                before = len(self.had)
                self._until(lambda: len(self.had) > before + 8, "calls are not answered again")
                self._until(lambda: _ready(client) == 200, "it is not ready again")
                self.recovered = time.monotonic() - came
            finally:
                self._over.set()
                for thread in self._threads:
                    thread.join(60)

    def problems(self, database: Database, customer: str) -> Iterator[str]:
        """Yield what is not as it must be."""
        until = time.monotonic() + RECOVERED
        while (found := book(database, customer))["reserved"] and time.monotonic() < until:
            time.sleep(0.05)
        expected = {"charged": len(self.had), "answered": len(self.had), "reserved": 0}
        expected |= {"credit": (CREDIT - len(self.had)) * NANOS, "in_flight": 0, "keys_running": 0}
        for name, value in expected.items():
            if found[name] != value:
                yield f"{name}: {found[name]}, not {value}"
        if not self.told[AWAY]:
            yield "nobody was told that the database is away"
        if not self.told["not ready"]:
            yield "it was ready all the time"
        for what, times in self.wrong.items():
            yield f"{times} times: {what}"

    def _watch(self, client: httpx.Client, seconds: float) -> None:
        """See that it tells that it is alive and not ready, while its other routes are asked."""
        back = threading.Event()
        asking = threading.Thread(target=self._ask, args=(back,))
        asking.start()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if client.get("/health/live").status_code != 200:
                self.wrong["it was not alive"] += 1
            if _ready(client) == 503:
                self.told["not ready"] += 1
            time.sleep(max(0.0, min(0.1, left)))
        back.set()
        asking.join(60)

    def _ask(self, back: threading.Event) -> None:
        """Ask for what is read from the database; no key may be called wrong for its absence."""
        unknown = {"authorization": "Bearer sb_live_unknown"}
        with self._client() as client:
            while not back.wait(0.1):
                self._look(client.get("/v1/credits"))
                self._look(client.get("/v1/credits", headers=unknown), "SB711")

    def _call(self, caller: int) -> None:
        with self._client() as client:
            number = 0
            while not self._over.is_set():
                named = {"idempotency-key": f"{caller}-{number}"} if caller % 2 else {}
                while not self._answered(client, named):
                    time.sleep(0.02)
                number += 1
                time.sleep(0.05)

    def _answered(self, client: httpx.Client, named: dict[str, str]) -> bool:
        """Send a request once; an answer is looked for again until it has come."""
        began = time.monotonic()
        response = client.post("/v1/predict/demo", json={"text": TEXT}, headers=named)
        self.slowest = max(self.slowest, time.monotonic() - began)
        if response.status_code == 200:
            self.had.add(response.json()["call_id"])
            return True
        self._look(response, RUNNING)
        return False

    def _look(self, response: httpx.Response, other: str = "") -> None:
        """Count what a response tells; it must be the one error, as problem+json, or `other`."""
        if response.status_code == 200:
            return
        kind = response.headers.get("content-type")
        code = response.json()["code"] if kind == "application/problem+json" else kind
        self.told[code] += 1
        clear = response.status_code == 503 and "retry-after" in response.headers
        if code != other and not (code == AWAY and clear):
            self.wrong[f"{response.status_code} {response.text[:200]}"] += 1

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self._address, headers=self._headers, timeout=60)

    def _until(self, true: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + RECOVERED
        while not true():
            assert time.monotonic() < until, f"{otherwise}: {dict(self.told)}"
            time.sleep(0.02)


def _ready(client: httpx.Client) -> int:
    return client.get("/health/ready").status_code


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Hold the ledger as another program would that writes."""
    if database.file is not None:
        other = sqlite3.connect(database.file, isolation_level=None, timeout=30)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    again = Database(database.url.render_as_string(hide_password=False))
    with again.engine.begin() as connection:
        connection.execute(text("SET lock_timeout = '30s'"))
        connection.execute(text("LOCK TABLE accounts, calls, keys IN ACCESS EXCLUSIVE MODE"))
        yield
    again.close()


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Stop PostgreSQL as a crash does, and start it again."""
    server.stop("immediate")
    try:
        yield
    finally:
        server.start()


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill the disk that a folder is on."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as handle:
        for size in (1 << 16, 1 << 12):
            with suppress(OSError):
                while True:
                    handle.write(bytes(size))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of a few megabytes on a folder; tell whether that could be done."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


WAYS = ("locked", "full", "stopped", "locked on PostgreSQL")


def drill(home: Path, folder: Path, way: str, seconds: float) -> dict[str, Any]:
    """Run one drill on a server process and a database of its own."""
    with ExitStack() as stack:
        where: Path | str = folder / "ledger.db"
        server: Server | None = None
        if way == "full":
            where = folder / "disk" / "ledger.db"
            if not stack.enter_context(small_disk(folder / "disk")):
                return {"way": way, "problems": [], "skipped": "only root may mount a small disk"}
        elif way != "locked":
            found = binaries()
            if found is None:
                return {"way": way, "problems": [], "skipped": "PostgreSQL is not installed"}
            server = Server(found)
            stack.callback(server.remove)
            server.start()
            where = server.url("postgres")
        database = Database(where)
        url = database.url.render_as_string(hide_password=False).replace("+psycopg", "")
        customer, secret = shop(url, CREDIT)
        process = Process(home, "--release", "demo", "--log", "", db=url)
        stack.callback(process.end)
        outage = Outage(process.wait().address, secret)
        ways: dict[str, Callable[[], Any]] = {"full": lambda: full(folder / "disk")}
        if way == "stopped" and server is not None:
            ways[way] = lambda: stopped(server)
        outage.run(ways.get(way, lambda: locked(database)), seconds)
        problems = list(outage.problems(database, customer))
        database.close()
        code, _, said = process.stop()
        if code != 0:
            problems.append(f"the server ended with {code}: {said}")
    measured = {"slowest_seconds": outage.slowest, "recovered_seconds": outage.recovered}
    told = {"answered": len(outage.had), "told": dict(outage.told)}
    shown = {name: round(value, 2) for name, value in measured.items()}
    return {"way": way, "seconds": seconds} | told | shown | {"problems": problems}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, action="append", help="by default each in turn")
    parser.add_argument("--seconds", type=float, default=10.0)
    told = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as root:
        home = made_home(Path(root))
        for i, way in enumerate(told.way or WAYS):
            folder = Path(root) / str(i)
            folder.mkdir()
            found = drill(home, folder, way, told.seconds)
            print(json.dumps(found, indent=2), flush=True)
            failed = failed or bool(found["problems"])
    sys.exit(failed)


if __name__ == "__main__":
    main()
