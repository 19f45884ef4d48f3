"""Names of records: what it is, when it was made, and a rest that nobody can guess.

The 26 characters after the prefix are a ULID (48 bits of milliseconds, 80 random bits, in
Crockford's base 32), so that ids sort by time: `call_01J8Z5…`. Those that one process makes within
a millisecond sort by their order, each a random step of up to 2^64 behind the one before it.
"""

from __future__ import annotations

import secrets
import threading

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


def new_id(prefix: str, now: int) -> str:
    """Return a new id.

    Args:
        prefix: What the record is, as `call` or `key`.
        now: Microseconds since the epoch.
    """
    return f"{prefix}_{_spelled(_numbers.next(now // 1000 & (1 << 48) - 1))}"


def first_id(prefix: str, moment: int) -> str:
    """Return what sorts before every id of this prefix made at a moment (µs) or later."""
    return f"{prefix}_{_spelled((moment // 1000 & (1 << 48) - 1) << 80)}"


class _Numbers:
    """Gives ascending numbers within a millisecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = -1
        self._rest = 0

    def next(self, millisecond: int) -> int:
        with self._lock:
            step = self._rest + 1 + secrets.randbits(64)
            if millisecond != self._millisecond or step >> 80:
                self._millisecond, step = millisecond, secrets.randbits(79)
            self._rest = step
            return millisecond << 80 | step


_numbers = _Numbers()


def _spelled(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
