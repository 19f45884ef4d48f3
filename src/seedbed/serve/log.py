"""The access log: one line of JSON a request, written by a thread of its own.

A line says who asked (the ids of key and customer), for what, and what came of it; never a key's
secret, an address's query, a header or a text. The event loop only puts it into a queue: a reader
of the log that has stopped cannot stop the server. What does not fit into the queue is counted.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

import orjson

from seedbed.serve.exchange import Exchange

MOST_LINES = 10_000
"""Lines that wait to be written; more are dropped, and the next line says how many."""

EVERY = 0.2
"""Seconds between two writes."""

QUIET = ("/health/", "/v2/health/", "/metrics")
"""Paths whose successes are not worth a line."""


class Discreet(logging.Filter):
    """Takes what an exception says out of a record, since it may quote a text or a key.

    Where it happened stays. `SEEDBED_DEBUG` lets all of it through.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record through, with its exception's words left out."""
        if record.exc_info and not os.environ.get("SEEDBED_DEBUG"):
            kind, _, trace = record.exc_info
            frames = "".join(traceback.format_tb(trace))
            name = kind.__name__ if kind else "an exception"
            record.exc_text = f"{frames}{name} (SEEDBED_DEBUG=1 shows what it says)"
        return True


class JsonLines(logging.Formatter):
    """Words a record of the process's log as a line like those of the access log."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line."""
        told: dict[str, object] = {
            "at": int(record.created * 1e6),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["trace"] = record.exc_text or self.formatException(record.exc_info)
        return orjson.dumps(told).decode()


@contextmanager
def process_log(stream: TextIO) -> Iterator[None]:
    """Send the process's warnings and errors to a stream, as JSON lines without secrets."""
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(JsonLines())
    handler.addFilter(Discreet())
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class AccessLog:
    """Writes lines to a stream until it is closed.

    Args:
        stream: Where to, unbuffered; nothing is written where it is None.
    """

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="access-log", daemon=True)
        if stream is not None:
            self._thread.start()

    def add(self, exchange: Exchange) -> None:
        """Take a request that was answered."""
        if self._stream is None or _quiet(exchange):
            return
        if len(self._lines) >= MOST_LINES:
            self._dropped += 1
            return
        self._lines.append(line(exchange))

    def close(self) -> None:
        """Write what is left, and end."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _write_on(self) -> None:
        while not self._ended.wait(EVERY):
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            lines.append(orjson.dumps({"dropped_lines": dropped}) + b"\n")
        if not lines or self._stream is None:
            return
        try:
            self._stream.write(b"".join(lines))
            self._stream.flush()
        except (OSError, ValueError):  # nobody reads, or the disk is full: answers go on
            self._dropped += len(lines)


def line(exchange: Exchange) -> bytes:
    """Return a request's line."""
    told = {
        "at": exchange.at,
        "request_id": exchange.request_id,
        "method": exchange.method,
        "path": exchange.path[:200],
        "status": exchange.status,
        "ms": exchange.elapsed_us / 1000,
    }
    for name in (
        "key_id",
        "customer_id",
        "call_id",
        "release",
        "rows",
        "tokens",
        "engine",
        "ended",
    ):
        if value := getattr(exchange, name):
            told[name] = value
    if exchange.charged:
        told["charged_nanos"] = exchange.charged
    return orjson.dumps(told) + b"\n"


def _quiet(exchange: Exchange) -> bool:
    return exchange.status < 400 and exchange.path.startswith(QUIET)
