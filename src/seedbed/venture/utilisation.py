"""The share of the servers' time in which they computed, as the ledger's calls tell it.

A server's time runs from its first call to its last within the last whole months; its computing is
the engine's time of these calls. A server that answered little, or for less than a day, tells
nothing: what it waited before and after its calls is not in the ledger. Paid hours in which no
server ran are not in it either, so a bill of the machines can only show less.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.assumption import Assumption, Kind

if TYPE_CHECKING:
    from seedbed.ledger.database import Database

PATH = "unit.utilisation"
LEAST_CALLS = 1000
LEAST_US = 24 * 3600 * 10**6
MONTHS = 3
HOUR_US = 3600 * 10**6


def facts(database: Database, today: date) -> Iterator[tuple[str, Assumption, str]]:
    """Yield the utilisation of the last whole months, where servers answered enough to tell it."""
    served = list(_servers(database, *_window(today)))
    wall, busy = (sum(one[at] for one in served) for at in (0, 1))
    if not served or not 0 < busy < wall:
        return
    value = busy / wall
    source = (
        f"{busy / HOUR_US:,.1f} hours computed of {wall / HOUR_US:,.0f} that"
        f" {len(served)} server{'s' if len(served) > 1 else ''} ran"
    )
    low, high = _ends(np.array(served, float), value)
    last = date.fromordinal(today.replace(day=1).toordinal() - 1)
    kind: Kind = "logit" if low is not None else "fixed"
    told = Assumption(value, low, high, kind, source, last, floor=0.0, ceiling=1.0)
    yield PATH, told, "ledger, calls by server"


def _ends(served: np.ndarray, value: float) -> tuple[float | None, float | None]:
    """Return the 5 and 95 % points of the ratio over servers; none where there is one alone."""
    from scipy.stats import t

    n = len(served)
    if n < 2:
        return None, None
    rest = served[:, 1] - value * served[:, 0]
    error = float(np.sqrt((rest**2).sum() * n / (n - 1)) / served[:, 0].sum())
    half = float(t.ppf(0.95, n - 1)) * error / (value * (1 - value))  # on the log-odds
    if not half:
        return None, None
    odds = np.log(value / (1 - value)) + np.array([-half, half])
    low, high = 1 / (1 + np.exp(-odds))
    return float(low), float(high)


def _servers(database: Database, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (time, computing) in µs of the servers that answered enough."""
    from sqlalchemy import func, select

    from seedbed.ledger.schema.calls import calls

    told = (
        func.count(),
        func.min(calls.c.at),
        func.max(func.coalesce(calls.c.ended_at, calls.c.at)),
        func.sum(calls.c.compute_us),
    )
    query = select(*told).where(
        calls.c.status == "answered",
        calls.c.instance_id.is_not(None),
        calls.c.at >= start,
        calls.c.at < end,
    )
    with database.reading() as connection:
        rows = connection.execute(query.group_by(calls.c.instance_id)).all()
    for many, first, last, busy in rows:
        if many >= LEAST_CALLS and last - first >= LEAST_US:
            yield int(last - first), int(busy)


def _window(today: date) -> tuple[int, int]:
    """Return the first moments of the last whole months and of this one, in µs."""
    from seedbed.ledger.periods import micros

    this = today.year * 12 + today.month - 1
    starts = (datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in (this - MONTHS, this))
    first, last = (micros(one) for one in starts)
    return first, last
