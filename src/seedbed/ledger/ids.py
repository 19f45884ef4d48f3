"""Names of records: what it is, when it was made, and eighty bits that nobody can guess.

The 26 characters after the prefix are a ULID (48 bits of milliseconds, 80 random bits, in
Crockford's base 32), so that ids sort by time: `call_01J8Z5…`.
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


def new_id(prefix: str, now: int) -> str:
    """Return a new id.

    Args:
        prefix: What the record is, as `call` or `key`.
        now: Microseconds since the epoch.
    """
    number = (now // 1000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return f"{prefix}_{_spelled(number)}"


def first_id(prefix: str, moment: int) -> str:
    """Return what sorts before every id of this prefix made at a moment (µs) or later."""
    return f"{prefix}_{_spelled((moment // 1000 & (1 << 48) - 1) << 80)}"


def _spelled(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
