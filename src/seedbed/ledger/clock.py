"""What time it is, in whole microseconds since the epoch (UTC)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Protocol

SECOND = 1_000_000
"""Microseconds in a second."""

DAY = 86_400 * SECOND
"""Microseconds in a day."""


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> int:
        """Return microseconds since the epoch."""
        ...


class System:
    """The machine's clock."""

    def now(self) -> int:
        """Return microseconds since the epoch."""
        return time.time_ns() // 1000


class Manual:
    """A clock that stands still until it is moved: to try a year in a second.

    Args:
        start: Microseconds since the epoch.
    """

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Return the moment that the clock was set to."""
        return self._now

    def advance(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
    ) -> int:
        """Move the clock, forwards or back, and return the new moment."""
        step = timedelta(
            days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds
        )
        self._now += step // timedelta(microseconds=1)
        return self._now

    def set(self, moment: int) -> int:
        """Set the clock to a moment, and return it."""
        self._now = moment
        return moment
