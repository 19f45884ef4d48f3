"""Rows that wait for the engine: fair between lanes, grouped by length, bounded.

A lane is what must not suffer for another: a key. The lane that was served the fewest tokens goes
next (stride scheduling, Waldspurger and Weihl 1995); one that comes back after a pause starts level
with the others, so nobody saves up and nobody waits for what others had before. The oldest row of
that lane is in the batch whatever its length, so no row starves; the rest are chosen by length
among rows whose turn is near.

A lane with few rows shares its batch with others like it, and not with the rows of a flood, for
which it would have to wait. While there are such guests, the flood's own batches are shorter too.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

NEAR_ROWS = 256
"""Rows among which those of a batch are chosen."""
LEAD_BATCHES = 4
"""How many batches a lane may be served ahead of its turn, where its rows fit well."""
FLOOD = 4
"""A lane with more than so many times the rows of another is a flood beside it."""
GUEST_SECONDS = 5.0
"""How long a flood's batches stay short after a guest was there."""
GUEST_SHARE = 0.3
"""How short they are."""


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """One row in the queue.

    Attributes:
        lane: Whose it is.
        size: Its tokens.
        item: What it is to whoever put it there.
        deadline: When it is of no use any more, by the caller's clock.
        ticket: Its place in the order of arrival.
    """

    lane: str
    size: int
    item: T
    deadline: float
    ticket: int


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a batch may be.

    Attributes:
        tokens: Most tokens, padding counted; a longer row stands alone.
        rows: Most rows.
        overhead: Tokens that are computed in the time that a batch costs beside its tokens.
        urgent: Seconds before its deadline at which a row goes first.
    """

    tokens: int
    rows: int
    overhead: int = 0
    urgent: float = 0.0


@dataclass(slots=True, eq=False)
class _Lane(Generic[T]):
    """The rows of one lane by ticket, oldest first; `since` is the ticket that woke it."""

    served: int
    since: int = 0
    tokens: int = 0
    rows: dict[int, Waiting[T]] = field(default_factory=dict)


class _Size(NamedTuple):
    rows: int = 0
    tokens: int = 0

    def __add__(self, other: object) -> _Size:
        assert isinstance(other, _Size)
        return _Size(self.rows + other.rows, self.tokens + other.tokens)


class FairQueue(Generic[T]):
    """Rows of many lanes; it has no clock and no lock of its own.

    Args:
        most_tokens: Tokens that may wait.
        most_rows: Rows that may wait.

    Attributes:
        guest_at: When a guest was last there, in this queue or at another engine.
    """

    def __init__(self, most_tokens: int, most_rows: int) -> None:
        self.most_tokens = most_tokens
        self.most_rows = most_rows
        self.tokens = 0
        self._rows = 0
        self._tickets = 0
        self._lanes: dict[str, _Lane[T]] = {}
        self._turns: list[tuple[int, int, str]] = []
        self._deadlines: list[tuple[float, int, Waiting[T]]] = []
        self._level = 0
        self._many = NEAR_ROWS
        self.guest_at = -inf
        self._hurried = False
        self._promised: dict[str, _Size] = {}
        self._promises = _Size()

    def __len__(self) -> int:
        """Return how many rows wait."""
        return self._rows

    def only(self, lane: str) -> bool:
        """Tell whether no other lane has rows that wait."""
        own = self._lanes.get(lane)
        return own is not None and len(own.rows) == self._rows

    def excess(self, lane: str, rows: int, tokens: int, *, promised: bool = False) -> int:
        """Return how many tokens must leave before a call may be let in; 0 if it may now.

        A lane may hold as much as is left free (Choudhury and Hahne 1998): one that floods fills
        half of the queue, and there is room for the next. An empty queue takes a call of any size.

        Args:
            promised: Whether what is promised counts as if it were in the queue.
        """
        own = self._lanes.get(lane)
        held = _Size(len(own.rows), own.tokens) if own else _Size()
        whole = _Size(self._rows, self.tokens)
        if promised:
            held += self._promised.get(lane, _Size())
            whole += self._promises
        if not whole.rows:
            return 0
        over = held.tokens + tokens + whole.tokens - self.most_tokens
        over_rows = held.rows + rows + whole.rows - self.most_rows
        return max(0, over, over_rows * -(-whole.tokens // whole.rows))

    def promise(self, lane: str, rows: int, tokens: int) -> None:
        """Keep room for a call that is about to come; less than nought gives it back."""
        more = _Size(rows, tokens)
        self._promises += more
        kept = self._promised.pop(lane, _Size()) + more
        if kept.rows:
            self._promised[lane] = kept

    def wait(self, rate: float) -> float:
        """Return the seconds that all rows take at a rate of tokens a second."""
        return self.tokens / rate

    def push(self, lane: str, size: int, item: T, deadline: float = inf) -> Waiting[T]:
        """Put a row at the end of its lane; return what `cancel` takes."""
        self._tickets += 1
        waiting = Waiting(lane, size, item, deadline, self._tickets)
        own = self._lanes.setdefault(lane, _Lane(self._level))
        if not own.rows:
            own.served, own.since = max(own.served, self._level), self._tickets
            insort(self._turns, (own.served, own.since, lane))
        own.rows[waiting.ticket] = waiting
        own.tokens += size
        self._rows += 1
        self.tokens += size
        if deadline < inf:
            heapq.heappush(self._deadlines, (deadline, waiting.ticket, waiting))
        return waiting

    def cancel(self, rows: Iterable[Waiting[T]]) -> None:
        """Take rows away; those that are out already are passed over."""
        for row in rows:
            if self._waits(row):
                self._remove(row.lane, [row], served=0)

    def take(self, budget: Budget, now: float) -> list[Waiting[T]]:
        """Take the rows of the next batch, shortest first; none if none waits.

        Args:
            budget: How large it may be.
            now: By the clock that deadlines are told in; rows past theirs are dropped.
        """
        self._drop(now)
        if not self._turns:
            return []
        self._level = self._turns[0][0]
        anchor = self._anchor(budget, now)
        near, guest = self._near(anchor, self._level + LEAD_BATCHES * budget.tokens)
        if guest:
            self.guest_at = now
        elif now - self.guest_at < GUEST_SECONDS:
            budget = replace(budget, tokens=int(budget.tokens * GUEST_SHARE))
        batch = _densest(near, anchor, budget)
        for lane in dict.fromkeys(row.lane for row in batch):
            own = [row for row in batch if row.lane == lane]
            self._remove(lane, own, served=sum(row.size for row in own))
        return batch

    def _anchor(self, budget: Budget, now: float) -> Waiting[T]:
        """Return the row that must be in the batch: the next in turn, or one in a hurry.

        Never one in a hurry twice in a row, nor from a lane far ahead of its turn: deadlines are no
        way past the others.
        """
        self._hurried = not self._hurried and bool(self._deadlines)
        if self._hurried:
            deadline, _, row = self._deadlines[0]
            lead = self._lanes[row.lane].served - self._level
            if deadline - now <= budget.urgent and lead <= LEAD_BATCHES * budget.tokens:
                return row
            self._hurried = False
        return next(iter(self._lanes[self._turns[0][2]].rows.values()))

    def _near(self, anchor: Waiting[T], furthest: int) -> tuple[list[Waiting[T]], bool]:
        """Return the rows that may go with one, itself included; and whether it is a guest."""
        own = self._lanes[anchor.lane]
        near = [anchor, *(row for row in islice(own.rows.values(), NEAR_ROWS) if row is not anchor)]
        guest = False
        for served, _, name in self._turns:
            if served > furthest or len(near) >= NEAR_ROWS:
                break
            lane = self._lanes[name]
            if lane is own:
                continue
            if len(lane.rows) > FLOOD * len(own.rows):
                guest = True
                continue
            for row in lane.rows.values():
                served += row.size
                if served > furthest or len(near) >= NEAR_ROWS:
                    break
                near.append(row)
        return near, guest

    def _drop(self, now: float) -> None:
        """Drop rows past their deadlines, and what the list of deadlines remembers for nothing."""
        if len(self._deadlines) > 2 * self._rows + NEAR_ROWS:
            self._deadlines = [each for each in self._deadlines if self._waits(each[2])]
            heapq.heapify(self._deadlines)
        while self._deadlines:
            deadline, _, row = self._deadlines[0]
            if self._waits(row):
                if deadline > now:
                    return
                self._remove(row.lane, [row], served=0)
            heapq.heappop(self._deadlines)

    def _waits(self, row: Waiting[T]) -> bool:
        own = self._lanes.get(row.lane)
        return own is not None and row.ticket in own.rows

    def _remove(self, name: str, rows: Sequence[Waiting[T]], *, served: int) -> None:
        """Take rows out of their lane, which has been served so many tokens by it."""
        own = self._lanes[name]
        del self._turns[bisect_left(self._turns, (own.served, own.since, name))]
        for row in rows:
            del own.rows[row.ticket]
        tokens = sum(row.size for row in rows)
        own.tokens -= tokens
        own.served += served
        self.tokens -= tokens
        self._rows -= len(rows)
        if own.rows:
            insort(self._turns, (own.served, own.since, name))
        elif not self._rows:
            self._lanes.clear()
            self._level = 0
        elif len(self._lanes) > self._many:
            self._forget()

    def _forget(self) -> None:
        """Let go of lanes that have nothing waiting and would start level with the others."""
        self._lanes = {
            name: lane
            for name, lane in self._lanes.items()
            if lane.rows or lane.served > self._level
        }
        self._many = 2 * len(self._lanes) + NEAR_ROWS


_size = attrgetter("size")


def _densest(near: list[Waiting[T]], anchor: Waiting[T], budget: Budget) -> list[Waiting[T]]:
    """Return the rows, next to each other in length, that give most tokens for the time.

    A batch costs its overhead and its rows times the longest of them, padding included.
    """
    most = min(budget.rows, budget.tokens // anchor.size)
    if most < 2 or len(near) < 2:
        return [anchor]
    near.sort(key=_size)
    sizes = [row.size for row in near]
    at = near.index(anchor)
    found, best, useful = (at, at), 0.0, 0
    for last in range(at, min(len(near), at + most)):
        useful += sizes[last]
        count = last - at + 1
        if count * sizes[last] > budget.tokens:
            break
        first, density = _leftwards(sizes, at, last, useful, budget)
        if density > best:
            found, best = (first, last), density
    return near[found[0] : found[1] + 1]


def _leftwards(
    sizes: Sequence[int], at: int, last: int, useful: int, budget: Budget
) -> tuple[int, float]:
    """Return how far a batch from `at` to `last` gets denser by shorter rows, and how dense.

    A row makes it denser if it fills a larger share of its place than the others do on average, so
    the first that does not is the end.
    """
    longest = sizes[last]
    first, density = at, useful / ((last - at + 1) * longest + budget.overhead)
    most = min(budget.rows, budget.tokens // longest)
    for i in range(at - 1, max(-1, last - most), -1):
        if sizes[i] <= density * longest:
            break
        useful += sizes[i]
        first, density = i, useful / ((last - i + 1) * longest + budget.overhead)
    return first, density
