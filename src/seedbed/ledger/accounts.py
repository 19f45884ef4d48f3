"""Accounts in the database: loaded under a lock, written once.

Whoever changes an account, the writer or a top-up, loads it with `locked` in a `writing()`
transaction, changes it in memory, and hands it to `save`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert

from seedbed.errors import RecordMissing
from seedbed.ledger.account import Account, Meter, Period, Subscription, needs_roll, roll
from seedbed.ledger.plan import Plan
from seedbed.ledger.plan_file import read
from seedbed.ledger.prepared import Prepared
from seedbed.ledger.schema.accounts import accounts
from seedbed.ledger.statements import (
    LOCK_ACCOUNTS,
    PLAN,
    READ_ACCOUNTS,
    SAVE_ACCOUNTS,
    SUBSCRIPTIONS,
)

_PLAIN = ("customer_id", "credit", "bucket_level", "bucket_at", "last_at", "version")


class Accounts:
    """Loads and saves accounts, each with the plan of its period.

    Plans are read once and remembered: a published version never changes.
    """

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}

    def locked(self, connection: Connection, customers: Iterable[str]) -> dict[str, Account]:
        """Return the accounts of customers by id, locked until the transaction's end."""
        return self._loaded(connection, LOCK_ACCOUNTS, customers)

    def one(self, connection: Connection, customer: str) -> Account:
        """Return one customer's account, locked until the transaction's end.

        Raises:
            RecordMissing: there is no such customer.
        """
        return _only(self.locked(connection, [customer]), customer)

    def read(self, connection: Connection, customer: str) -> Account:
        """Return one customer's account as it stands, without a lock.

        Raises:
            RecordMissing: there is no such customer.
        """
        return _only(self._loaded(connection, READ_ACCOUNTS, [customer]), customer)

    def save(self, connection: Connection, changed: Iterable[Account]) -> None:
        """Write accounts back."""
        saved = list(changed)
        for account in saved:
            account.version, account.changed = account.version + 1, False
        SAVE_ACCOUNTS.run(connection, [_row(account) for account in saved])

    def open(self, connection: Connection, customer: str) -> None:
        """Make the account of a new customer: empty, without a plan."""
        row = _row(Account(customer))
        row["customer_id"] = row.pop("customer")
        connection.execute(insert(accounts), row)

    def rolled(self, connection: Connection, account: Account, clock: int) -> Account:
        """Bring an account to the period of a moment, where its own is over."""
        now = account.advance(clock)
        if needs_roll(account, now):
            roll(account, self.subscriptions(connection, account.customer_id), now)
        return account

    def subscriptions(self, connection: Connection, customer: str) -> list[Subscription]:
        """Return what a customer has ever subscribed to, in no order."""
        return [
            Subscription(plan=self.plan(connection, row["plan_id"]), **row)
            for row in SUBSCRIPTIONS.rows(connection, customer=customer)
        ]

    def plan(self, connection: Connection, plan_id: str) -> Plan:
        """Return a version of a plan by its id.

        Raises:
            RecordMissing: there is none.
        """
        if plan_id not in self._plans:
            found = PLAN.rows(connection, plan=plan_id)
            if not found:
                raise missing("plan", plan_id)
            self._plans[plan_id] = read(found[0]["body"])
        return self._plans[plan_id]

    def _loaded(
        self, connection: Connection, statement: Prepared, customers: Iterable[str]
    ) -> dict[str, Account]:
        found = statement.rows(connection, ids=sorted(set(customers)))
        return {row["customer_id"]: self._account(connection, row) for row in found}

    def _account(self, connection: Connection, row: Mapping[str, Any]) -> Account:
        account = Account(**{name: row[name] for name in _PLAIN})
        account.earlier = [self._period(connection, told) for told in row["earlier"]]
        if row["subscription_id"] is not None:
            told = {name: row[name] for name in ("subscription_id", "plan_id", "meters", "spent")}
            told |= {"start": row["period_start"], "end": row["period_end"]}
            told["calls"] = row["in_flight"] - sum(one.calls for one in account.earlier)
            account.period = self._period(connection, told)
        return account

    def _period(self, connection: Connection, told: Mapping[str, Any]) -> Period:
        meters = {int(index): Meter(*units) for index, units in told["meters"].items()}
        plan = self.plan(connection, told["plan_id"])
        return Period(**{**told, "plan": plan, "meters": meters})


def _row(account: Account) -> dict[str, Any]:
    period = account.period
    return {
        "customer": account.customer_id,
        "subscription_id": period.subscription_id if period else None,
        "plan_id": period.plan_id if period else None,
        "period_start": period.start if period else None,
        "period_end": period.end if period else None,
        "meters": _meters(period) if period else {},
        "earlier": [_told(one) for one in account.earlier],
        "credit": account.credit,
        "spent": period.spent if period else 0,
        "bucket_level": account.bucket_level,
        "bucket_at": account.bucket_at,
        "last_at": account.last_at,
        "in_flight": account.in_flight,
        "version": account.version,
    }


def _meters(period: Period) -> dict[str, list[int]]:
    return {str(index): [one.used, one.reserved] for index, one in period.meters.items()}


def _told(period: Period) -> dict[str, Any]:
    names = ("subscription_id", "plan_id", "start", "end", "spent", "calls")
    return {name: getattr(period, name) for name in names} | {"meters": _meters(period)}


def _only(found: Mapping[str, Account], customer: str) -> Account:
    if customer in found:
        return found[customer]
    raise missing("customer", customer)


def missing(what: str, name: str) -> RecordMissing:
    """Return the error that says that there is no such record."""
    return RecordMissing(
        expected=f"a {what} of this ledger", got=repr(name), do=f"Check the {what}'s id."
    )
