"""What copies of calls told of releases on trial, as it stands in the rows that copies leave."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from seedbed.ledger.database import Database
from seedbed.ledger.ids import first_id
from seedbed.ledger.schema.calls import calls

_SAID = re.compile(r": (\d+) of (\d+) rows agree, on trial is (\d+)$")

Agreements = dict[tuple[str, int], "Agreement"]
"""By the name and the number of the release on trial."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a release on trial answered as the other did.

    Attributes:
        compared: Rows that both answered.
        agreed: Those that both answered the same.
    """

    compared: int = 0
    agreed: int = 0


def said(call_id: str, trial: int, found: Agreement) -> str:
    """Return the reason that the row of a copy gives.

    Args:
        call_id: The call that was copied.
        trial: Number of the release that it tells about, which answered the call or the copy.
        found: What it told.
    """
    return f"copy of {call_id}: {found.agreed} of {found.compared} rows agree, on trial is {trial}"


def agreements(database: Database, since: int) -> Agreements:
    """Return what copies have told since a moment (µs), of each release that was on trial."""
    query = select(calls.c.release, calls.c.reason).where(
        calls.c.customer_id.is_(None),  # a copy is nobody's call, and so found by an index
        calls.c.id >= first_id("call", since),
        calls.c.status == "shadow",
    )
    found: Agreements = {}
    with database.reading() as connection:
        for row in connection.execute(query):
            if told := _SAID.search(row.reason):
                agreed, compared, trial = map(int, told.groups())
                sofar = found.get((row.release, trial), Agreement())
                found[row.release, trial] = Agreement(
                    sofar.compared + compared, sofar.agreed + agreed
                )
    return found
