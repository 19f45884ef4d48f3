"""The releases that are loaded: off the path, lent to calls, let go when nobody needs them."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from seedbed.errors import ReleaseMissing, SeedbedError
from seedbed.home import Home
from seedbed.release import store
from seedbed.release.store import Release
from seedbed.serve.batcher import MOST_SECONDS, Batcher
from seedbed.serve.replica import Replica
from seedbed.serve.turns import Turns
from seedbed.serve.windows import Window

log = logging.getLogger(__name__)

SPARE_SECONDS = 60.0
"""How long a release stays loaded that no alias needs: a roll-back finds it ready."""
MOST_SPARE = 2
FAILED_SECONDS = 10.0
"""How long a release that could not be loaded is not tried again."""
LOWEST_PRIORITY = 19

Which = tuple[str, int]
"""A release's name and number."""


@dataclass(slots=True, eq=False)
class Served:
    """A loaded release.

    Attributes:
        replica: What computes.
        batcher: What batches for it.
        window: How it has done lately.
        calls: Calls under way that hold it.
        used_at: When the last of them ended, by `time.monotonic()`.
    """

    replica: Replica
    batcher: Batcher
    window: Window = field(default_factory=Window)
    calls: int = 0
    used_at: float = field(default_factory=time.monotonic)

    @property
    def which(self) -> Which:
        """Its name and number."""
        return self.replica.release.name, self.replica.release.number

    def give_back(self) -> None:
        """Count a call that holds it no more."""
        self.calls -= 1
        self.used_at = time.monotonic()


class Fleet:
    """The loaded releases of a home.

    Args:
        home: Where the releases are.
        threads: Threads that an engine computes with; by default all that the process may use.
        most_seconds: Work that may wait for each release.
    """

    def __init__(
        self, home: Home, *, threads: int | None = None, most_seconds: float = MOST_SECONDS
    ) -> None:
        self.home = home
        self.threads = threads
        self._most_seconds = most_seconds
        self._turns = Turns()
        self._served: dict[Which, Served] = {}
        self._loading: dict[Which, asyncio.Task[Served]] = {}
        self._failed: dict[Which, tuple[float, SeedbedError]] = {}
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="seedbed-load")

    def get(self, which: Which) -> Served | None:
        """Return a release if it is loaded."""
        return self._served.get(which)

    def all(self) -> list[Served]:
        """Return what is loaded."""
        return list(self._served.values())

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of a name that are on the disk; none if there is no such name."""
        if name not in store.names(self.home):  # it may come from a caller, and be any path
            return []
        return [int(folder.name) for folder in store.folders(self.home, name)]

    async def ready(self, which: Which) -> Served:
        """Return a release, loaded and warm; those who ask meanwhile wait for the same load.

        Raises:
            ReleaseMissing, ReleaseDamaged, EngineUnavailable: it cannot be had.
        """
        served = self._served.get(which)
        if served is not None:
            return served
        failed_at, error = self._failed.get(which, (0.0, None))
        if error is not None and time.monotonic() - failed_at < FAILED_SECONDS:
            raise error.with_traceback(None)
        task = self._loading.get(which)
        if task is None:
            task = self._loading[which] = asyncio.create_task(self._load(which))
            task.add_done_callback(lambda _: self._loading.pop(which, None))
        return await asyncio.shield(task)

    async def lent(self, which: Which) -> Served:
        """Return a release that stays loaded until it is given back; else as `ready`."""
        while True:
            served = await self.ready(which)
            if self._served.get(which) is served:  # not let go between its load and now
                served.calls += 1
                return served

    async def tidy(self, wanted: Collection[Which]) -> None:
        """Let go of what is not wanted, not lent, and was not used for a minute or by the last two.

        Args:
            wanted: What aliases point to.
        """
        idle = [served for served in self.all() if served.which not in wanted and not served.calls]
        idle.sort(key=lambda served: -served.used_at)
        before = time.monotonic() - SPARE_SECONDS
        await self._let_go(
            [each for i, each in enumerate(idle) if i >= MOST_SPARE or each.used_at <= before]
        )

    async def close(self) -> None:
        """Finish every call under way, then let go of everything."""
        await self._let_go(self.all())
        self._loader.shutdown(wait=False, cancel_futures=True)

    async def _load(self, which: Which) -> Served:
        loop = asyncio.get_running_loop()
        try:
            replica = await loop.run_in_executor(self._loader, self._loaded, which)
        except ReleaseMissing:  # costs nothing to find out again, and anybody may ask for any
            raise
        except SeedbedError as error:
            self._failed[which] = time.monotonic(), error
            raise
        self._failed.pop(which, None)
        batcher = Batcher(replica, turns=self._turns, most_seconds=self._most_seconds)
        served = self._served[which] = Served(replica, batcher)
        return served

    def _loaded(self, which: Which) -> Replica:
        name, number = which
        if number not in self.numbers(name):
            raise ReleaseMissing(
                expected=f"{name}/{number} in {self.home.releases}",
                got="none",
                do="List what there is: seedbed releases.",
            )
        began = time.monotonic()
        release = _verified(store.opened(self.home.releases / name / str(number)))
        replica = Replica(release, threads=self.threads, turns=self._turns)
        log.info("%s/%d is loaded, in %.2f s", name, number, time.monotonic() - began)
        return replica

    async def _let_go(self, all_served: list[Served]) -> None:
        for served in all_served:  # all at once: from here on no call can be lent one of them
            self._served.pop(served.which, None)
        for served in all_served:
            await served.batcher.drain()
            served.replica.close()
            log.info("%s/%d is let go", *served.which)


def _verified(release: Release) -> Release:
    """Verify a release with what the processors have left: its files are read whole for that.

    A thread that has stepped back cannot step forward again, so it is one of its own.
    """
    with ThreadPoolExecutor(1, initializer=_step_back) as behind:
        return behind.submit(release.verify).result()


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
