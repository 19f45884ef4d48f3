"""The one path of a call, whatever the shape of its route.

authenticate → read → route → encode → room → claim → compute → settle → answer

Each ending leaves one row in the ledger, with a reason: who pays for which is in
`docs/reference/who-pays.md`. The row of an answered call is durable before the answer leaves. A
request without a valid key leaves no row, since there is no account to leave it in.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal, TypeVar

import orjson
from starlette.responses import Response

from seedbed.errors import (
    AnswerFailed,
    BodyTooLarge,
    Cancelled,
    DeadlinePassed,
    Overloaded,
    ReleaseMissing,
    SeedbedError,
)
from seedbed.ledger.call import Admitted, Claim, Replay, Settlement
from seedbed.ledger.ids import new_id
from seedbed.ledger.key import Key
from seedbed.serve import headers, keys
from seedbed.serve.asked import Asked, Done, Incoming, Kind, Worded
from seedbed.serve.batcher import Computed
from seedbed.serve.exchange import told
from seedbed.serve.replica import Row
from seedbed.serve.service import Service
from seedbed.serve.traffic import Route
from seedbed.serve.waits import committed, read_body, unless_gone

T = TypeVar("T")

GONE = (Cancelled, asyncio.CancelledError)
"""How a call ends whose caller, or whose server, did not wait for its answer."""

LARGE_BODY = 64 * 1024
LARGE_TEXT = 4096
LARGE_ROWS = 32
"""From these sizes on a body is parsed, texts are encoded and answers are worded off the loop."""


async def answer(service: Service, incoming: Incoming, kind: Kind) -> Response:
    """Answer a call.

    Raises:
        SeedbedError: the call is refused, failed or cancelled; its row says why.
        Exception: a bug; the call's row is `failed`.
    """
    key = await service.authenticate(incoming.scope)
    call = Call(service, incoming, kind, key)
    try:
        return await call.answer()
    except BaseException as ended:
        call.unclaimed(ended)
        raise


class Call:
    """A call under way.

    Args:
        service: The parts of the server.
        incoming: The request.
        kind: The shape of the call.
        key: Whose it is.
    """

    def __init__(self, service: Service, incoming: Incoming, kind: Kind, key: Key) -> None:
        self._service = service
        self._incoming = incoming
        self._kind = kind
        self._key = key
        self._exchange = exchange = told(incoming.scope)
        exchange.verb = kind.verb
        exchange.call_id = self.id = new_id("call", exchange.at)
        self._began = time.monotonic() - exchange.elapsed_us / 1e6
        self._claimed = self._settling = False
        self._release = incoming.path.get("name", "")
        self._retry: str | None = None

    async def answer(self) -> Response:
        """Return the answer, or what was answered to the same request before."""
        self._service.check_open()
        incoming, kind = self._incoming, self._kind
        if not self._key.allows(kind.verb):
            raise keys.not_allowed(self._key, kind.verb)
        named = incoming.header(b"idempotency-key")
        self._retry = None if named is None else headers.idempotency_key(named)
        body = await read_body(incoming.receive)
        large = len(body) > LARGE_BODY
        asked = await self._service.aside(kind.read, body, incoming.given(kind), large=large)
        self._release = asked.release
        deadline = self._deadline(asked)
        with await self._routed(asked) as route:
            rows, admitted = await self._let_in(route, asked, body)
            if isinstance(admitted, Replay):
                return self._replayed(admitted)
            return await self._charged(route, asked, rows, admitted, deadline)

    def unclaimed(self, ended: BaseException) -> None:
        """Leave the row of a call that ended before it was claimed."""
        if self._claimed:
            return
        self._service.ledger.note(
            {
                "id": self.id,
                "customer_id": self._key.customer_id,
                "key_id": self._key.id,
                "release": _kept(self._release),
                "verb": self._exchange.verb,
                "route": _kept(self._exchange.path),
                "status": _unclaimed(ended),
                "reason": _why(ended),
                "latency_us": self._exchange.elapsed_us,
            }
        )

    async def _routed(self, asked: Asked) -> Route:
        key = self._key
        try:
            route = await self._service.route(
                asked.release, key=key, version=asked.version, sticky=asked.user
            )
        except ReleaseMissing:
            if not key.allows(self._exchange.verb, asked.release):  # nor told what there is
                raise keys.not_allowed(key, self._exchange.verb, asked.release) from None
            raise
        if not key.allows(self._exchange.verb, route.name, route.number):
            route.done()
            raise keys.not_allowed(key, self._exchange.verb, f"{route.name}/{route.number}")
        self._exchange.release = f"{route.name}/{route.number}"
        return route

    async def _let_in(
        self, route: Route, asked: Asked, body: bytes
    ) -> tuple[Sequence[Row], Admitted | Replay]:
        """Encode and claim a call that there is room for, or whose stored answer needs none."""
        try:
            route.batcher.check_room(lane=self._key.id)
            rows = await self._encoded(route, asked)
            with route.batcher.room(rows, lane=self._key.id):
                return rows, await self._admitted(route, asked, rows, body)
        except Overloaded:
            if not await self._stored(body):
                raise
        rows = await self._encoded(route, asked)
        return rows, await self._admitted(route, asked, rows, body)

    async def _stored(self, body: bytes) -> bool:
        if self._retry is None:
            return False
        told = {"body_hash": sha256(body).hexdigest(), "route": self._exchange.path}
        look = self._service.ledger.is_answered
        return await asyncio.to_thread(look, self._key, self._retry, **told)

    async def _encoded(self, route: Route, asked: Asked) -> Sequence[Row]:
        texts, most = asked.texts, self._service.settings.max_rows
        if len(texts) > most:
            raise _too_many(len(texts), most)
        large = len(texts) > LARGE_ROWS or sum(map(len, texts)) > LARGE_TEXT
        rows: Sequence[Row] = await self._service.aside(route.replica.encode, texts, large=large)
        return rows

    async def _admitted(
        self, route: Route, asked: Asked, rows: Sequence[Row], body: bytes
    ) -> Admitted | Replay:
        exchange = self._exchange
        exchange.rows, exchange.tokens = len(rows), sum(row.size for row in rows)
        claim = Claim(
            call_id=self.id,
            key=self._key,
            verb=exchange.verb,
            route=exchange.path,
            release=route.name,
            number=route.number,
            alias=route.alias,
            rows=exchange.rows,
            tokens=exchange.tokens,
            idempotency_key=self._retry,
            body_hash=sha256(body).hexdigest() if self._retry is not None else "",
        )
        ledger = self._service.ledger
        decided = ledger.claim(claim)
        self._claimed = True
        try:
            return await committed(decided)
        except asyncio.CancelledError:  # the writer may have let it in already
            ledger.release(self.id, self._key, status="cancelled", reason=Cancelled.__name__)
            raise

    async def _charged(
        self,
        route: Route,
        asked: Asked,
        rows: Sequence[Row],
        admitted: Admitted,
        deadline: float | None,
    ) -> Response:
        """Compute, charge and answer what was claimed; or end it as failed or cancelled."""
        try:
            computed = await self._computed(route, asked, rows, deadline)
            done = Done(self.id, asked, route, computed)
            worded = await self._service.aside(asked.word, done, large=len(rows) > LARGE_ROWS)
            if deadline is not None and time.monotonic() > deadline:
                raise _late()
            nanos = await self._settled(done, worded)
        except BaseException as failed:
            self._ended(route, failed)
            raise
        exchange = self._exchange
        self._service.answered(done, self._key.customer_id or "", exchange.elapsed_us)
        exchange.ended, exchange.engine, exchange.charged = "answered", computed.engine, nanos
        more = headers.limit_headers(admitted.limits)
        more.append(headers.charged(nanos, admitted.limits.currency))
        return answered(worded.body, worded.headers, more)

    async def _computed(
        self, route: Route, asked: Asked, rows: Sequence[Row], deadline: float | None
    ) -> Computed:
        compute = route.batcher.features if asked.features else route.batcher.logits
        work = compute(rows, lane=self._key.id, deadline=deadline)
        if self._retry is not None:  # the answer can be had by asking again, so it is finished
            return await work
        return await unless_gone(work, self._incoming.receive)

    async def _settled(self, done: Done, worded: Worded) -> int:
        asked, computed = done.asked, done.computed
        settlement = Settlement(
            call_id=self.id,
            key=self._key,
            engine=computed.engine,
            tokens=computed.tokens,
            compute_us=computed.compute_us,
            latency_us=self._exchange.elapsed_us,
            answer=worded.body,
            headers=worded.headers,
            inputs=[_kept_text(one) for one in asked.texts[: asked.asked]],
            answers=worded.rows,
        )
        self._settling = True
        return await committed(self._service.ledger.settle(settlement))

    def _ended(self, route: Route, failed: BaseException) -> None:
        """Give back what was reserved."""
        gone = isinstance(failed, GONE)
        if not self._settling:  # else the ledger itself undoes what it could not write
            status: Literal["cancelled", "failed"] = "cancelled" if gone else "failed"
            self._service.ledger.release(self.id, self._key, status=status, reason=_why(failed))
        foreseen = isinstance(failed, SeedbedError) and not isinstance(failed, AnswerFailed)
        if isinstance(failed, Exception) and not foreseen:
            self._service.traffic.observe(route, ok=False, latency_us=self._exchange.elapsed_us)

    def _replayed(self, replay: Replay) -> Response:
        self._exchange.ended = "replayed"
        more = [(b"idempotency-replayed", b"true"), (b"seedbed-call", replay.call_id.encode())]
        if replay.limits is not None:
            more += headers.limit_headers(replay.limits)
        return answered(replay.body, replay.headers, more, replay.status_code)

    def _deadline(self, asked: Asked) -> float | None:
        seconds = asked.seconds
        if seconds is None:
            seconds = _preferred_wait(self._incoming)
        return None if seconds is None else self._began + seconds


def answered(
    body: bytes, about: Mapping[str, str], more: headers.Headers, status: int = 200
) -> Response:
    """Return a response with headers as they are, none looked at twice."""
    response = Response(body, status)
    response.raw_headers = [
        *((name.encode(), value.encode()) for name, value in about.items()),
        (b"content-length", str(len(body)).encode()),
        *more,
    ]
    return response


def _unclaimed(ended: BaseException) -> str:
    """Return the status of a call that ended so before it was claimed."""
    if isinstance(ended, GONE):
        return "cancelled"
    return "refused" if isinstance(ended, SeedbedError) else "failed"


def _why(ended: BaseException) -> str:
    """Return the reason that a call's row gives for how it ended."""
    return Cancelled.__name__ if isinstance(ended, GONE) else type(ended).__name__


def _preferred_wait(incoming: Incoming) -> float | None:
    """Return the seconds of `Prefer: wait=…` (RFC 7240); what cannot be read is no preference."""
    preferred = incoming.header(b"prefer") or b""
    for part in preferred.decode("latin-1").split(","):
        key, _, number = part.partition("=")
        if key.strip().lower() == "wait" and number.strip().isdecimal():
            return float(number.strip()[:9])
    return None


def _kept_text(one: Any) -> str:
    """Return an input as it is kept where the customer keeps texts: a table's row as JSON."""
    return one if isinstance(one, str) else orjson.dumps(one).decode()


def _kept(said: str) -> str:
    """Return what a caller said as every database takes it."""
    return said[:200].replace("\0", "")


def _too_many(texts: int, most: int) -> BodyTooLarge:
    return BodyTooLarge(
        expected=f"at most {most:,} rows in a call, the parts of an explanation counted",
        got=f"{texts:,}",
        do="Send them in several calls.",
    )


def _late() -> DeadlinePassed:
    return DeadlinePassed(
        expected="the answer before the deadline that the request sets",
        got="an answer after it",
        do="It costs nothing. Give more time, or send fewer texts.",
    )
