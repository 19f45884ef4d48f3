"""What is known of one request while it is served: for its headers, its log line, the counts."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

SCOPE = "seedbed.exchange"
"""Where an ASGI scope holds the request's `Exchange`."""

_ONCE = secrets.token_hex(6)
_COUNT = itertools.count(1)
_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


@dataclass(slots=True)
class Exchange:
    """One request and what has become of it; never its texts, never a secret.

    Attributes:
        request_id: The client's `x-request-id` where it gave a sane one, else ours.
        began: By `time.perf_counter()`.
        at: When it came, in µs since the epoch.
        ended: `answered`, `replayed`, or the code of the error it was answered with.
    """

    method: str
    path: str
    request_id: str
    began: float = field(default_factory=time.perf_counter)
    at: int = field(default_factory=lambda: time.time_ns() // 1000)
    status: int = 0
    key_id: str = ""
    customer_id: str = ""
    call_id: str = ""
    release: str = ""
    verb: str = ""
    rows: int = 0
    tokens: int = 0
    engine: str = ""
    charged: int = 0
    ended: str = ""

    @property
    def elapsed_us(self) -> int:
        """Microseconds since the request came."""
        return int((time.perf_counter() - self.began) * 1e6)


def told(scope: MutableMapping[str, Any]) -> Exchange:
    """Return a request's exchange; it begins with whoever asks first."""
    found = scope.get(SCOPE)
    if found is None:
        found = scope[SCOPE] = begin(scope)
    assert isinstance(found, Exchange)
    return found


def begin(scope: MutableMapping[str, Any]) -> Exchange:
    """Return a new exchange for a request."""
    named = b""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            named = value
            break
    sane = named and _SANE.fullmatch(named)
    return Exchange(scope["method"], scope["path"], named.decode() if sane else request_id())


def request_id() -> str:
    """Return a new id for a request: it tells requests apart, and need not be hard to guess."""
    return f"req_{_ONCE}{next(_COUNT):08x}"
