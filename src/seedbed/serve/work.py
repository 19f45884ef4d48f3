"""Calls on their way through the engine, and batches on their way back to the callers.

All of it happens in the callers' loops, so that the engine's thread can go on with the next batch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from seedbed.backbones.batches import Index, gathered
from seedbed.errors import DeadlinePassed, SeedbedError
from seedbed.release.engines.base import Row
from seedbed.serve.queue import Waiting
from seedbed.serve.replica import Ran, unit
from seedbed.serve.speed import apportioned
from seedbed.tasks.base import Floats


@dataclass(frozen=True, slots=True)
class Computed:
    """What came of a call.

    Attributes:
        logits: Raw outputs (rows, labels), in the order of the rows.
        features: Features (rows, width), of length one each; nothing unless they were asked for.
        engine: The engine that answered; the last one where it changed on the way.
        tokens: Sum of the rows' sizes; of those written, of what they turned out to cost.
        compute_us: This call's share of the engine's time, by tokens: the shares of a batch add up.
        queued_us: From when it was submitted to when its first row began to be computed.
    """

    logits: Floats
    features: Floats | None
    engine: str
    tokens: int
    compute_us: int
    queued_us: int


@dataclass(slots=True, eq=False)
class Call:
    """A call under way.

    Attributes:
        rows: What is to be computed.
        embeds: Whether features are wanted.
        loop: Where the caller waits.
        future: What the caller waits for.
        since: When it was submitted, by `time.monotonic()`.
        waiting: Its rows in the queue.
        whole: Whether all its rows are computed.
    """

    rows: Sequence[Row]
    embeds: bool
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    future: asyncio.Future[Computed] = field(init=False)
    since: float = field(default_factory=time.monotonic)
    waiting: list[Waiting[Place]] = field(default_factory=list)
    whole: bool = False
    _parts: list[tuple[Index, Floats]] = field(default_factory=list)
    _features: Floats | None = None
    _engine: str = ""
    _done: int = 0
    _tokens: int = 0
    _compute_us: int = 0
    _queued_us: int = 0

    def __post_init__(self) -> None:
        self.future = self.loop.create_future()

    def take(self, places: list[int], ran: Ran, at: list[int], us: int, began: float) -> None:
        """Take over what came of some rows; with the last of them the caller has the answer.

        Args:
            places: Which rows of this call.
            ran: The batch that they were in.
            at: Which rows of that they were.
            us: This call's share of its time, in microseconds.
            began: When it began, by `time.monotonic()`.
        """
        if not self._parts:
            self._queued_us = int(1e6 * (began - self.since))
        self._parts.append((np.array(places), ran.logits[at]))
        if self.embeds and ran.features is not None:
            if self._features is None:
                self._features = np.empty((len(self.rows), ran.features.shape[1]), np.float32)
            self._features[places] = unit(ran.features[at])
        self._engine = ran.engine
        spent = ran.tokens
        self._tokens += sum(
            self.rows[place].size if spent is None else spent[i]
            for place, i in zip(places, at, strict=True)
        )
        self._compute_us += us
        self._done += len(places)
        self.whole = self._done == len(self.rows)
        if self.whole and not self.future.done():
            self.future.set_result(self._computed())

    def fail(self, error: SeedbedError) -> None:
        """End it with an error, if it has not ended."""
        if not self.future.done():
            self.future.set_exception(error)

    def _computed(self) -> Computed:
        logits = gathered(self._parts, len(self.rows))
        return Computed(
            logits, self._features, self._engine, self._tokens, self._compute_us, self._queued_us
        )


def deadline_passed() -> DeadlinePassed:
    """Return the error of a call that was not answered in time."""
    return DeadlinePassed(
        expected="an answer before the deadline",
        got="none yet",
        do="Allow more time, or send fewer rows in a call. It was not charged.",
    )


Place = tuple[Call, int]
"""A row in the queue: the call it is of, and its place there."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that was run.

    Attributes:
        rows: What was in it.
        ran: What came of it, or why nothing did.
        began: When it began, by `time.monotonic()`.
        us: How long it took, in microseconds.
    """

    rows: Sequence[Waiting[Place]]
    ran: Ran | SeedbedError
    began: float
    us: int

    def deliver(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand the calls of a loop what was computed for them, and each its share of the time."""
        shares = apportioned([row.size for row in self.rows], self.us)
        calls: dict[Call, list[int]] = {}
        for i, row in enumerate(self.rows):
            if row.item[0].loop is loop:
                calls.setdefault(row.item[0], []).append(i)
        for call, at in calls.items():
            if isinstance(self.ran, SeedbedError):
                call.fail(self.ran)
            else:
                places = [self.rows[i].item[1] for i in at]
                call.take(places, self.ran, at, sum(shares[i] for i in at), self.began)
