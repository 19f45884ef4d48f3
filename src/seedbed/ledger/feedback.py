"""What customers say of their answers, kept beside the calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select

from seedbed.errors import RecordConflict, RequestWrong
from seedbed.ledger.accounts import missing
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.schema.calls import calls, feedback

Verdict = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of one row of a call's answer.

    Attributes:
        row: Which text of the call, from 0.
        correct: The right answer as JSON, where it was wrong and that is known.
    """

    id: str
    call_id: str
    customer_id: str
    row: int
    verdict: Verdict
    correct: Any
    comment: str | None
    at: int


class Feedback:
    """What was said of the answers of a ledger's calls."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(
        self,
        customer: str,
        call_id: str,
        verdict: Verdict,
        *,
        row: int = 0,
        correct: Any = None,
        comment: str | None = None,
    ) -> Judgement:
        """Keep what was said of a row of a call; said again, the last word counts.

        What is said of a replay is said of the call whose answer it gave.

        Raises:
            RecordMissing: there is no such call, or it is another customer's.
            RecordConflict: the call was not answered.
            RequestWrong: the call has no such row, or the verdict is neither right nor wrong.
        """
        if verdict not in ("right", "wrong"):
            raise _wrong("verdict", "right or wrong", repr(verdict))
        now = self._clock.now()
        with self._database.writing() as connection:
            call = _answered(connection, customer, call_id, lock=True)
            if not 0 <= row < call.rows:
                raise _wrong("row", f"0 to {call.rows - 1}", str(row))
            made = Judgement(
                new_id("feedback", now), call.id, customer, row, verdict, correct, comment, now
            )
            before = (feedback.c.call_id == call.id) & (feedback.c.row == row)
            connection.execute(delete(feedback).where(before))
            connection.execute(insert(feedback), _values(made))
        return made

    def release_of(self, customer: str, call_id: str) -> tuple[str, int | None]:
        """Return name and number of the release that a call was answered by.

        Raises:
            RecordMissing, RecordConflict: as `record` does.
        """
        with self._database.reading() as connection:
            call = _answered(connection, customer, call_id, lock=False)
        return call.release, call.number

    def list(
        self, customer: str | None = None, *, before: str | None = None, limit: int = 100
    ) -> Sequence[Judgement]:
        """Return what one customer, or every one, has said: newest first.

        Args:
            customer: Whose; all if left out.
            before: The id that an earlier answer ended with.
            limit: How many at most.
        """
        query = select(feedback).order_by(feedback.c.id.desc()).limit(limit)
        if customer is not None:
            query = query.where(feedback.c.customer_id == customer)
        if before is not None:
            query = query.where(feedback.c.id < before)
        with self._database.reading() as connection:
            return [Judgement(**row._mapping) for row in connection.execute(query)]


def _answered(connection: Connection, customer: str, call_id: str, *, lock: bool) -> Row[Any]:
    """Return the call that gave an answer, locked where two that judge it must take turns."""
    mine = calls.c.customer_id == customer
    query = select(calls).where(calls.c.id == call_id, mine)
    query = query.with_for_update() if lock else query
    call = connection.execute(query).first()
    if call is None:
        raise missing("call", call_id)
    if call.status == "replayed":
        return _answered(connection, customer, call.replay_of, lock=lock)
    if call.status != "answered":
        raise RecordConflict(
            expected="a call that was answered",
            got=f"one that was {call.status}",
            do="Judge answers only.",
        )
    return call


def _values(made: Judgement) -> dict[str, Any]:
    return {name: getattr(made, name) for name in Judgement.__slots__}


def _wrong(where: str, expected: str, got: str) -> RequestWrong:
    return RequestWrong(expected=expected, got=got, do="Correct it.", where=where)
