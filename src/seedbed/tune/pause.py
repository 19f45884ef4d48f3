"""Ctrl-C, or SIGTERM, that waits for the end of a step, so that what is saved then is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM, which a system that shuts down sends, do what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Pause:
    """While it is entered, the first Ctrl-C is noted in `asked`; the next one interrupts at once.

    Outside the main thread, or where Ctrl-C has another meaning already, nothing changes.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: list[signal.Signals] = []

    def __enter__(self) -> Pause:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is signal.default_int_handler:
                    signal.signal(number, self._note)
                    self._before.append(number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._before:
            signal.signal(number, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            signal.default_int_handler(number, frame)
        self.asked = True
