"""HTTP on the wire: uvicorn's protocol, with an end to what a client may hold open.

uvicorn reads a request's head to its end, however long it is and takes, before it calls an
application, and waits without end for a client that has connected and says nothing, or reads
nothing. `sweep` and the counts here bound all of these.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from seedbed.errors import Overloaded, SeedbedError
from seedbed.serve import problems
from seedbed.serve.exchange import request_id
from seedbed.serve.guard import Bounds, head_too_large, slow
from seedbed.serve.problems import malformed


class Guarded(HttpToolsProtocol):
    """One connection of a client.

    Args:
        bounds: What a request may be.
    """

    def __init__(self, *args: Any, bounds: Bounds, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.bounds = bounds
        self._in_head = True
        self._begun: float | None = None  # when a message began that has not ended
        self._head = 0
        self._thrown_away = 0
        self._answering: RequestResponseCycle | None = None
        self._stuck: float | None = None  # since when the client reads nothing

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if there is room for one more."""
        super().connection_made(transport)
        self._begun = self.loop.time()
        if len(self.connections) > self.bounds.connections:
            self._refuse(_too_many(self.bounds.connections))

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request; a head that does not end is refused."""
        if self._begun is None:
            self._begun = self.loop.time()
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > self.bounds.head and not self.transport.is_closing():
            self._refuse(head_too_large(self.bounds))

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._in_head = False
        self._head = 0
        self._thrown_away = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; of one that was refused, no more than a little."""
        if self.cycle.response_complete:
            self._thrown_away += len(body)
            if self._thrown_away > self.bounds.linger:
                self.transport.close()
                return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        super().on_message_complete()
        self._begun = None
        self._in_head = True

    def pause_writing(self) -> None:
        """Remember since when the client leaves its answer unread."""
        super().pause_writing()
        self._stuck = self.loop.time()

    def resume_writing(self) -> None:
        """The client reads on."""
        super().resume_writing()
        self._stuck = None

    def sweep(self, now: float) -> None:
        """Part with a client that has kept others waiting too long.

        Args:
            now: By the loop's clock.
        """
        bounds = self.bounds
        if self.transport.is_closing():
            return
        if self._stuck is not None and now - self._stuck > bounds.unread_seconds:
            self._part()
        elif self._begun is None:
            return
        elif self._in_head:
            if now - self._begun > bounds.head_seconds:
                self._end_head()
        elif now - self._begun > bounds.head_seconds + 2 * bounds.body_seconds:
            self.transport.close()  # after its answer it goes on sending what nobody reads

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(malformed(f"no HTTP: {msg.rstrip('.')}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what still answers here that nobody listens; uvicorn tells the last request alone.

        Others are there where a client has sent several requests without waiting (pipelining).
        """
        self._forsake()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _part(self) -> None:
        """Close at once."""
        self._forsake()
        self.transport.abort()

    def _forsake(self) -> None:
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _end_head(self) -> None:
        if self._head:
            self._refuse(slow(self.bounds.head_seconds, "the headers"))
        else:
            self.transport.close()  # nothing was asked

    def _refuse(self, failed: SeedbedError) -> None:
        """Answer without an application, log it, and close."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an answer is under way: no second one between
            return
        named = request_id()
        content = problems.body(failed, request_id=named)
        status = problems.status_of(failed)
        told = problems.headers(failed) | {
            "content-type": problems.MEDIA,
            "content-length": str(len(content)),
            "connection": "close",
            "x-request-id": named,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self.transport.write(STATUS_LINE[status] + head.encode() + b"\r\n" + content)
        self.transport.close()


def guarded(bounds: Bounds) -> Any:
    """Return what uvicorn takes for the kind of protocol to speak."""
    return partial(Guarded, bounds=bounds)


def _too_many(most: int) -> Overloaded:
    failed = Overloaded(
        expected=f"at most {most:,} connections at a time",
        got="one more",
        do="Use one connection for many calls (keep-alive).",
    )
    failed.retry_after = 1.0
    return failed
