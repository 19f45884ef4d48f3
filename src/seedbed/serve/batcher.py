"""Batches the rows of many callers, and runs them one batch after another in one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.release.engines.base import Row
from seedbed.serve.replica import Replica
from seedbed.tasks.base import Floats


@dataclass(frozen=True, slots=True)
class Computed:
    """What came of a call.

    Attributes:
        logits: Raw outputs (rows, labels), in the order of the rows.
        features: Features (rows, width), of length one each; nothing unless they were asked for.
        engine: The engine that answered; the last one where it changed on the way.
        tokens: Sum of the rows' sizes.
        compute_us: This call's share of the engine's time, by tokens: the shares of a batch add up.
        queued_us: From when it was submitted to when its first row began to be computed.
    """

    logits: Floats
    features: Floats | None
    engine: str
    tokens: int
    compute_us: int
    queued_us: int


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a batcher is.

    Attributes:
        rows: Rows that wait.
        tokens: Tokens that wait.
        running: Rows that are being computed.
        rate: Tokens a second, as measured lately.
        wait: Seconds that what waits will take; what `Retry-After` is made from.
    """

    rows: int
    tokens: int
    running: int
    rate: float
    wait: float


class Batcher:
    """Answers the rows of many callers of one replica.

    Cancel the task that awaits `logits` or `features` and its rows are computed no more.

    Args:
        replica: What computes; this batcher alone may run it.
    """

    def __init__(self, replica: Replica) -> None:
        raise NotImplementedError

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
        raise NotImplementedError

    async def features(
        self, rows: Sequence[Row], *, lane: str, deadline: float | None = None
    ) -> Computed:
        """Return logits and features of the rows; else as `logits`.

        Raises:
            RequestWrong: the release has no features to give.
        """
        raise NotImplementedError

    def load(self) -> Load:
        """Return how busy it is; cheap, from any thread."""
        raise NotImplementedError

    async def drain(self) -> None:
        """Take nothing new, finish what is in it, and end its thread."""
        raise NotImplementedError
