"""The ledger as the server uses it: claim, settle or release each call; and the stores.

claim    let a call in, and reserve what it may cost; or refuse it; or give the stored answer
settle   charge what was answered; the answer may leave when this resolves
release  end a call that was not answered; nothing is charged
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, Literal

from seedbed.errors import LedgerUnavailable, RequestWrong
from seedbed.ledger import idempotency, recovery
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.audit import Audit
from seedbed.ledger.call import Admitted, Claim, Comparison, Ending, Note, Replay, Settlement
from seedbed.ledger.clock import Clock, System
from seedbed.ledger.comparisons import Comparisons
from seedbed.ledger.credit_notes import CreditNotes
from seedbed.ledger.credits import Credits
from seedbed.ledger.customers import Customers
from seedbed.ledger.database import Database
from seedbed.ledger.feedback import Feedback
from seedbed.ledger.instances import BEAT_SECONDS, Instance
from seedbed.ledger.invoices import Invoices
from seedbed.ledger.keeper import Keeper, Step
from seedbed.ledger.key import Key
from seedbed.ledger.keys import Keys
from seedbed.ledger.plans import Plans
from seedbed.ledger.retention import Retention
from seedbed.ledger.schema.calls import FREE
from seedbed.ledger.seller import Sellers
from seedbed.ledger.subscriptions import Subscriptions
from seedbed.ledger.traffic import Traffic
from seedbed.ledger.usage import Usage
from seedbed.ledger.writer import Committed, Writer

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
"""How often old texts and stored answers are deleted, and the invoices due are written."""


class Ledger:
    """Keys, plans, credit, usage and invoices, in one database.

    The stores work at once; `start` is for a process that takes calls.

    Args:
        database: Where it is kept.
        clock: What tells the time.
        committed: Told of every commit of the writer: how many operations, how many seconds.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        committed: Committed | None = None,
    ) -> None:
        clock = clock or System()
        self.database = database
        self.clock = clock
        self.accounts = Accounts()
        self.keys = Keys(database, clock)
        self.plans = Plans(database, clock)
        self.customers = Customers(database, self.accounts, clock)
        self.subscriptions = Subscriptions(database, self.accounts, self.plans, clock)
        self.traffic = Traffic(database, clock)
        self.feedback = Feedback(database, clock)
        self.comparisons = Comparisons(database)
        self.retention = Retention(database, self.keys, self.subscriptions, clock)
        self.usage = Usage(database)
        self.credits = Credits(database, self.accounts, clock)
        self.sellers = Sellers(database, clock)
        self.invoices = Invoices(database, self.accounts, clock)
        self.credit_notes = CreditNotes(database, self.accounts, clock)
        self.audit = Audit(database)
        self._instance = Instance(database)
        self._writer = Writer(database, self.accounts, clock, self._instance.id, committed)
        self._keeper = Keeper(self._steps(), BEAT_SECONDS)

    def start(self) -> None:
        """Begin to take calls, once what processes that died had reserved is free again.

        Raises:
            LedgerUnavailable: the database is locked, full or away.
        """
        self._instance.enter()
        self._recover()
        self._writer.start()
        self._keeper.start()

    def close(self) -> None:
        """Write what waits, release what is still reserved here, and stop taking calls."""
        self._keeper.stop()
        self._writer.close()
        self._keeper.join()
        if self._keeper.started:
            self._leave()
        self.database.close()

    def claim(self, claim: Claim) -> Future[Admitted | Replay]:
        """Let a call in, or give its stored answer. A call that is refused leaves its row.

        The future raises a `Refused` with the reason, or `LedgerUnavailable`.
        """
        return self._writer.put(claim)

    def is_answered(self, key: Key, named: str, *, body_hash: str, route: str) -> bool:
        """Tell whether a request with an Idempotency-Key has its answer stored; nothing is written.

        Raises:
            LedgerUnavailable: the database cannot be read.
        """
        name, now = (key.customer_id or "", named), self.clock.now()
        with self.database.reading() as connection:
            return idempotency.is_answered(
                connection, name, body_hash=body_hash, route=route, now=now
            )

    def settle(self, settlement: Settlement) -> Future[int]:
        """Charge a call that was answered; the future gives the nanos, once they are durable.

        The future raises `LedgerUnavailable` where it could not be written: then nothing is
        charged, and the answer must not leave.
        """
        return self._writer.put(settlement)

    def release(
        self, call_id: str, key: Key, *, status: Literal["failed", "cancelled"], reason: str
    ) -> Future[None]:
        """End a call that was let in and not answered; one that has ended stays as it is."""
        return self._writer.put(Ending(call_id, key.customer_id or "", status, reason))

    def note(self, row: Mapping[str, Any], compared: Comparison | None = None) -> None:
        """Leave the row of a call that costs nothing; nobody waits for it.

        Args:
            row: Columns of `calls`; `id` and `at` are given where they are left out.
            compared: What a shadow answered beside the release that it shadows.

        Raises:
            RequestWrong: the status is none of a call that costs nothing.
        """
        if row.get("status") not in FREE:
            raise RequestWrong(
                expected=f"one of {', '.join(FREE)}",
                got=repr(row.get("status")),
                do="Claim and settle what is to be charged.",
                where="status",
            )
        self._writer.put(Note({**row, "units": 0, "price": 0}, compared=compared))

    def erase(self, customer: str, *, actor: str = "system") -> None:
        """End a customer's plan, write its last invoices, then erase its personal data.

        Final invoices keep the name and address that they were made out to.

        Raises:
            RecordMissing: there is no such customer.
        """
        self.subscriptions.cancel(customer, when="now", actor=actor)
        self.invoices.close_due(customer_id=customer, grace=0, actor=actor)
        self.retention.erase(customer, actor=actor)

    def healthy(self) -> bool:
        """Tell whether writer and keeper live, and the writer's last group was written."""
        return self._writer.alive and self._keeper.alive and not self._writer.failing

    def _recover(self) -> None:
        recovery.recover(self.database, self.accounts, self.clock, self._instance)

    def _leave(self) -> None:
        try:
            recovery.release(self.database, self.accounts, self.clock, self._instance.id)
            self._instance.leave()
        except LedgerUnavailable as cause:
            log.warning("what is reserved is released at the next start: %s", cause)
            self._instance.let_go()

    def _steps(self) -> list[Step]:
        """Return what is done by itself: see who lives, let old texts go, write the invoices."""
        beat = [Step("the heartbeat", self._instance.beat)] if self.database.on_postgres else []
        return [
            *beat,
            Step("the recovery of what died", self._recover),
            Step("the deletion of old texts", self.retention.expire, SWEEP_SECONDS),
            Step("the closing of periods", self.invoices.close_due, SWEEP_SECONDS),
        ]
