"""The outermost layer: bounds what a request may cost before anyone has looked at it.

A pure ASGI middleware around the whole application. It gives each request its `Exchange`, refuses
bodies that are too large, too slow or not JSON, adds the request's id to every answer, and hands
the exchange on when the answer has gone. What comes before an ASGI server calls an application (an
endless head, too many connections) is for `protocol.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedbed.errors import BodyTooLarge, MediaUnsupported, SeedbedError
from seedbed.serve import problems, tensors
from seedbed.serve.exchange import SCOPE, Exchange, begin
from seedbed.serve.problems import BodySlow, HeadTooLarge

MEBI = 1 << 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a request may be.

    Attributes:
        body: Bytes of a body.
        body_seconds: From the first byte of the body to the last.
        head: Bytes of the request line and its headers.
        head_seconds: From the first byte of the head to the last.
        headers: How many headers.
        linger: Bytes of a body that are still read, and thrown away, after it was refused.
        connections: At a time.
        unread_seconds: How long a client may leave an answer unread.
    """

    body: int = 2 * MEBI
    body_seconds: float = 15.0
    head: int = 32 * 1024
    head_seconds: float = 10.0
    headers: int = 100
    linger: int = 8 * MEBI
    connections: int = 4096
    unread_seconds: float = 30.0


class Guard:
    """An ASGI application around another.

    Args:
        app: The application.
        bounds: What a request may be.
        ended: Called with the exchange of each request when its answer has gone.
    """

    def __init__(self, app: ASGIApp, bounds: Bounds, ended: Callable[[Exchange], None]) -> None:
        self.app = app
        self.bounds = bounds
        self.ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = scope[SCOPE] = begin(scope)
        named = (b"x-request-id", exchange.request_id.encode())

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), named]
            await send(message)

        try:
            check_head(scope, self.bounds)
        except SeedbedError as failed:
            await _refuse(failed, exchange, tell)
        else:
            await self.app(scope, Body(receive, self.bounds).receive, tell)
        finally:
            self.ended(exchange)


class Body:
    """A request's body as it comes in, counted and timed.

    Args:
        receive: Where it comes from.
        bounds: What it may be.
    """

    __slots__ = ("_bounds", "_complete", "_length", "_receive", "_until")

    def __init__(self, receive: Receive, bounds: Bounds) -> None:
        self._receive = receive
        self._bounds = bounds
        self._complete = False
        self._length = 0
        self._until = 0.0

    async def receive(self) -> Message:
        """Return the next message; once the body is whole, whatever comes then.

        Raises:
            BodyTooLarge: the body is longer than it may be.
            BodySlow: it takes longer than it may.
        """
        if self._complete:
            return await self._receive()
        self._until = self._until or asyncio.get_running_loop().time() + self._bounds.body_seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise slow(self._bounds.body_seconds, "the body") from None
        if message["type"] == "http.request":
            self._length += len(message.get("body", b""))
            if self._length > self._bounds.body:
                raise too_large(self._bounds.body, f"more than {self._bounds.body:,}")
            self._complete = not message.get("more_body", False)
        return message


def check_head(scope: Scope, bounds: Bounds) -> None:
    """Refuse a request by its headers alone.

    Raises:
        HeadTooLarge: they are too many or too long.
        BodyTooLarge: they announce a body that is too large.
        MediaUnsupported: they announce a body that is not JSON, or is compressed.
    """
    size = len(scope.get("raw_path", b"")) + len(scope["query_string"])
    media = encoding = length = None
    binary = False
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"content-type":
            media = value
        elif name == b"content-length":
            length = value
        elif name == b"content-encoding":
            encoding = value
        elif name == tensors.HEADER:
            binary = True
    if size > bounds.head or len(scope["headers"]) > bounds.headers:
        raise head_too_large(bounds)
    if length is not None and int(length) > bounds.body:
        raise too_large(bounds.body, f"{int(length):,}")
    if scope["method"] in ("POST", "PUT", "PATCH") and length != b"0":
        _check_media(media, encoding, binary=binary)


def too_large(most: int, got: str) -> BodyTooLarge:
    """Return the error that a body is too large."""
    return BodyTooLarge(
        expected=f"a body of at most {most:,} bytes",
        got=got,
        do="Send fewer texts in one call, and several calls.",
    )


def head_too_large(bounds: Bounds) -> HeadTooLarge:
    """Return the error that a request's head is too large."""
    return HeadTooLarge(
        expected=f"at most {bounds.headers} headers, {bounds.head:,} bytes with the address",
        got="more",
        do="Leave out what this server does not ask for, such as cookies.",
    )


def slow(seconds: float, what: str) -> BodySlow:
    """Return the error that a client is too slow."""
    return BodySlow(
        expected=f"{what} within {seconds:g} s",
        got="less than all of it",
        do="Send it again; on a slow line, in smaller calls.",
    )


def _check_media(media: bytes | None, encoding: bytes | None, *, binary: bool) -> None:
    if encoding is not None and encoding.lower() != b"identity":
        raise _unsupported(f"content-encoding {encoding[:80].decode('latin-1')!r}")
    if media is None or media == b"application/json":
        return
    if binary and media == b"application/octet-stream":
        return
    kind, _, parameters = media.lower().partition(b";")
    kind = kind.strip()
    known = kind == b"application/json" or (
        kind.startswith(b"application/") and kind.endswith(b"+json")
    )
    charset = parameters.strip().removeprefix(b"charset=").strip(b'" ')
    if not known or charset not in (b"", b"utf-8", b"utf8"):
        raise _unsupported(f"content-type {media[:80].decode('latin-1')!r}")


def _unsupported(got: str) -> MediaUnsupported:
    return MediaUnsupported(
        expected="content-type: application/json, in UTF-8, not compressed",
        got=got,
        do="Send JSON: curl -H 'content-type: application/json' -d '{…}'.",
    )


async def _refuse(failed: SeedbedError, exchange: Exchange, send: Send) -> None:
    exchange.ended = failed.code
    content = problems.body(failed, request_id=exchange.request_id, path=exchange.path)
    pairs = {
        **problems.headers(failed),
        "content-type": problems.MEDIA,
        "content-length": str(len(content)),
    }
    raw = [(name.encode(), value.encode()) for name, value in pairs.items()]
    await send(
        {"type": "http.response.start", "status": problems.status_of(failed), "headers": raw}
    )
    await send({"type": "http.response.body", "body": content})
