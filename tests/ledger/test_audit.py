"""The audit log's chain shows the first row that was altered, taken out or slipped in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import delete, exc, select, text, update

from seedbed.ledger.audit import Audit, append
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.schema.audit import audit
from seedbed.ledger.schema.billing import numbers


def fill(database: Database, clock: Manual, count: int = 5) -> Audit:
    for i in range(count):
        with database.writing() as connection:
            details = {"名": "值", "amount": i, "nested": {"b": [1, None], "a": True}}
            append(connection, clock.advance(seconds=1), "cli", "key.create", f"key_{i}", details)
    return Audit(database)


def unguarded(database: Database, *statements: Any) -> None:
    """Alter the log behind the ledger's back, as someone with the database's password can."""
    with database.writing() as connection:
        if database.on_postgres:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            for event in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS keep_audit_{event}_old"))
        for statement in statements:
            connection.execute(statement)


def test_a_log_left_alone_is_whole(database: Database, clock: Manual) -> None:
    log = Audit(database)
    assert log.verify() is None
    assert log.head() == (0, "")
    fill(database, clock)
    assert log.verify() is None
    newest = log.list(limit=2)
    assert [entry.seq for entry in newest] == [5, 4]
    assert newest[0].details["名"] == "值"
    assert [entry.seq for entry in log.list(before=4)] == [3, 2, 1]
    assert [entry.seq for entry in log.list(subject="key_1")] == [2]
    assert log.list(action="key.revoke") == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "somebody else"),
        ("details", "{}"),
        ("at", 0),
        ("hash", "0" * 64),
        ("previous", "0" * 64),
        ("subject", "key_9"),
    ],
)
def test_an_altered_row_is_found(
    database: Database, clock: Manual, column: str, value: Any
) -> None:
    log = fill(database, clock)
    unguarded(database, update(audit).where(audit.c.seq == 3).values({column: value}))
    broken = log.verify()
    assert broken is not None
    assert broken.seq == 3


def test_a_row_taken_out_is_found(database: Database, clock: Manual) -> None:
    log = fill(database, clock)
    unguarded(database, delete(audit).where(audit.c.seq == 3))
    broken = log.verify()
    assert broken is not None
    assert (broken.seq, "missing" in broken.why) == (3, True)


def test_a_tail_cut_off_is_found(database: Database, clock: Manual) -> None:
    log = fill(database, clock)
    seq, head = log.head()
    unguarded(database, delete(audit).where(audit.c.seq > 3))
    broken = log.verify()
    assert broken is not None
    assert broken.seq == 4
    unguarded(database, update(numbers).where(numbers.c.series == "audit").values(last=3))
    assert log.verify() is None
    broken = log.verify(head)
    assert broken is not None
    assert seq == 5


def test_a_row_slipped_in_is_found(database: Database, clock: Manual) -> None:
    log = fill(database, clock)
    with database.reading() as connection:
        third = dict(connection.execute(select(audit).where(audit.c.seq == 3)).one()._mapping)
    later = [update(audit).where(audit.c.seq == seq).values(seq=seq + 1) for seq in (5, 4, 3)]
    unguarded(database, *later, audit.insert().values(**third | {"actor": "someone"}))
    broken = log.verify()
    assert broken is not None
    assert broken.seq == 3


def test_a_head_kept_elsewhere_is_recognised(database: Database, clock: Manual) -> None:
    log = fill(database, clock)
    _, head = log.head()
    fill(database, clock)
    assert log.verify(head) is None


@pytest.mark.parametrize(
    "change", [update(audit).values(actor="someone"), delete(audit).where(audit.c.seq == 2)]
)
def test_the_database_refuses_to_change_a_row(
    database: Database, clock: Manual, change: Any
) -> None:
    log = fill(database, clock)
    with pytest.raises(exc.IntegrityError, match="new rows only"), database.writing() as connection:
        connection.execute(change)
    assert log.verify() is None


def test_many_writers_make_one_chain(
    database: Database, another: Callable[[], Database], clock: Manual
) -> None:
    databases = [database, another(), another()]

    def write(i: int) -> None:
        with databases[i % 3].writing() as connection:
            append(connection, clock.now(), "cli", "key.create", f"key_{i}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(30)))
    log = Audit(database)
    assert log.head()[0] == 30
    assert log.verify() is None


def test_a_transaction_that_fails_leaves_no_hole(database: Database, clock: Manual) -> None:
    fill(database, clock, 2)

    def fail() -> None:
        with database.writing() as connection:
            append(connection, clock.now(), "cli", "key.create", "key_x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    log = fill(database, clock, 1)
    assert log.head()[0] == 3
    assert log.verify() is None
