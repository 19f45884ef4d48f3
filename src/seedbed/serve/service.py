"""The parts of a running server, held together: ledger, releases, log, counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.types import Scope

from seedbed.errors import Draining
from seedbed.ledger.call import Comparison
from seedbed.ledger.key import Key
from seedbed.ledger.ledger import Ledger
from seedbed.serve import keys
from seedbed.serve.asked import Done
from seedbed.serve.batcher import MOST_SECONDS
from seedbed.serve.exchange import Exchange
from seedbed.serve.guard import Bounds
from seedbed.serve.log import AccessLog
from seedbed.serve.metrics import Metrics
from seedbed.serve.traffic import Compared, Missed, Route, Traffic
from seedbed.tasks import corrections

T = TypeVar("T")

MOST_COPIES = 64
"""Copies of calls for shadows that may be under way; those beyond them are dropped."""

COPY_SECONDS = 5.0
"""How long a stop waits for the copies under way; those that take longer are dropped."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server allows.

    Attributes:
        bounds: What a request may be.
        max_rows: Rows of a call, those that an explanation needs counted.
        releases: Names that are loaded and may be called; all where there are none.
        open_metrics: Whether `/metrics` is shown without an admin key.
        max_queue: Seconds of work that may wait for each release.
    """

    bounds: Bounds = field(default_factory=Bounds)
    max_rows: int = 1024
    releases: frozenset[str] = frozenset()
    open_metrics: bool = False
    max_queue: float = MOST_SECONDS


class Service:
    """What every route works with.

    Args:
        ledger: Keys, limits, usage, money; started and closed with the service.
        traffic: The releases; likewise.
        settings: What is allowed.
        log: Where requests are logged.
    """

    def __init__(
        self,
        ledger: Ledger,
        traffic: Traffic,
        settings: Settings | None = None,
        log: AccessLog | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.ledger = ledger
        self.traffic = traffic
        self.settings = settings or Settings()
        self.log = log or AccessLog(None)
        self.metrics = metrics or Metrics()
        self.metrics.look(self._gauges)
        self.draining = False
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="seedbed-aside")
        self._copies: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the ledger to calls, load and warm the releases."""
        await asyncio.to_thread(self.ledger.start)
        await self.traffic.start()

    async def close(self) -> None:
        """Finish what is under way, write all of it, and let go."""
        self.drain()
        await self._end_copies()
        await self.traffic.close()
        await asyncio.to_thread(self.ledger.close)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.log.close()

    def drain(self) -> None:
        """Take no new calls; those under way go on."""
        self.draining = True

    def check_open(self) -> None:
        """Refuse a new call while the server is stopping.

        Raises:
            Draining: it is.
        """
        if self.draining:
            raise Draining(
                expected="a server that takes new calls",
                got="one that finishes what it has begun, and stops",
                do="Send it again in a second, over a new connection.",
            )

    def readiness(self) -> Mapping[str, Any]:
        """Return whether calls can be answered, and if not, why."""
        checks = {
            "accepting": not self.draining,
            "ledger": self.ledger.healthy(),
            "releases": bool(self.names()),
            "room": not any(load.full for _, _, load in self.traffic.loads()),
        }
        return {"ready": all(checks.values()), **checks}

    def names(self) -> list[str]:
        """Return the names that can be called, sorted."""
        return self.traffic.names()

    async def route(
        self, name: str, *, key: Key, version: str | None = None, sticky: str | None = None
    ) -> Route:
        """Return the release that answers a call of a key; end it with `with`.

        Raises:
            ReleaseMissing: there is none of that name, number or alias here.
        """
        customer = key.customer_id or ""
        return await self.traffic.route(name, customer=customer, version=version, sticky=sticky)

    async def authenticate(self, scope: Scope) -> Key:
        """Return the key of a request.

        Raises:
            KeyInvalid: it has none that is valid.
        """
        return await keys.authenticate(self.ledger, scope)

    async def aside(self, work: Callable[..., T], *given: Any, large: bool) -> T:
        """Do a piece of work; what is large in another thread, so that other calls go on."""
        if not large:
            return work(*given)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *given)

    def answered(self, done: Done, customer: str, latency_us: int) -> None:
        """Count an answered call for its release; send its shadow a copy, where it has one."""
        route, call_id = done.route, done.call_id
        self.traffic.observe(route, ok=True, latency_us=latency_us)
        if route.shadow is None:
            return
        if self.draining or len(self._copies) >= MOST_COPIES:
            self._note_copy(route, "dropped", f"dropped: copy of {call_id}")
            return
        copy = asyncio.create_task(self._copied(done, customer))
        self._copies.add(copy)
        copy.add_done_callback(self._copies.discard)

    def ended(self, exchange: Exchange) -> None:
        """Log and count a request whose answer has gone."""
        self.log.add(exchange)
        self.metrics.count(exchange)

    async def _copied(self, done: Done, customer: str) -> None:
        route, call_id = done.route, done.call_id
        texts, logits = done.asked.texts, done.computed.logits
        try:
            found = await self.traffic.compare(route, texts, logits, call_id=call_id)
        except asyncio.CancelledError:  # the server has stopped
            self._note_copy(route, "dropped", f"dropped: copy of {call_id}")
            raise
        if isinstance(found, Missed):
            self._note_copy(route, "failed", f"failed: {found.why}, copy of {call_id}")
        elif found is not None:
            told = f"copy of {call_id}: {found.agreed} of {found.rows} rows agree"
            sizes = {"rows": found.rows, "tokens": found.tokens, "compute_us": found.compute_us}
            kept = _comparison(done, customer, found)
            self._note_copy(route, "compared", told, kept, engine=found.engine, **sizes)

    def _note_copy(
        self,
        route: Route,
        ended: str,
        reason: str,
        compared: Comparison | None = None,
        **measured: Any,
    ) -> None:
        """Leave the row of a copy, whatever became of it, and count it."""
        self.metrics.copied(f"{route.name}/{route.shadow}", ended)
        row = {"release": route.name, "number": route.shadow, "verb": "predict", "route": ""}
        row |= {"alias": "shadow", "status": "shadow", "reason": reason}
        self.ledger.note(row | measured, compared)

    async def _end_copies(self) -> None:
        if not self._copies:
            return
        _, late = await asyncio.wait(self._copies, timeout=COPY_SECONDS)
        for copy in late:
            copy.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _gauges(self) -> Iterator[tuple[str, str, Mapping[str, str], float]]:
        ready = self.readiness()
        yield "ready", "Whether calls can be answered.", {}, float(ready["ready"])
        for name, number, load in self.traffic.loads():
            labels = {"release": f"{name}/{number}"}
            yield "queue_rows", "Rows that wait.", labels, load.rows
            yield "queue_tokens", "Tokens that wait.", labels, load.tokens
            yield "queue_seconds", "How long what waits will take.", labels, load.wait
            yield "running_rows", "Rows that are being computed.", labels, load.running
            yield "tokens_per_second", "As measured lately.", labels, load.rate
            yield "batches", "Batches computed.", labels, load.batches
            yield "batched_rows", "Rows computed.", labels, load.computed
        for name, number, lately in self.traffic.measured():
            labels = {"release": f"{name}/{number}"}
            about = "Rows in five minutes that another release answered too, to try this one."
            yield "compared_rows", about, labels, lately.compared
            yield "agreed_rows", "Those of them that both answered the same.", labels, lately.agreed
            about = "Rows in five minutes that two answered and feedback told the right answer of."
            yield "judged_rows", about, labels, lately.judged
            yield "right_rows", "Those of them that this one had right.", labels, lately.right


def _comparison(done: Done, customer: str, found: Compared) -> Comparison:
    """Return what is kept of a copy: of the rows that were asked, not of parts for explanations."""
    asked = done.asked.asked
    return Comparison(
        call_id=done.call_id,
        customer_id=customer,
        release=done.route.name,
        number=done.route.number,
        other=found.number,
        answers=[(corrections.kept(a), corrections.kept(b)) for a, b in found.answers[:asked]],
        agreed=found.same[:asked],
        texts="text" in (found.output, done.route.replica.output),
    )
