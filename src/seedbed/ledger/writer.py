"""The one thread that writes: what waits is committed together.

A claim's future resolves when it is decided, before the commit, so that the model may begin; a
settling's resolves only after its commit. Since a call is settled after it was claimed, by the same
thread, and its reservation is looked up, no answer leaves whose claim was not durable. On SQLite
the disk is waited for when a call is settled: it has all that was written before, then.

Where the database fails, every operation of the group fails and nothing is charged. What must not
be lost then, the release of what is still reserved and the rows of calls that cost nothing, is done
again before the next group. A commit whose outcome is unknown, as when the connection breaks in the
middle of it, counts as failed: the settling is looked up later and taken back if it was written,
unless an Idempotency-Key allows to have its answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from seedbed.errors import LedgerError, LedgerUnavailable
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.call import Claim, Ending, Note, Settlement
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.group import Group, Work
from seedbed.ledger.shelf import Shelf

log = logging.getLogger(__name__)

LARGEST = 512
"""Operations that are committed together at most."""

AGAIN_SECONDS = 1.0
"""How long to wait before what failed is tried again, where nothing else is asked."""

OWED = 100_000
"""Rows of calls that cost nothing which are kept while the database is away; older ones go."""


class Committed(Protocol):
    """Anything that is told of each commit."""

    def __call__(self, operations: int, seconds: float) -> None:
        """Take how many operations it held, and how long it took."""


@dataclass(slots=True, eq=False)
class Operation:
    """Work that waits, and the future of whoever waits for it."""

    work: Work
    future: Future[Any] = field(default_factory=Future)

    def take(self) -> Operation:
        """Mark the work as begun; what its caller has given up leaves a row or a release only."""
        if self.future.set_running_or_notify_cancel():
            return self
        return Operation(_given_up(self.work))


class Writer:
    """Takes operations from any thread, and writes them in groups from one.

    Args:
        database: The ledger.
        accounts: Loads and saves accounts.
        clock: What tells the time.
        instance: The id of the process that reserves.
        committed: Told of every commit.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        clock: Clock,
        instance: str,
        committed: Committed | None = None,
    ) -> None:
        self._database = database
        self._shelf = Shelf(accounts)
        self._clock = clock
        self._instance = instance
        self._committed = committed
        self._waiting: SimpleQueue[Operation | None] = SimpleQueue()
        self._owed: deque[Operation] = deque()
        self._thread = threading.Thread(target=self._run, name="seedbed-ledger", daemon=True)
        self._gate = threading.Lock()
        self._closed = False
        self.failing = False
        """Whether the last group could not be written."""

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and stop."""
        with self._gate:
            self._closed = True
            self._waiting.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def put(self, work: Work) -> Future[Any]:
        """Hand in work, and return what will hold its answer."""
        operation = Operation(work)
        with self._gate:
            if self._closed:
                operation.future.set_exception(_closed())
            else:
                self._waiting.put(operation)
        return operation.future

    def _run(self) -> None:
        going = True
        while going:
            taken = self._take()
            going = None not in taken
            operations = [one.take() for one in taken if one is not None]
            if operations or self._owed:
                self._write(operations)

    def _take(self) -> list[Operation | None]:
        """Wait for work and return all that waits; return nothing after a while if work is owed."""
        taken: list[Operation | None] = []
        with suppress(Empty):
            taken.append(self._waiting.get(timeout=AGAIN_SECONDS if self._owed else None))
            while len(taken) < LARGEST:
                taken.append(self._waiting.get_nowait())
        return taken

    def _write(self, operations: Sequence[Operation]) -> None:
        owed = [self._owed.popleft() for _ in range(min(len(self._owed), LARGEST))]
        together = [*owed, *operations]
        try:
            self._commit(together)
        except LedgerUnavailable as cause:
            self._fail(together, cause)
        except Exception:
            log.exception("a group of %d operations failed; each is tried alone", len(together))
            for operation in together:
                self._write_alone(operation)

    def _write_alone(self, operation: Operation) -> None:
        try:
            self._commit([operation])
        except LedgerUnavailable as cause:
            self._fail([operation], cause)
        except Exception as cause:
            log.exception("%s failed", type(operation.work).__name__)
            _fail(operation, cause)
            if isinstance(operation.work, Claim | Settlement):  # what is owed would fail again
                self._owe([operation], cause)

    def _commit(self, operations: Sequence[Operation]) -> None:
        begun = time.perf_counter()
        answers: list[tuple[Operation, Any]] = []
        try:
            flush = any(not isinstance(each.work, Claim) for each in operations)
            with self._database.committing(flush=flush) as connection:
                self._shelf.open(self._database.state(connection))
                group = Group(connection, self._shelf, self._instance, self._clock.now())
                group.load([operation.work for operation in operations])
                for operation in operations:
                    self._apply(group, operation, answers)
                group.write()
        except BaseException:
            self._shelf.clear()
            raise
        self.failing = False
        for operation, answer in answers:
            _answer(operation, answer)
        if self._committed is not None:
            self._committed(len(operations), time.perf_counter() - begun)

    def _apply(
        self, group: Group, operation: Operation, answers: list[tuple[Operation, Any]]
    ) -> None:
        try:
            answer = group.apply(operation.work)
        except LedgerError as refused:
            _fail(operation, refused)
            return
        if isinstance(operation.work, Claim):
            _answer(operation, answer)
        else:
            answers.append((operation, answer))

    def _fail(self, operations: Sequence[Operation], cause: LedgerUnavailable) -> None:
        if not self.failing:
            log.warning("%s", cause)
        self.failing = True
        for operation in operations:
            _fail(operation, cause)
        self._owe(operations, cause)

    def _owe(self, operations: Sequence[Operation], cause: Exception) -> None:
        """Remember what must be done once the database is there again."""
        reason = type(cause).__name__
        self._owed.extend(Operation(_owed(operation.work, reason)) for operation in operations)
        while len(self._owed) > OWED and isinstance(self._owed[0].work, Note):
            self._owed.popleft()


def _owed(work: Work, reason: str) -> Work:
    """Return what is left to do of work that failed with the database."""
    if isinstance(work, Claim):
        return Note(_row(work, "failed", reason), doubtful=True)
    if isinstance(work, Settlement):
        return Ending(work.call_id, work.key.customer_id or "", "failed", reason, undo=True)
    return work


def _given_up(work: Work) -> Work:
    if isinstance(work, Claim):
        return Note(_row(work, "cancelled", "Cancelled"))
    if isinstance(work, Settlement):
        return Ending(work.call_id, work.key.customer_id or "", "cancelled", "Cancelled")
    return work


def _row(claim: Claim, status: str, reason: str) -> dict[str, Any]:
    names = ("verb", "route", "release", "number", "alias", "rows", "tokens")
    known = {name: getattr(claim, name) for name in names}
    known |= {"id": claim.call_id, "customer_id": claim.key.customer_id, "key_id": claim.key.id}
    return known | {"status": status, "reason": reason}


def _answer(operation: Operation, answer: Any) -> None:
    if not operation.future.done():
        operation.future.set_result(answer)


def _fail(operation: Operation, cause: Exception) -> None:
    if not operation.future.done():
        operation.future.set_exception(cause)


def _closed() -> LedgerUnavailable:
    return LedgerUnavailable(
        expected="the ledger to be open",
        got="one that is closed",
        do="Nothing was charged; send the request to a server that runs.",
    )
