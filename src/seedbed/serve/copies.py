"""Copies of calls that another release computes too, to see whether it answers the same."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from seedbed.errors import SeedbedError
from seedbed.serve.batcher import COPIES, Computed
from seedbed.serve.fleet import Fleet, Served, Which
from seedbed.serve.route import Route
from seedbed.tasks import corrections
from seedbed.tasks.base import Floats

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Calls whose feedback is counted in the windows of the last minutes, if it comes at once."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a copy of a call gave.

    Attributes:
        number: Of the release that computed the copy.
        same: Whether it answered as the caller's release did, row by row.
        answers: What both answered, first the caller's release, as `Replica.decided` gives it.
        output: What an answer is: `Task.output`.
        engine: The engine that computed.
        tokens: Sum of the rows' sizes.
        compute_us: The engine's time.
    """

    number: int
    same: Sequence[bool]
    answers: Sequence[tuple[Hashable, Hashable]]
    output: str
    engine: str
    tokens: int
    compute_us: int

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.same)

    @property
    def agreed(self) -> int:
        """How many of them both answered the same."""
        return sum(self.same)


@dataclass(frozen=True, slots=True)
class Missed:
    """A copy that gave nothing.

    Attributes:
        number: Of the release that was to compute it.
        why: What stood in its way, for the copy's row.
    """

    number: int
    why: str


class Copies:
    """Computes copies and remembers what came of the last of them.

    Args:
        fleet: The loaded releases; none is loaded for a copy.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._remembered: OrderedDict[str, dict[Which, list[Hashable]]] = OrderedDict()

    async def compare(
        self, route: Route, texts: Sequence[str], logits: Floats, call_id: str
    ) -> Compared | Missed | None:
        """Compute a copy and count what agrees, or say why it could not be had; None asks none."""
        number = route.shadow
        if number is None:
            return None
        served = self._fleet.get((route.name, number))
        if served is None:
            return Missed(number, "it is not loaded")
        served.calls += 1
        try:
            rows = await asyncio.to_thread(served.replica.encode, texts)
            copy = await served.batcher.logits(rows, lane=COPIES)
            return self._compared(route, served, texts, (logits, copy), call_id)
        except SeedbedError as error:
            log.debug("no copy of %s: %s", call_id, error)
            return Missed(number, type(error).__name__)
        except Exception as fault:  # nobody waits for it, so nobody else would tell
            log.exception("the copy of %s failed", call_id)
            return Missed(number, type(fault).__name__)
        finally:
            served.give_back()

    def _compared(
        self,
        route: Route,
        served: Served,
        texts: Sequence[str],
        computed: tuple[Floats, Computed],
        call_id: str,
    ) -> Compared:
        logits, copy = computed
        ours = route.replica.decided(logits, texts)
        theirs = served.replica.decided(copy.logits, texts)
        answers = list(zip(ours, theirs, strict=True))
        same = [corrections.alike(*both) for both in answers]
        number = served.which[1]
        trial = self._fleet.get((route.name, route.trial or number))
        if trial is not None:
            trial.window.compared(time.monotonic(), len(same), sum(same))
        self._remember(call_id, {route.served.which: ours, served.which: theirs})
        cost = (copy.engine, copy.tokens, copy.compute_us)
        return Compared(number, same, answers, served.replica.output, *cost)

    def judged(self, call_id: str, row: int, *, right: bool, correct: Any = None) -> None:
        """Count who had a row right; said again, the last word counts.

        Args:
            call_id: A call that was compared lately; others are passed over.
            row: Which row of it.
            right: Whether the caller's answer was right.
            correct: The right answer, where it was not, as `seedbed.tasks.corrections` describes
                it; None where nobody knows.
        """
        both = self._remembered.get(call_id, {})
        ours = next(iter(both.values()), [])  # the caller's release stands first
        if not 0 <= row < len(ours):
            return
        for which, answers in both.items():
            served = self._fleet.get(which)
            if served is not None:
                had: bool | None = None
                if right:
                    had = corrections.alike(answers[row], ours[row])
                elif correct is not None:
                    had = served.replica.right(answers[row], correct)
                served.window.judged(time.monotonic(), (call_id, row), right=had)

    def _remember(self, call_id: str, answers: dict[Which, list[Hashable]]) -> None:
        if call_id:
            self._remembered[call_id] = answers
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
