"""A process that makes one call and kills itself at a named point of it.

    python crashing.py URL KEY_ID POINT

It writes `claimed` and `answered` as it gets there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shop import WAIT, Shop, until
from sqlalchemy import Connection

from seedbed.ledger.call import Claim, Settlement
from seedbed.ledger.database import Database
from seedbed.ledger.group import Group

POINTS = {
    "before the claim is written": "failed",
    "before the claim is committed": "failed",
    "after the claim is committed": "failed",
    "while the model computes": "failed",
    "before the settling is written": "failed",
    "before the settling is committed": "failed",
    "after the settling is committed": "answered",
    "after the answer left": "answered",
}
"""Where to die, and what the call must be found as: `answered` costs, and its answer can be had."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def watch(database: Database, point: str) -> None:
    """Have the process die at a point of the writer's work."""
    doing: list[type] = []
    load, write, committing = Group.load, Group.write, database.committing
    kind = Claim if "claim" in point else Settlement

    def here(when: str) -> bool:
        return kind in doing and when in point

    def loads(group: Group, works: Any) -> None:
        doing[:] = [type(work) for work in works]
        load(group, works)

    def writes(group: Group) -> None:
        _die_if(here("is written"))
        write(group)
        _die_if(here("before") and "committed" in point)

    @contextmanager
    def commits(**told: Any) -> Iterator[Connection]:
        with committing(**told) as connection:
            yield connection
        _die_if(here("after") and "committed" in point)

    patches: dict[str, Callable[..., Any]] = {"load": loads, "write": writes}
    for name, patch in patches.items():
        setattr(Group, name, patch)
    database.committing = commits  # type: ignore[method-assign]


def _die_if(true: bool) -> None:
    if true:
        die()


def say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


def main(url: str, key_id: str, point: str) -> None:
    database = Database(url)
    shop = Shop(database)
    key = shop.ledger.keys.get(key_id)
    watch(database, point)
    call = shop.claim(key, 3, idempotency_key="k").result(WAIT).call_id
    say("claimed")
    if "computes" in point:
        until(lambda: shop.rows(id=call) != [])
        die()
    shop.settle(call, key).result(WAIT)
    say("answered")
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
