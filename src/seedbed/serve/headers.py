"""Headers of answers: what is left of the limits, what was charged, whether it is a replay.

`RateLimit` and `RateLimit-Policy` are structured fields as in draft 10 of the IETF's
"RateLimit header fields for HTTP"; the `x-ratelimit-*` beside them say the same in the older way.
"""

from __future__ import annotations

import math
import re

from seedbed.errors import RequestWrong
from seedbed.ledger import money
from seedbed.ledger.limits import Limits

Headers = list[tuple[bytes, bytes]]

_KEY = re.compile(rb'"[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}"|[\x21\x23-\x5b\x5d-\x7e]{1,255}')


def limit_headers(limits: Limits) -> Headers:
    """Return what is left of a customer's limits."""
    policies, left, found = [], [], []
    if limits.calls is not None and limits.per_second:
        reset = math.ceil(limits.calls_reset)
        window = math.ceil(limits.calls / limits.per_second)
        policies.append(f'"calls";q={limits.calls};w={window}')
        left.append(f'"calls";r={limits.calls_left};t={reset}')
        found += _older("requests", limits.calls, limits.calls_left, reset)
    if limits.units is not None:
        reset = math.ceil(limits.units_reset)
        policies.append(f'"{limits.meter}";q={limits.units}')
        left.append(f'"{limits.meter}";r={limits.units_left};t={reset}')
        found += _older(limits.meter.replace("_", "-"), limits.units, limits.units_left, reset)
    if policies:
        found.append((b"ratelimit-policy", ", ".join(policies).encode()))
        found.append((b"ratelimit", ", ".join(left).encode()))
    if limits.credit_left is not None:
        found.append((b"seedbed-credit", _amount(limits.credit_left, limits.currency)))
    return found


def charged(nanos: int, currency: str) -> tuple[bytes, bytes]:
    """Return the header that says what a call was charged."""
    return b"seedbed-charged", _amount(nanos, currency)


def idempotency_key(value: bytes) -> str:
    """Return an `Idempotency-Key`: a string in quotes as in the IETF's draft, or bare.

    Raises:
        RequestWrong: it is empty, too long, or not of visible ASCII.
    """
    if not _KEY.fullmatch(value):
        raise RequestWrong(
            expected="1 to 255 visible ASCII characters, in double quotes or bare",
            got=f"{len(value)} bytes",
            do="Use a UUID.",
            where="Idempotency-Key",
        )
    return value.decode().strip('"')


def _older(what: str, most: int, left: int | None, reset: int) -> Headers:
    pairs = (("limit", most), ("remaining", left), ("reset", reset))
    return [(f"x-ratelimit-{name}-{what}".encode(), str(value).encode()) for name, value in pairs]


def _amount(nanos: int, currency: str) -> bytes:
    return f"{money.to_decimal(nanos):f} {currency}".encode()
