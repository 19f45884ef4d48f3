"""The processor, lent to one engine at a time.

Two engines that compute at once, each with a thread for every core, wait for one another's threads
and are both slower than one after the other.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from math import inf
from threading import Lock


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
        """Whether somebody waits."""
        return bool(self._waiting)

    @contextmanager
    def turn(self, rank: int = 0, *, guest: bool = False) -> Iterator[None]:
        """Hold the processor.

        Args:
            rank: 0 for what callers wait for; more for what nobody does.
            guest: Whether it is for a row or two, which others should not keep waiting for long.
        """
        self._wait(rank, guest=guest)
        try:
            yield
        finally:
            self._hand_on()

    def _wait(self, rank: int, *, guest: bool) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            if guest and rank == 0:
                self.guest_at = time.monotonic()
            mine = Lock()
            mine.acquire()
            heapq.heappush(self._waiting, (rank, next(self._tickets), mine))
        mine.acquire()

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                heapq.heappop(self._waiting)[2].release()
            else:
                self._held = False
