"""What a call waits for: its body, the ledger's thread, a computation while the client is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import Future
from typing import TypeVar

from starlette.types import Receive

from seedbed.errors import Cancelled

T = TypeVar("T")


async def committed(future: Future[T]) -> T:
    """Return what a thread's future gives; `asyncio.wrap_future` in fewer steps.

    Cancelled, it cancels the future: what the ledger has not begun is given up.
    """
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()

    def wake(_: Future[T]) -> None:
        loop.call_soon_threadsafe(_set, waiter)

    future.add_done_callback(wake)
    try:
        await waiter
    except asyncio.CancelledError:
        future.cancel()
        raise
    return future.result()


async def read_body(receive: Receive) -> bytes:
    """Return a request's whole body.

    Raises:
        Cancelled: the client has gone before it had sent all of it.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        return whole
    pieces = []
    while message["type"] == "http.request":
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()
    raise _gone()


async def unless_gone(work: Awaitable[T], receive: Receive) -> T:
    """Return what comes of work, which is cancelled when the client goes.

    Raises:
        Cancelled: the client has gone.
    """
    task = asyncio.current_task()
    assert task is not None
    watch = task.get_loop().create_task(_disconnected(receive))

    def stop(_: asyncio.Task[None]) -> None:
        task.cancel()

    watch.add_done_callback(stop)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.done() and not watch.cancelled() and task.uncancel() == 0:
            raise _gone() from None
        raise
    finally:
        watch.remove_done_callback(stop)
        watch.cancel()


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _gone() -> Cancelled:
    return Cancelled(
        expected="the client to wait for its answer",
        got="a closed connection",
        do="Send it again; with an Idempotency-Key the work is finished and kept for that.",
    )
