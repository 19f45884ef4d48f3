"""How a release has done lately, and the rule by which it is rolled back."""

from __future__ import annotations

import math
import random
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

SECONDS = 300.0
MOST_CALLS = 2000
MOST_ROWS = 5000
MOMENT_SECONDS = 0.5
"""How long a moment is; what makes calls slow for its time makes those of every release slow."""

Row = tuple[str, int]
"""A call's id, and which row of it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A release over its window.

    Attributes:
        calls: Calls that were answered or failed.
        errors: Those that failed.
        p95_us: Latency that 95 of 100 answered calls kept below; nothing where none was.
        compared: Rows that another release computed too.
        agreed: Those that both answered the same.
        judged: Compared rows of which feedback told the right answer.
        right: Those that this release had right.
        median_us: Latency that half of the answered calls kept below, likewise.
    """

    calls: int = 0
    errors: int = 0
    p95_us: int | None = None
    compared: int = 0
    agreed: int = 0
    judged: int = 0
    right: int = 0
    median_us: int | None = None

    @property
    def error_rate(self) -> float:
        """Share of the calls that failed."""
        return self.errors / self.calls if self.calls else 0.0

    @property
    def agreement(self) -> float:
        """Share of the compared rows that agreed; 1 where there is none."""
        return self.agreed / self.compared if self.compared else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class Window:
    """The last calls of a release: those of five minutes, at most 2,000.

    Times are seconds by one clock, `time.monotonic()` in a server.
    """

    def __init__(self) -> None:
        self._calls: deque[tuple[float, int | None]] = deque(maxlen=MOST_CALLS)
        self._agreed: deque[tuple[float, bool]] = deque(maxlen=MOST_ROWS)
        self._right: OrderedDict[Row, tuple[float, bool]] = OrderedDict()
        self._drawn: deque[tuple[int, int]] = deque(maxlen=int(SECONDS / MOMENT_SECONDS))
        self._among = 0

    def call(self, now: float, latency_us: int | None) -> None:
        """Count a call: its latency, or nothing if it failed."""
        self._calls.append((now, latency_us))
        if latency_us is not None:
            self._draw(int(now / MOMENT_SECONDS), latency_us)

    def compared(self, now: float, rows: int, agreed: int) -> None:
        """Count rows that another release computed too."""
        self._agreed.extend((now, i < agreed) for i in range(rows))

    def judged(self, now: float, row: Row, *, right: bool | None) -> None:
        """Count a row of which the right answer became known, in the place of what was known of it.

        Args:
            row: The row.
            right: Whether the release had it right; None where that is not known any more.
        """
        self._right.pop(row, None)
        if right is not None:
            self._right[row] = now, right
        if len(self._right) > MOST_ROWS:
            self._right.popitem(last=False)

    def beside(self, other: Window, now: float) -> Iterator[tuple[int, int]]:
        """Yield the latency of a call of each window, for each moment in which both answered.

        The moment under way is left out. Which call of a moment it is was drawn by lot.
        """
        theirs = dict(other._drawn)
        first, end = int((now - SECONDS) / MOMENT_SECONDS), int(now / MOMENT_SECONDS)
        for moment, latency in self._drawn:
            if first <= moment < end and moment in theirs:
                yield latency, theirs[moment]

    def _draw(self, moment: int, latency_us: int) -> None:
        """Keep one call of each moment, each with the same chance."""
        if not self._drawn or self._drawn[-1][0] != moment:
            self._among = 0
            self._drawn.append((moment, latency_us))
        self._among += 1
        if random.randrange(self._among) == 0:
            self._drawn[-1] = moment, latency_us

    def measured(self, now: float) -> Measured:
        """Return how it has done."""
        for kept in (self._calls, self._agreed):
            while kept and kept[0][0] < now - SECONDS:
                kept.popleft()
        while self._right and next(iter(self._right.values()))[0] < now - SECONDS:
            self._right.popitem(last=False)
        latencies = sorted(latency for _, latency in self._calls if latency is not None)
        return Measured(
            calls=len(self._calls),
            errors=len(self._calls) - len(latencies),
            p95_us=latencies[int(0.95 * (len(latencies) - 1))] if latencies else None,
            compared=len(self._agreed),
            agreed=sum(agreed for _, agreed in self._agreed),
            judged=len(self._right),
            right=sum(right for _, right in self._right.values()),
            median_us=latencies[(len(latencies) - 1) // 2] if latencies else None,
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """When a release is rolled back: it fails, dawdles or answers otherwise than the one before.

    Attributes:
        calls: Calls before errors and latency are judged.
        errors: Error rate above the other's that is too much.
        slower: How many times the other's latency is too slow.
        slack_us: Microseconds above the other's that are never too slow.
        doubt: Chance at which a release that is as fast as the other may seem slower.
        rows: Compared rows before agreement is judged.
        agreement: Least share of them that must agree.
    """

    calls: int = 20
    errors: float = 0.05
    slower: float = 1.5
    slack_us: int = 25_000
    doubt: float = 1e-5
    rows: int = 100
    agreement: float = 0.8

    def broken(
        self, new: Measured, other: Measured, moments: Iterable[tuple[int, int]] = ()
    ) -> str | None:
        """Return in words how the new release breaks the rule, or nothing.

        Args:
            new: The release on trial.
            other: The one before.
            moments: What `Window.beside` gives; without it latency is not judged.
        """
        if new.calls >= self.calls and new.error_rate > other.error_rate + self.errors:
            return (
                f"{new.errors} of {new.calls} calls failed, {other.errors} of {other.calls} before"
            )
        slow = self._slow(new, other, moments)
        if slow is not None:
            return slow
        if new.compared >= self.rows and new.agreement < self.agreement:
            return f"{new.agreed} of {new.compared} rows answered as the other release does"
        return None

    def _slow(
        self, new: Measured, other: Measured, moments: Iterable[tuple[int, int]]
    ) -> str | None:
        """Return how the new release is slower: by enough to matter, and not by chance."""
        tail, half = (new.p95_us, other.p95_us), (new.median_us, other.median_us)
        if not (self._beyond(*tail) or self._beyond(*half)):
            return None
        pairs = list(moments)
        slower = sum(self._beyond(ours, theirs) for ours, theirs in pairs)
        faster = sum(self._beyond(theirs, ours) for ours, theirs in pairs)
        if _by_chance(slower, slower + faster) > self.doubt:
            return None
        return (
            f"95th percentile {_ms(new.p95_us)} against {_ms(other.p95_us)}, median "
            f"{_ms(new.median_us)} against {_ms(other.median_us)}; slower at {slower} moments, "
            f"faster at {faster}"
        )

    def _beyond(self, us: int | None, other_us: int | None) -> bool:
        if us is None or other_us is None:
            return False
        return us > max(self.slower * other_us, other_us + self.slack_us)


def _ms(us: int | None) -> str:
    return "none" if us is None else f"{us / 1000:.1f} ms"


def _by_chance(hits: int, tries: int) -> float:
    """Return the chance of so many heads or more of a fair coin: the sign test, one-sided."""
    ways: int = sum(math.comb(tries, k) for k in range(hits, tries + 1))
    return ways / (1 << tries)
