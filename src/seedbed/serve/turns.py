"""The processor, lent to one engine at a time.

Two engines that compute at once, each with a thread for every core, wait for one another's threads
and are both slower than one after the other.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from math import inf
from threading import Lock

IN_GAPS = 2
"""Rank of what nobody waits for: it is computed where nothing else is to be, however late that is.
Rank 1 is for what is wanted soon, such as warming a release that is to answer."""

LOOK_SECONDS = 0.02
"""How often who waits for a gap looks whether a caller has come."""


class Turns:
    """A lock that goes to the lowest rank that waits, and among equals to who came first.

    Attributes:
        guest_at: When somebody with little to do last had to wait, by `time.monotonic()`.
    """

    def __init__(self) -> None:
        self.guest_at = -inf
        self._guard = Lock()
        self._held = False
        self._waiting: list[tuple[int, int, Lock]] = []
        self._tickets = count()

    @property
    def wanted(self) -> bool:
        """Whether somebody waits, for more than a gap."""
        with self._guard:
            return bool(self._waiting) and self._waiting[0][0] < IN_GAPS

    @contextmanager
    def turn(
        self, rank: int = 0, *, guest: bool = False, hurry: Callable[[], bool] | None = None
    ) -> Iterator[None]:
        """Hold the processor.

        Args:
            rank: 0 for what callers wait for; else see `IN_GAPS`.
            guest: Whether it is for a row or two, which others should not keep waiting for long.
            hurry: Tells, while a gap is waited for, whether a caller has come: it is rank 0 then.
        """
        self._wait(rank, guest=guest, hurry=hurry)
        try:
            yield
        finally:
            self._hand_on()

    def _wait(self, rank: int, *, guest: bool, hurry: Callable[[], bool] | None) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            if guest and rank == 0:
                self.guest_at = time.monotonic()
            mine = Lock()
            mine.acquire()
            waiting = rank, next(self._tickets), mine
            heapq.heappush(self._waiting, waiting)
        if hurry is not None:
            while not mine.acquire(timeout=LOOK_SECONDS):
                if hurry():
                    self._hasten(waiting)
                    break
            else:
                return
        mine.acquire()

    def _hasten(self, waiting: tuple[int, int, Lock]) -> None:
        """Let somebody wait at rank 0, if the turn has not come meanwhile."""
        with self._guard:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                heapq.heapify(self._waiting)
                heapq.heappush(self._waiting, (0, *waiting[1:]))

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                heapq.heappop(self._waiting)[2].release()
            else:
                self._held = False
