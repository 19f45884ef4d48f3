"""One transaction's worth of operations: load what they need, apply each, write what they left.

Whatever may be refused is refused before anything in memory changes, so a refused operation leaves
the others of its group as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from seedbed.errors import (
    KeyInvalid,
    LedgerUnavailable,
    Refused,
    ScopeMissing,
)
from seedbed.ledger import admission, statements
from seedbed.ledger.account import Account, Ask, Hold
from seedbed.ledger.call import (
    Admitted,
    Claim,
    Comparison,
    Ending,
    Note,
    Replay,
    Settlement,
)
from seedbed.ledger.clock import DAY
from seedbed.ledger.idempotency import Stored
from seedbed.ledger.ids import new_id
from seedbed.ledger.limits import Limits, limits
from seedbed.ledger.shelf import Shelf, by_id

Work = Claim | Settlement | Ending | Note
_Rows = list[dict[str, Any]]


class Group:
    """Operations that are committed together.

    Args:
        connection: A connection in a transaction that writes.
        shelf: Loads and saves accounts, keys and calls.
        instance: The id of the process that reserves.
        clock: The clock's time, µs.
    """

    def __init__(self, connection: Connection, shelf: Shelf, instance: str, clock: int) -> None:
        self._connection = connection
        self._shelf = shelf
        self._instance = instance
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._keys: dict[str, Mapping[str, Any]] = {}
        self._calls: dict[str, Mapping[str, Any]] = {}
        self._stored = Stored(connection, ())
        self._keeping: dict[str, int] = {}
        self._added: _Rows = []
        self._ended: _Rows = []
        self._texts: _Rows = []
        self._compared: _Rows = []

    def load(self, works: Sequence[Work]) -> None:
        """Lock the accounts that the operations touch, then read what else they need."""
        claims = [work for work in works if isinstance(work, Claim)]
        customers = {one for one in map(_customer, works) if one is not None}
        shelf, connection = self._shelf, self._connection
        self._accounts = shelf.accounts(connection, customers)
        names = ((c.key.customer_id or "", c.idempotency_key or "") for c in claims)
        self._stored = Stored(connection, (name for name in names if all(name)))
        self._keys = shelf.keys(connection, {claim.key.id for claim in claims})
        self._calls = shelf.calls(connection, set(_ended(works)))
        if speaking := set(_speaking(works)):
            kept = by_id(connection, statements.KEEPING, speaking)
            self._keeping = {name: row["keep_texts_days"] for name, row in kept.items()}

    def apply(self, work: Work) -> Admitted | Replay | int | None:
        """Do one operation in memory, and return what it answers.

        Raises:
            Refused: a claim is refused; its row says why.
            LedgerUnavailable: what is to be settled is not reserved.
        """
        if isinstance(work, Claim):
            return self._claim(work)
        if isinstance(work, Settlement):
            return self._settle(work)
        if isinstance(work, Ending):
            self._end(work)
        else:
            self._note(work)
        return None

    def write(self) -> None:
        """Write what the operations left, each account once."""
        self._stored.write()
        statements.ADD_CALLS.run(self._connection, self._added)
        statements.END_CALLS.run(self._connection, self._ended)
        statements.ADD_TEXTS.run(self._connection, self._texts)
        statements.ADD_COMPARISONS.run(self._connection, self._compared)
        self._shelf.save(self._connection)

    def _claim(self, claim: Claim) -> Admitted | Replay:
        try:
            return self._admit(claim)
        except Refused as refused:
            self._add_call(claim, "refused", reason=type(refused).__name__, ended_at=self._clock)
            raise

    def _admit(self, claim: Claim) -> Admitted | Replay:
        account = self._accounts.get(claim.key.customer_id or "")
        if account is None:
            raise _no_customer()
        known = self._valid(claim, account.advance(self._clock))
        self._shelf.rolled(self._connection, account, self._clock)
        ask = Ask(claim.release, claim.rows, claim.tokens, known["spend_cap"])
        try:
            return self._decide(claim, account, ask)
        except Refused as refused:
            refused.limits = self._left(account, ask)
            raise

    def _decide(self, claim: Claim, account: Account, ask: Ask) -> Admitted | Replay:
        stored = self._stored.find(claim, account.last_at)
        if stored is not None:
            return self._replay(claim, stored, account, ask)
        hold = admission.decide(account, ask, self._clock)
        self._reserve(claim, hold)
        assert account.period is not None
        return Admitted(claim.call_id, limits(account, account.period, ask, self._clock))

    def _left(self, account: Account, ask: Ask) -> Limits | None:
        """Return what is left to a customer; None to one without a plan."""
        period = account.period
        return None if period is None else limits(account, period, ask, self._clock)

    def _valid(self, claim: Claim, now: int) -> Mapping[str, Any]:
        """Return the key's row as it stands: it may have been revoked since it was looked up."""
        row = self._keys.get(claim.key.id)
        if row is None or row["revoked_at"] is not None:
            raise _invalid("revoked")
        if row["expires_at"] is not None and row["expires_at"] <= now:
            raise _invalid("expired")
        return row

    def _replay(self, claim: Claim, row: Mapping[str, Any], account: Account, ask: Ask) -> Replay:
        self._add_call(
            claim,
            "replayed",
            replay_of=row["call_id"],
            at=account.last_at,
            ended_at=account.last_at,
        )
        kept = row["status_code"], row["headers"], row["body"]
        return Replay(claim.call_id, row["call_id"], *kept, self._left(account, ask))

    def _reserve(self, claim: Claim, hold: Hold) -> None:
        self._add_call(
            claim,
            "reserved",
            subscription_id=hold.subscription_id,
            plan_id=hold.plan_id,
            charge=hold.charge,
            units=hold.units,
            at=hold.at,
            instance_id=self._instance,
        )
        self._stored.begin(claim, hold.at)

    def _add_call(self, claim: Claim, status: str, **known: Any) -> None:
        row = statements.EMPTY_CALL | {
            "id": claim.call_id,
            "customer_id": claim.key.customer_id,
            "key_id": claim.key.id,
            "release": claim.release,
            "number": claim.number,
            "verb": claim.verb,
            "route": claim.route,
            "alias": claim.alias,
            "status": status,
            "rows": claim.rows,
            "tokens": claim.tokens,
            "at": self._clock,
            "idempotency_key": claim.idempotency_key,
        }
        row |= known
        self._added.append(row)
        self._calls[claim.call_id] = row
        if status == "reserved":
            self._shelf.reserve(row)

    def _settle(self, settled: Settlement) -> int:
        row = self._calls.get(settled.call_id)
        if row is None or row["status"] != "reserved":
            raise _not_reserved(row)
        account = self._accounts[settled.key.customer_id or ""]
        now, hold = account.advance(self._clock), _hold(row)
        charge = account.of(hold).plan.charges[hold.charge]
        counted = charge.units(
            rows=row["rows"], tokens=settled.tokens, compute_us=settled.compute_us
        )
        price = admission.settle(account, hold, counted)
        ended = {"engine": settled.engine, "tokens": settled.tokens}
        ended |= {"compute_us": settled.compute_us, "latency_us": settled.latency_us}
        self._close(row, "answered", now, units=min(counted, hold.units), price=price, **ended)
        self._store(settled, row, account.customer_id, now)
        return price

    def _store(self, settled: Settlement, row: Mapping[str, Any], customer: str, now: int) -> None:
        if row["idempotency_key"] is not None:
            self._stored.answer((customer, row["idempotency_key"]), settled, now)
        if settled.inputs and customer in self._keeping:
            self._texts.append(
                {
                    "call_id": settled.call_id,
                    "customer_id": customer,
                    "inputs": list(settled.inputs),
                    "answers": list(settled.answers),
                    "expires_at": now + self._keeping[customer] * DAY,
                }
            )

    def _end(self, ending: Ending) -> None:
        row = self._calls.get(ending.call_id)
        if row is None:
            return
        account = self._accounts[ending.customer_id]
        now, price = account.advance(self._clock), 0
        if row["status"] == "reserved":
            admission.release(account, _hold(row))
        elif ending.undo and _can_be_undone(row):
            given_back = admission.undo(account, _hold(row))
            if given_back is None:
                return
            # Later calls were priced behind this one: what they gained or lost by it stays here.
            price = row["price"] - given_back
        else:
            return
        self._close(row, ending.status, now, reason=ending.reason, price=price)
        if row["idempotency_key"] is not None:
            self._stored.free((ending.customer_id, row["idempotency_key"]), row["id"])

    def _close(self, row: Mapping[str, Any], status: str, now: int, **known: Any) -> None:
        ended = {"call": row["id"], "status": status, "ended_at": now, "reason": None}
        ended |= {"units": 0, "price": 0, "engine": None, "tokens": 0, "compute_us": 0}
        ended |= {"latency_us": max(0, now - row["at"]), **known}
        self._ended.append(ended)
        self._calls[row["id"]] = {**row, "status": status}
        self._shelf.end(row["id"])

    def _note(self, note: Note) -> None:
        known = {"id": note.row.get("id") or new_id("call", self._clock), "at": self._clock}
        if known["id"] in self._calls:
            return
        row = statements.EMPTY_CALL | {"ended_at": self._clock} | known | dict(note.row)
        self._added.append(row)
        self._calls[row["id"]] = row
        if note.compared is not None:
            self._compare(note.compared)

    def _compare(self, found: Comparison) -> None:
        """Keep what two releases answered, where it may be kept."""
        expires = None
        if found.texts:
            if found.customer_id not in self._keeping:
                return
            expires = self._clock + self._keeping[found.customer_id] * DAY
        names = ("call_id", "customer_id", "release", "number", "other")
        shared = {name: getattr(found, name) for name in names}
        shared |= {"at": self._clock, "expires_at": expires}
        rows = zip(found.answers, found.agreed, strict=True)
        self._compared.extend(
            shared | {"row": i, "ours": ours, "theirs": theirs, "agreed": agreed}
            for i, ((ours, theirs), agreed) in enumerate(rows)
        )


