"""What a process that died had reserved is free again."""

from __future__ import annotations

import logging

from sqlalchemy import select

from seedbed.ledger.accounts import Accounts
from seedbed.ledger.call import Ending
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.group import Group
from seedbed.ledger.instances import Instance
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.shelf import Shelf

log = logging.getLogger(__name__)

REASON = "ProcessEnded"
"""Why calls failed whose process has died."""

_AT_ONCE = 500


def recover(database: Database, accounts: Accounts, clock: Clock, instance: Instance) -> int:
    """Release what processes reserved that have died, and return how many calls that were.

    Raises:
        LedgerUnavailable: the database is locked, full or away; some may be released already.
    """
    released = 0
    for gone in instance.gone():
        released += release(database, accounts, clock, gone)
        instance.bury(gone)
    if released:
        log.warning("released %d calls of processes that have died", released)
    return released


def release(database: Database, accounts: Accounts, clock: Clock, instance: str) -> int:
    """Release all that one instance has reserved, and return how many calls that were."""
    released = 0
    orphans = select(calls.c.id, calls.c.customer_id).where(
        calls.c.instance_id == instance, calls.c.status == "reserved"
    )
    while True:
        with database.writing() as connection:
            found = connection.execute(orphans.order_by(calls.c.id).limit(_AT_ONCE)).all()
            endings = [Ending(row.id, row.customer_id, "failed", REASON) for row in found]
            group = Group(connection, Shelf(accounts), instance, clock.now())
            group.load(endings)
            for ending in endings:
                group.apply(ending)
            group.write()
        released += len(endings)
        if len(endings) < _AT_ONCE:
            return released
