"""Callers of a server on this machine, as cheap as can be: they share its processors.

Raw sockets that are kept open, requests that are made beforehand, answers of which no more is read
than where they end.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
import uvloop

T = TypeVar("T")
HOST = "127.0.0.1"
MOST_CONNECTIONS = 2048


@dataclass(frozen=True, slots=True)
class Call:
    """One call and what came of it.

    Attributes:
        item: Which request it was.
        at: When it was due, by `time.perf_counter()`.
        ended: When its answer had come.
        status: Of the answer; 0 where the connection broke.
        retry: What its `Retry-After` said, if it had one.
    """

    item: int
    at: float
    ended: float
    status: int
    retry: str | None

    @property
    def ms(self) -> float:
        return 1000 * (self.ended - self.at)


class Connection(asyncio.Protocol):
    """A connection on which one request goes after another."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[bytes] | None = None
        self._had = b""
        self._whole = 0

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no such base

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionResetError("closed before the answer"))

    def data_received(self, data: bytes) -> None:
        self._had += data
        if not self._whole:
            end = self._had.find(b"\r\n\r\n")
            if end < 0:
                return
            self._whole = end + 4 + int(header(self._had[:end], b"content-length") or 0)
        if len(self._had) >= self._whole and self._waiter is not None:
            whole, self._had, self._whole = self._had, b"", 0
            if not self._waiter.done():
                self._waiter.set_result(whole)

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        """Send a request; the future gives the answer, head and body."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self._transport is None:
            self._waiter.set_exception(ConnectionResetError("closed"))
        else:
            self._transport.write(request)
        return self._waiter

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def header(head: bytes, name: bytes) -> str | None:
    """Return a header of an answer, by its name in small letters."""
    at = head.lower().find(b"\r\n" + name + b":")
    if at < 0:
        return None
    start = at + len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end > 0 else None].strip().decode()


def request(path: str, body: bytes, *, key: str = "", method: str = "POST") -> bytes:
    """Return a request as it goes over the wire."""
    said = f"authorization: Bearer {key}\r\n" if key else ""
    return (
        f"{method} {path} HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n"
        f"{said}content-length: {len(body)}\r\n\r\n"
    ).encode() + body


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do something in a loop such as the server's own."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, hard), hard))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def connected(port: int) -> Connection:
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    return protocol


async def ask(port: int, what: bytes) -> bytes:
    """Send one request over a connection of its own; return the answer."""
    connection = await connected(port)
    try:
        return await connection.ask(what)
    finally:
        connection.close()


async def called(connection: Connection, requests: Sequence[bytes], item: int, at: float) -> Call:
    try:
        whole = await connection.ask(requests[item])
    except OSError:
        return Call(item, at, time.perf_counter(), 0, None)
    ended, status = time.perf_counter(), int(whole[9:12])
    retry = None if status == 200 else header(whole[: whole.find(b"\r\n\r\n")], b"retry-after")
    return Call(item, at, ended, status, retry)


async def closed(
    port: int,
    requests: Sequence[bytes],
    *,
    callers: int,
    seconds: float,
    settle: float = 0.5,
    pause: float = 0.0,
) -> list[Call]:
    """Return the calls of callers who each wait for an answer before they call again.

    Args:
        requests: What they ask, in turn; each caller begins at another.
        seconds: How long calls are counted, by when they end.
        settle: How long they call before that.
        pause: How long each waits between an answer and the next call.
    """
    found: list[Call] = []
    begin = time.perf_counter() + settle
    end = begin + seconds

    async def caller(item: int) -> None:
        connection = await connected(port)
        while time.perf_counter() < end:
            item = (item + 1) % len(requests)
            if not connection.open:
                connection = await connected(port)
            call = await called(connection, requests, item, time.perf_counter())
            if begin <= call.ended < end:
                found.append(call)
            if pause:
                await asyncio.sleep(pause)
        connection.close()

    await asyncio.gather(*(caller(place * 7) for place in range(callers)))
    return found


async def offered(
    port: int, requests: Sequence[bytes], *, rate: float, seconds: float, seed: int = 0
) -> list[Call]:
    """Return calls that come at random moments (Poisson), whether or not others are answered.

    A call's time counts from when it was due, so a caller who is late is no excuse.

    Args:
        rate: Calls a second.
        seconds: How long calls come; all of them are waited for.
    """
    draw = random.Random(seed)
    idle: list[Connection] = []
    room = asyncio.Semaphore(MOST_CONNECTIONS)
    found: list[Call] = []

    async def one(item: int, due: float) -> None:
        async with room:
            connection = idle.pop() if idle else await connected(port)
            call = await called(connection, requests, item, due)
            if connection.open:
                idle.append(connection)
        found.append(call)

    tasks, began, due = set(), time.perf_counter(), 0.0
    for count in range(int(rate * seconds * 2)):
        due += draw.expovariate(rate)
        if due >= seconds:
            break
        early = began + due - time.perf_counter()
        if early > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(one(count % len(requests), began + due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.wait(tasks)
    for connection in idle:
        with contextlib.suppress(OSError):
            connection.close()
    return found


def quantile(calls: Iterable[Call], percent: float) -> float:
    """Return a quantile of how long the answered calls took, in milliseconds."""
    return float(np.percentile([call.ms for call in calls if call.status == 200], percent))


def failed(calls: Iterable[Call]) -> list[Call]:
    """Return the calls that were not answered."""
    return [call for call in calls if call.status != 200]