def _customer(work: Work) -> str | None:
    if isinstance(work, Note):
        return None
    return work.customer_id if isinstance(work, Ending) else work.key.customer_id


def _ended(works: Sequence[Work]) -> list[str]:
    """Return the ids of calls that may be there already."""
    found = [work.call_id for work in works if isinstance(work, (Settlement, Ending))]
    return found + [work.row["id"] for work in works if isinstance(work, Note) and work.doubtful]


def _speaking(works: Sequence[Work]) -> Iterator[str]:
    """Yield the customers of whom there are texts that may be kept."""
    for work in works:
        if isinstance(work, Settlement) and work.inputs:
            yield work.key.customer_id or ""
        elif isinstance(work, Note) and work.compared is not None and work.compared.texts:
            yield work.compared.customer_id


def _can_be_undone(row: Mapping[str, Any]) -> bool:
    """Tell whether nobody has the answer or can have it, and no invoice has taken the call."""
    return (
        row["status"] == "answered" and row["idempotency_key"] is None and row["invoice_id"] is None
    )


def _hold(row: Mapping[str, Any]) -> Hold:
    return Hold(row["subscription_id"], row["plan_id"], row["charge"], row["units"], row["at"])


def _no_customer() -> ScopeMissing:
    return ScopeMissing(
        expected="a key of a customer, whose plan pays for the call",
        got="a key of no customer",
        do="Make a customer and a key for it: seedbed keys create",
    )


def _invalid(why: str) -> KeyInvalid:
    return KeyInvalid(
        expected="a key that is valid", got=f"one that was {why}", do="Use another key."
    )


def _not_reserved(row: Mapping[str, Any] | None) -> LedgerUnavailable:
    return LedgerUnavailable(
        expected="the call to be reserved",
        got="no reservation" if row is None else f"one that is {row['status']}",
        do="Nothing was charged; send the request again.",
    )
