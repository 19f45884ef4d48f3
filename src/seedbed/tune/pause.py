"""Ctrl-C that waits for the end of a step, so that what is saved then is whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Pause:
    """While it is entered, the first Ctrl-C is noted in `asked`; the next one interrupts at once.

    Outside the main thread, or where Ctrl-C has another meaning already, nothing changes.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Pause:
        plain = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if plain and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            signal.default_int_handler(number, frame)
        self.asked = True
