"""Two releases beside each other: what they answered to the same rows, and which were right.

Both answers are written down when a shadow, or the other release of one on trial, has computed its
copy of a call. Whether they were right is worked out when it is asked for, from what feedback says
then: so it may come whenever it likes, and the last word counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Integer, Row, and_, func, select

from seedbed.ledger.database import Database
from seedbed.ledger.schema.calls import comparisons, feedback

if TYPE_CHECKING:
    from seedbed.tasks.schema import Schema

AnswersOf = Callable[[str, int], "tuple[str, Schema] | None"]
"""Gives `Task.output` and the shape of a release's answers; None if it has gone."""

_AT_ONCE = 1000


@dataclass(slots=True)
class Compared:
    """A release beside another of its name.

    Attributes:
        number: Of the release that answered the calls.
        other: Of the one that computed copies of them.
        rows: Rows that both answered.
        agreed: Those that both answered the same.
        judged: Those of which feedback tells which of the two was right.
        right: Those that the first had right.
        other_right: Those that the other had right.
        first_at: When the first was compared, in µs.
        last_at: When the last was.
    """

    number: int
    other: int
    rows: int
    agreed: int
    judged: int
    right: int
    other_right: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two releases answered alike.

    Attributes:
        compared: Rows that both answered.
        agreed: Those that both answered the same.
    """

    compared: int = 0
    agreed: int = 0


Agreements = dict[tuple[str, frozenset[int]], Agreement]
"""By the name of two releases and their numbers, whichever of them was asked."""


class Comparisons:
    """The comparisons of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: int) -> Agreements:
        """Return how often each two releases that were compared answered alike since a moment.

        Args:
            moment: In µs.
        """
        mine = comparisons.c
        same = func.sum(mine.agreed.cast(Integer))
        query = (
            select(mine.release, mine.number, mine.other, func.count(), same)
            .where(mine.at >= moment)
            .group_by(mine.release, mine.number, mine.other)
        )
        found: Agreements = {}
        with self._database.reading() as connection:
            for release, number, other, rows, agreed in connection.execute(query):
                pair = release, frozenset((number, other))
                sofar = found.get(pair, Agreement())
                found[pair] = Agreement(sofar.compared + rows, sofar.agreed + int(agreed))
        return found

    def of(self, release: str, answers_of: AnswersOf) -> list[Compared]:
        """Return how the releases of a name compare, since each two of them were first compared.

        Args:
            release: Their name.
            answers_of: Tells how each answers, to hold its answers against what was said.
        """
        known = cache(answers_of)
        with self._database.reading() as connection:
            found = _counted(connection, release)
            for row in _judged(connection, release):
                pair = found[row.number, row.other]
                both = _right(row, known(release, row.number), known(release, row.other))
                if both is not None:
                    pair.judged += 1
                    pair.right += both[0]
                    pair.other_right += both[1]
        return list(found.values())


def _counted(connection: Connection, release: str) -> dict[tuple[int, int], Compared]:
    """Return each two releases that were compared, not judged yet, by their numbers in order."""
    mine = comparisons.c
    query = (
        select(
            mine.number,
            mine.other,
            func.count(),
            func.sum(mine.agreed.cast(Integer)),
            func.min(mine.at),
            func.max(mine.at),
        )
        .where(mine.release == release)
        .group_by(mine.number, mine.other)
        .order_by(mine.number, mine.other)
    )
    return {
        (number, other): Compared(number, other, rows, int(agreed), 0, 0, 0, first, last)
        for number, other, rows, agreed, first, last in connection.execute(query)
    }


def _judged(connection: Connection, release: str) -> Any:
    """Return the compared rows that something was said of, with what was said."""
    mine = comparisons.c
    same = and_(feedback.c.call_id == mine.call_id, feedback.c.row == mine.row)
    told = (mine.number, mine.other, mine.agreed, mine.ours, mine.theirs)
    query = (
        select(*told, feedback.c.verdict, feedback.c.correct)
        .join_from(comparisons, feedback, same)
        .where(mine.release == release)
    )
    return connection.execution_options(yield_per=_AT_ONCE).execute(query)


def _right(
    row: Row[Any], ours: tuple[str, Schema] | None, theirs: tuple[str, Schema] | None
) -> tuple[bool, bool] | None:
    """Tell whether each of the two had a row right; None where what was said does not tell."""
    from seedbed.tasks import corrections

    if row.verdict == "right":
        return True, row.agreed
    if row.correct is None or ours is None or theirs is None:
        return None
    return (
        corrections.same(corrections.key(row.ours), row.correct, *ours),
        corrections.same(corrections.key(row.theirs), row.correct, *theirs),
    )
