"""A process that is killed, at any point, leaves neither a reservation nor a wrong charge."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from crashing import POINTS
from shop import WAIT, Shop, until
from sqlalchemy import func, select

from seedbed.ledger import database as databases
from seedbed.ledger import ledger as ledgers
from seedbed.ledger.call import Admitted, Replay
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.money import NANOS
from seedbed.ledger.schema.calls import texts

HERE = Path(__file__).parent


def url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def crashed(database: Database, key: str, point: str) -> list[str]:
    """Run a process until it has killed itself, and return what it said before."""
    done = subprocess.run(
        [sys.executable, str(HERE / "crashing.py"), url(database), key, point],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_between_each_two_steps(database: Database, point: str) -> None:
    with Shop(database) as shop:
        key = shop.key()
    said = crashed(database, key.id, point)
    found = POINTS[point]
    if "answered" in said:
        assert found == "answered"
    with Shop(database) as shop:
        assert set(shop.statuses()) <= {found}
        shop.exact(key)
        assert shop.account(key).in_flight == 0
        again = shop.claim(key, 3, idempotency_key="k").result(WAIT)
        if found == "answered":
            assert isinstance(again, Replay)
            assert again.body == b"yes"
        else:
            assert isinstance(again, Admitted)
            shop.settle(again.call_id, key).result(WAIT)
        assert shop.account(key).credit == 97 * NANOS
        shop.exact(key)


def test_what_a_living_process_reserved_stays(database: Database) -> None:
    with Shop(database) as shop:
        key = shop.key()
        call = shop.claim(key).result(WAIT).call_id
        with Shop(Database(url(database))) as other:
            assert other.rows(id=call)[0]["status"] == "reserved"
            shop.settle(call, key).result(WAIT)
        shop.exact(key)


def test_a_process_that_lives_frees_what_another_left(database: Database) -> None:
    with Shop(database) as shop:
        key = shop.key()
        crashed(database, key.id, "while the model computes")
        assert shop.account(key).in_flight == 1
        shop.ledger._recover()
        assert shop.account(key).in_flight == 0
        assert shop.rows()[0]["reason"] == "ProcessEnded"
        shop.exact(key)


COUNTER = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from shop import Shop
from seedbed.errors import Refused
from seedbed.ledger.database import Database
with Shop(Database(sys.argv[1])) as shop:
    key = shop.ledger.keys.get(sys.argv[2])
    def tried(_):
        try:
            call = shop.claim(key).result(60).call_id
            time.sleep(0.05)
            return shop.settle(call, key).result(60) > 0
        except Refused:
            return False
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(16) as pool:
        print(sum(pool.map(tried, range(300))))
"""


def test_two_processes_are_exact_together(database: Database) -> None:
    with Shop(database) as shop:
        key = shop.key()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTER, url(database), key.id],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=100) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    answered = [int(out) for out, _ in told]
    assert sum(answered) == 100
    assert min(answered) > 0
    with Shop(database) as shop:
        assert shop.statuses() == {"answered": 100, "refused": 500}
        shop.exact(key)


def test_what_another_left_is_freed_without_being_asked(
    database: Database, clock: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(ledgers, "SWEEP_SECONDS", 0.0)
    with Shop(database, clock) as shop:
        key = shop.key(keep_texts_days=1)
        call = shop.claim(key).result(WAIT).call_id
        shop.settle(call, key, inputs=["a"], answers=["b"]).result(WAIT)
        crashed(database, key.id, "while the model computes")
        until(lambda: shop.account(key).in_flight == 0)
        clock.advance(days=800)  # the process that crashed kept the machine's time

        def kept() -> int:
            with database.reading() as connection:
                return connection.execute(select(func.count()).select_from(texts)).scalar_one()

        until(lambda: kept() == 0)
        until(lambda: len(shop.ledger.invoices.list()) > 0)
        assert shop.statuses() == {"answered": 1, "failed": 1}


def test_a_ledger_that_closes_while_the_database_is_locked_is_put_in_order_later(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.1)
    with Shop(Database(url(sqlite))) as shop:
        key = shop.key()
        shop.claim(key).result(WAIT)
        until(lambda: shop.rows() != [])
        other = sqlite3.connect(sqlite.file or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    assert "released at the next start" in caplog.text
    other.execute("ROLLBACK")
    other.close()
    with Shop(sqlite) as shop:
        assert shop.statuses() == {"failed": 1}
        shop.exact(key)
