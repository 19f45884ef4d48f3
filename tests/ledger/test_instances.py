"""Which processes live is told apart from which have died, whatever the clocks say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from seedbed.ledger import instances as module
from seedbed.ledger.database import Database
from seedbed.ledger.instances import SILENT_SECONDS, Instance
from seedbed.ledger.schema.calls import instances

ENTER = """
import sys
from seedbed.ledger.database import Database
from seedbed.ledger.instances import Instance
one = Instance(Database(sys.argv[1]))
one.enter()
print(one.id, flush=True)
sys.stdin.readline()
"""


def test_one_that_lives_is_not_gone(database: Database, another: Callable[[], Database]) -> None:
    one, other = Instance(database), Instance(another())
    one.enter()
    other.enter()
    assert one.gone() == other.gone() == []
    one.leave()
    assert other.gone() == []
    other.leave()


def test_one_that_was_killed_is_gone_at_once(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", ENTER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    one = Instance(database)
    one.enter()
    assert one.gone() == []
    process.kill()
    process.communicate()
    assert one.gone() == [name]
    one.bury(name)
    assert one.gone() == []
    one.leave()


def told(database: Database, other: Instance, **values: Any) -> None:
    with database.writing() as connection:
        row = update(instances).where(instances.c.id == other.id)
        connection.execute(row.values(values))


def test_another_process_of_the_same_number_is_not_the_same(
    postgresql: Database, another: Callable[[], Database]
) -> None:
    one, other = Instance(postgresql), Instance(postgresql)
    one.enter()
    other.enter()
    told(postgresql, other, born="0")
    assert one.gone() == [other.id]


@pytest.mark.parametrize("beats", [True, False])
def test_one_on_another_machine_is_gone_when_its_heart_stands_still(
    postgresql: Database, beats: bool
) -> None:
    now = [0.0]
    one, other = Instance(postgresql, lambda: now[0]), Instance(postgresql)
    one.enter()
    other.enter()
    told(postgresql, other, host="elsewhere", pid=1)
    assert one.gone() == []
    for beat in range(8):
        now[0] += SILENT_SECONDS / 4
        if beats:
            told(postgresql, other, beat_at=-beat)  # its clock may say what it likes
        assert one.gone() == ([] if beats or beat < 3 else [other.id])


def test_one_that_was_taken_for_dead_enters_again(postgresql: Database) -> None:
    one, other = Instance(postgresql), Instance(postgresql)
    one.enter()
    other.bury(one.id)
    one.beat()
    with postgresql.reading() as connection:
        found = connection.execute(instances.select()).one()
    assert (found.id, found.pid) == (one.id, os.getpid())


def test_a_process_is_known_by_its_birth() -> None:
    mine = module._born(os.getpid())
    assert mine
    assert mine == module._born(os.getpid())
    process = subprocess.Popen(["sleep", "60"])
    try:
        assert module._born(process.pid) not in (None, mine)
    finally:
        process.kill()
        process.wait()
    assert module._born(process.pid) is None
