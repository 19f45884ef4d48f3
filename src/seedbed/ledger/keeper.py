"""What a ledger does by itself every now and then, in a thread of its own.

A step that fails is logged and tried again later; it stops neither the other steps nor the thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from seedbed.errors import LedgerUnavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Step:
    """Something to do again and again.

    Attributes:
        name: What the log calls it.
        work: Does it.
        seconds: How long to leave it once it was done; 0 does it in each round.
        done: When it was done last, by `time.monotonic()`.
    """

    name: str
    work: Callable[[], object]
    seconds: float = 0.0
    done: float = -inf

    def try_if_due(self) -> None:
        """Do it if it is time; log what goes wrong.

        Where the database is away it is tried again in the next round, else when it is due again.
        """
        if time.monotonic() - self.done < self.seconds:
            return
        try:
            self.work()
        except LedgerUnavailable as cause:
            log.info("%s: %s", self.name, cause)
            return
        except Exception:  # whatever it is, the other steps and the next rounds must come
            log.exception("%s failed; it is tried again", self.name)
        self.done = time.monotonic()


class Keeper:
    """Goes round the steps until it is stopped.

    Args:
        steps: What each round does, in order.
        seconds: Between two rounds.
    """

    def __init__(self, steps: Sequence[Step], seconds: float) -> None:
        self._steps = steps
        self._seconds = seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="seedbed-keeper", daemon=True)

    @property
    def started(self) -> bool:
        """Tell whether it was ever started."""
        return self._thread.ident is not None

    @property
    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; the first round is one pause away."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end after the step under way."""
        self._ending.set()

    def join(self) -> None:
        """Wait until it has ended, where it was started."""
        if self.started:
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(self._seconds):
            for step in self._steps:
                if not self._ending.is_set():
                    step.try_if_due()
