"""Credit: paid in, given, paid back, expired. Calls draw on it as they are settled.

The balance is the account's `credit`. Every change but the drawing of calls is an entry here; what
calls drew is entered when their invoice becomes final, so that entries and invoices tell the whole
story of a balance. What calls under way hold cannot be taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from seedbed.errors import CreditHeld, RecordConflict, RequestWrong
from seedbed.ledger import audit
from seedbed.ledger.account import Account
from seedbed.ledger.accounts import Accounts
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.money import LARGEST, plain
from seedbed.ledger.schema.accounts import customers
from seedbed.ledger.schema.billing import credit_entries


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of a customer's credit.

    Attributes:
        kind: `top_up`, `grant`, `refund`, `expiry` or `drawn`.
        amount: Nanos; below nought where credit was taken away.
        reference: What tells it from a repetition, such as the payment's id.
    """

    id: str
    customer_id: str
    kind: str
    amount: int
    at: int
    reference: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    """A customer's credit, in nanos.

    Attributes:
        credit: All of it.
        held: What calls under way may cost.
    """

    credit: int
    held: int

    @property
    def free(self) -> int:
        """What no call holds."""
        return self.credit - self.held


class Credits:
    """The credit of a ledger's customers.

    Args:
        database: Of the ledger.
        accounts: Loads and saves accounts.
        clock: Tells the time.
    """

    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    def top_up(self, customer: str, amount: int, **told: Any) -> Entry:
        """Add what a customer has paid in, in nanos.

        Args:
            customer: The customer's id.
            amount: Nanos, above nought.
            told: `reference` (a second entry of the same kind and reference is not made: the first
                is returned), `note`, and `actor` for the audit log.

        Raises:
            RecordMissing: there is no such customer.
            RecordConflict: the reference was used for another amount.
            RequestWrong: the amount is not above nought, or the credit would grow too large.
        """
        return self._enter(customer, "top_up", _positive(amount), **told)

    def grant(self, customer: str, amount: int, **told: Any) -> Entry:
        """Add credit that nobody paid for; see `top_up`."""
        return self._enter(customer, "grant", _positive(amount), **told)

    def refund(self, customer: str, amount: int, **told: Any) -> Entry:
        """Take away what is paid back to the customer; see `top_up`.

        Raises:
            CreditHeld: less than that is free.
        """
        return self._enter(customer, "refund", -_positive(amount), **told)

    def expire(self, customer: str, amount: int | None = None, **told: Any) -> Entry:
        """Take away credit that has expired: an amount, or all that is free; see `refund`."""
        taken = None if amount is None else -_positive(amount)
        return self._enter(customer, "expiry", taken, **told)

    def balance(self, customer: str) -> Balance:
        """Return a customer's credit and what of it calls under way hold.

        Raises:
            RecordMissing: there is no such customer.
        """
        with self._database.reading() as connection:
            account = self._accounts.read(connection, customer)
        return Balance(account.credit, account.held)

    def list(
        self, customer: str, *, before: str | None = None, limit: int = 100
    ) -> Sequence[Entry]:
        """Return a customer's entries, newest first; `before` is an id of an earlier answer."""
        entry = credit_entries.c
        query = select(credit_entries).where(entry.customer_id == customer)
        with self._database.reading() as connection:
            if before is not None:
                last = connection.execute(select(entry.at).where(entry.id == before)).scalar()
                if last is None:
                    return []
                query = query.where((entry.at < last) | ((entry.at == last) & (entry.id < before)))
            newest = query.order_by(entry.at.desc(), entry.id.desc()).limit(limit)
            return [_entry(row) for row in connection.execute(newest)]

    def _enter(
        self,
        customer: str,
        kind: str,
        amount: int | None,
        *,
        reference: str | None = None,
        note: str | None = None,
        actor: str = "system",
    ) -> Entry:
        with self._database.writing() as connection:
            account = self._accounts.one(connection, customer)
            if reference is not None and (
                earlier := _earlier(connection, customer, kind, reference)
            ):
                return _same(earlier, amount)
            change = -max(0, account.credit - account.held) if amount is None else amount
            _check(account, change)
            account.credit += change
            self._accounts.save(connection, [account])
            now = self._clock.now()
            entry = Entry(new_id("crd", now), customer, kind, change, now, reference, note)
            values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
            connection.execute(credit_entries.insert().values(**values))
            told = {"amount": plain(change, _currency(connection, customer)), "entry": entry.id}
            audit.append(connection, now, actor, f"credit.{kind}", customer, told)
            return entry


def _positive(amount: int) -> int:
    if 0 < amount <= LARGEST:
        return amount
    raise RequestWrong(
        expected="an amount above nought",
        got=plain(amount, "USD"),
        do="Give the amount without a sign; the kind of entry says which way it goes.",
        where="amount",
    )


def _check(account: Account, change: int) -> None:
    if change < 0 and account.credit + change < account.held:
        free = account.credit - account.held
        raise CreditHeld(
            expected=f"at most {plain(free, 'USD')}, which no call holds",
            got=plain(-change, "USD"),
            do="Take away less, or wait for the calls under way to end.",
        )
    if account.credit + change > LARGEST:
        raise RequestWrong(
            expected=f"credit of at most {plain(LARGEST, 'USD')}",
            got=plain(account.credit + change, "USD"),
            do="Check the amount.",
            where="amount",
        )


def _earlier(connection: Connection, customer: str, kind: str, reference: str) -> Row[Any] | None:
    entry = credit_entries.c
    query = select(credit_entries).where(
        entry.customer_id == customer, entry.kind == kind, entry.reference == reference
    )
    return connection.execute(query).first()


def _same(row: Row[Any], amount: int | None) -> Entry:
    if amount is None or row.amount == amount:
        return _entry(row)
    raise RecordConflict(
        expected=f"{plain(row.amount, 'USD')}, as the reference {row.reference!r} was used for",
        got=plain(amount, "USD"),
        do="Use another reference; nothing was changed.",
    )


def _currency(connection: Connection, customer: str) -> str:
    query = select(customers.c.currency).where(customers.c.id == customer)
    return str(connection.execute(query).scalar_one())


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)
