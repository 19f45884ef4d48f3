"""Billing periods: days, months and years counted from a subscription's first moment, in UTC.

The n-th period begins n months after the anchor, at the anchor's time of day. Where a month has no
such day the period begins on the month's last one; the count is always from the anchor, so a
subscription of the 31st comes back to the 31st wherever there is one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

Every = Literal["day", "month", "year"]
Period = tuple[int, int]
"""The first moment of a period and the first that is no longer in it, in µs since 1970, UTC."""

DAY = 86_400_000_000
"""Microseconds in a day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Return a time of the ledger (µs) as a date and time in UTC."""
    return _EPOCH + at * _MICROSECOND


def micros(when: datetime) -> int:
    """Return a date and time (with its zone) as a time of the ledger (µs)."""
    return (when - _EPOCH) // _MICROSECOND


def period_of(anchor: int, every: Every, now: int) -> Period:
    """Return the period that a moment lies in; before the anchor, periods are counted backwards."""
    n = _guess(anchor, every, now)
    if starts(anchor, every, n) > now:  # a later day of the month than now's
        n -= 1
    return starts(anchor, every, n), starts(anchor, every, n + 1)


def after(anchor: int, every: Every, period: Period) -> Period:
    """Return the period that follows one."""
    return period_of(anchor, every, period[1])


def before(anchor: int, every: Every, period: Period) -> Period:
    """Return the period that one follows."""
    return period_of(anchor, every, period[0] - 1)


def between(anchor: int, every: Every, start: int, end: int) -> Iterator[Period]:
    """Yield the periods that have begun at `start` or later and ended at `end` or before."""
    period = period_of(anchor, every, start)
    while period[1] <= end:
        if period[0] >= start:
            yield period
        period = after(anchor, every, period)


def starts(anchor: int, every: Every, n: int) -> int:
    """Return when the n-th period begins; the 0th at the anchor."""
    if every == "day":
        return anchor + n * DAY
    first = moment(anchor)
    months = first.year * 12 + first.month - 1 + n * (12 if every == "year" else 1)
    year, month = divmod(months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return micros(first.replace(year=year, month=month + 1, day=day))


def _guess(anchor: int, every: Every, now: int) -> int:
    """Return the number of now's period, or one too many."""
    if every == "day":
        return (now - anchor) // DAY
    first, then = moment(anchor), moment(now)
    if every == "year":
        return then.year - first.year
    return (then.year - first.year) * 12 + then.month - first.month
