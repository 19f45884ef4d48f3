"""Batches the rows of many callers, and runs them one batch after another in a thread of its own.

A batch is as large as can be computed in 60 ms: that has all but a few hundredths of the speed of
larger ones, and whoever comes a moment late waits no longer than that. The engine is never kept
idle for more rows to come, but for an instant after a batch whose callers are about to come back.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

from seedbed.errors import (
    AnswerFailed,
    Draining,
    EngineUnavailable,
    Overloaded,
    RequestWrong,
    SeedbedError,
)
from seedbed.release.engines.base import Row
from seedbed.serve.queue import FLOOD, FairQueue, Waiting
from seedbed.serve.replica import Ran, Replica
from seedbed.serve.speed import Speed
from seedbed.serve.turns import IN_GAPS, Turns
from seedbed.serve.work import Batch, Call, Computed, Place, deadline_passed

__all__ = ["Batcher", "Computed", "Load"]

log = logging.getLogger(__name__)

MOST_SECONDS = 4.0
"""Work that may wait, in seconds; one lane may hold half of it."""
LEAST_RATE = 8192.0
"""Tokens a second for which a slower engine is taken, so that a call of many rows fits in still."""
ROWS_A_SECOND = 2048
"""Rows that may wait for each second of work."""
LINGER_SECONDS = 0.002
LINGER_SHARE = 0.1
"""Longest wait for callers to come back, in seconds and as a share of the batch they were in."""
NEVER = 1 << 62
COPIES = "copies"
"""The lane of copies of calls, to compare two releases: nobody waits for them."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a batcher is.

    Attributes:
        rows: Rows that wait.
        tokens: Tokens that wait.
        running: Rows that are being computed.
        rate: Tokens a second, as measured lately.
        wait: Seconds that what waits will take.
        batches: Batches run so far.
        computed: Rows computed so far.
        full: Whether a caller with nothing in the queue would be refused a single row.
    """

    rows: int
    tokens: int
    running: int
    rate: float
    wait: float
    batches: int
    computed: int
    full: bool


class Batcher:
    """Answers the rows of many callers of one replica.

    Cancel the task that awaits `logits` or `features`, and its rows are computed no more.

    Args:
        replica: What computes; this batcher alone may run it.
        turns: Shared by the batchers of a process, so that their engines do not compute at once.
        most_seconds: Work that may wait.
    """

    def __init__(
        self,
        replica: Replica,
        *,
        turns: Turns | None = None,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self.replica = replica
        self._most_seconds = most_seconds
        self._turns = turns or Turns()
        self._changed = threading.Condition()
        self._wanted = NEVER
        self._closed = False
        self._running = self._answered = self._batches = self._computed = 0
        self._took = 0.0
        self._speed = Speed(replica.rate)
        most_rows = int(ROWS_A_SECOND * most_seconds)
        self._queue: FairQueue[Place] = FairQueue(self._room(), most_rows)
        self._thread = threading.Thread(target=self._work, name="seedbed-engine", daemon=True)
        self._thread.start()

    async def logits(
        self, rows: Sequence[Row], *, lane: str, deadline: float | None = None
    ) -> Computed:
        """Return the model's outputs for the rows of one call; at least one row.

        Args:
            rows: As `Replica.encode` gave them.
            lane: Whose call it is (the key's id): lanes share the engine fairly.
            deadline: By `time.monotonic()`, when the answer is of no use any more.

        Raises:
            Overloaded: the queue is full; `retry_after` says when to come again.
            Draining: the batcher is closed.
            DeadlinePassed: the answer was not there in time.
            AnswerFailed: every engine failed on it.
        """
        return await self._answer(Call(rows, embeds=False), lane, deadline)

    async def features(
        self, rows: Sequence[Row], *, lane: str, deadline: float | None = None
    ) -> Computed:
        """Return logits and features of the rows; else as `logits`.

        Raises:
            RequestWrong: the release has no features to give.
        """
        if not self.replica.embeds:
            raise RequestWrong(
                expected="a release of an encoder",
                got=f"{self.replica.release.name}, a linear model, which has no embeddings",
                do="Ask a release of another rung, or for predictions.",
                where="model",
            )
        return await self._answer(Call(rows, embeds=True), lane, deadline)

    @contextmanager
    def room(self, rows: Sequence[Row], *, lane: str) -> Iterator[None]:
        """Keep room for a call while it is let in, before anything is spent on it.

        Raises:
            Overloaded: the queue is full; `retry_after` says when to come again.
        """
        many, tokens = len(rows), sum(row.size for row in rows)
        with self._changed:
            excess = self._queue.excess(lane, many, tokens, promised=True)
            if excess:
                raise self._overloaded(excess)
            self._queue.promise(lane, many, tokens)
        try:
            yield
        finally:
            with self._changed:
                self._queue.promise(lane, -many, -tokens)

    def check_room(self, *, lane: str) -> None:
        """Refuse a call for which there is no room however short it is, before it is encoded.

        Raises:
            Overloaded: the queue is full; `retry_after` says when to come again.
        """
        with self._changed:
            excess = self._queue.excess(lane, 1, 1, promised=True)
            if excess:
                raise self._overloaded(excess)

    def load(self) -> Load:
        """Return how busy it is; cheap, from any thread."""
        with self._changed:
            full = self._queue.excess("", 1, 1) > 0
        return Load(
            len(self._queue),
            self._queue.tokens,
            self._running,
            self._speed.rate,
            self._queue.wait(self._speed.rate),
            self._batches,
            self._computed,
            full,
        )

    async def drain(self) -> None:
        """Take nothing new, finish what is in it, and end its thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    async def _answer(self, call: Call, lane: str, until: float | None) -> Computed:
        if not call.rows:
            raise RequestWrong(expected="at least one row", got="none", do="Send a text.")
        deadline = inf if until is None else until
        left = deadline - call.since
        if left <= 0:
            raise deadline_passed()
        self._submit(call, lane, deadline)
        timer = call.loop.call_later(left, call.fail, deadline_passed()) if left < inf else None
        try:
            return await call.future
        finally:
            if timer is not None:
                timer.cancel()
            if not call.whole:
                with self._changed:
                    self._queue.cancel(call.waiting)
            call.waiting.clear()  # they know the call: without a circle it goes at once

    def _submit(self, call: Call, lane: str, deadline: float) -> None:
        tokens = sum(row.size for row in call.rows)
        with self._changed:
            if self._closed:
                raise _draining()
            excess = self._queue.excess(lane, len(call.rows), tokens)
            if excess:
                raise self._overloaded(excess)
            call.waiting += [
                self._queue.push(lane, row.size, (call, place), deadline)
                for place, row in enumerate(call.rows)
            ]
            if len(self._queue) >= self._wanted:
                self._changed.notify()

    def _room(self) -> int:
        """Return how many tokens may wait."""
        return int(self._most_seconds * max(self._speed.rate, LEAST_RATE))

    def _overloaded(self, excess: int) -> Overloaded:
        seconds = self._queue.wait(self._speed.rate)
        error = Overloaded(
            expected=f"room in the queue of {self.replica.release.name}",
            got=f"{len(self._queue):,} rows waiting, {seconds:.1f} s of work",
            do="Come again after the time that Retry-After says. It was not charged.",
        )
        error.retry_after = excess / self._speed.rate
        return error

    def _work(self) -> None:
        """Run batch after batch, until it is closed and nothing waits."""
        while self._rows_wait():
            guest = len(self._queue) <= FLOOD
            hurry, rank = (None, 0) if self._called() else (self._called, IN_GAPS)
            with self._turns.turn(rank, guest=guest, hurry=hurry):
                rows = self._taken()
                while rows:
                    batch = self._run(rows)
                    # What is next is taken before the callers are woken: they would take the
                    # interpreter from this thread while the engine stands still.
                    rows = [] if self._turns.wanted or self._few() else self._taken()
                    self._hand_over(batch)

    def _called(self) -> bool:
        """Tell whether a caller waits, and not only copies."""
        with self._changed:
            return not self._queue.only(COPIES)

    def _taken(self) -> list[Waiting[Place]]:
        """Take the rows of the next batch; none if all have been cancelled or are late."""
        with self._changed:
            self._queue.guest_at = max(self._queue.guest_at, self._turns.guest_at)
            rows = self._queue.take(self._speed.budget(), time.monotonic())
            self._running = len(rows)
            return rows

    def _rows_wait(self) -> bool:
        """Wait for rows; return whether there are any."""
        with self._changed:
            self._linger()
            while not self._queue and not self._closed:
                self._await(rows=1)
            return len(self._queue) > 0

    def _linger(self) -> None:
        """Give the callers of the last batch an instant to come back, where too little waits.

        Without it the first of them is computed alone, and the others wait for that.
        """
        if self._few():
            self._await(rows=self._answered, seconds=min(LINGER_SECONDS, LINGER_SHARE * self._took))
        self._answered = 0

    def _few(self) -> bool:
        """Tell whether more is about to come back than waits, and what waits fills no batch."""
        coming, queue = self._answered, self._queue
        return coming > max(1, len(queue)) and queue.tokens < self._speed.budget().tokens

    def _await(self, *, rows: int, seconds: float | None = None) -> None:
        self._wanted = rows
        self._changed.wait(seconds)
        self._wanted = NEVER

    def _run(self, rows: list[Waiting[Place]]) -> Batch:
        began = time.monotonic()
        ran: Ran | SeedbedError
        try:
            ran = self.replica.run([row.item[0].rows[row.item[1]] for row in rows])
        except EngineUnavailable as cause:
            ran = self._failed(cause.got)
        except Exception:  # whatever it is, the thread must live for those who come next
            log.exception("the engines of %s broke down", self.replica.release.name)
            ran = self._failed("a fault in the engine, which the log tells of")
        self._took = time.monotonic() - began
        self._answered = len({row.item[0] for row in rows})
        if not isinstance(ran, SeedbedError):
            self._speed.count(sum(row.size for row in rows), self._took)
            self._queue.most_tokens = self._room()
            self._batches += 1
            self._computed += len(rows)
        return Batch(rows, ran, began, int(1e6 * self._took))

    def _hand_over(self, batch: Batch) -> None:
        """Wake each loop once for all of its calls."""
        for loop in {row.item[0].loop for row in batch.rows}:
            try:
                loop.call_soon_threadsafe(batch.deliver, loop)
            except RuntimeError:  # it was closed: nobody waits there any more
                log.debug("a batch was computed after its callers' loop had ended")

    def _failed(self, why: str) -> AnswerFailed:
        return AnswerFailed(
            expected=f"an engine of {self.replica.release.name} to answer",
            got=why,
            do="Try again; if it stays, the log tells why. It was not charged.",
        )


def _draining() -> Draining:
    return Draining(
        expected="a server that takes calls",
        got="one that is stopping",
        do="Send it again; another process, or this one after its start, will answer.",
    )
