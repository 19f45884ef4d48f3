"""The store of plans: published under a name and a version, and never changed after that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

from seedbed.errors import RecordMissing
from seedbed.ledger import audit
from seedbed.ledger.clock import Clock, System
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.plan import Charge, Plan
from seedbed.ledger.plan_file import read
from seedbed.ledger.schema.billing import plans
from seedbed.recipe import nearest

__all__ = ["Charge", "Plan", "Plans", "Published", "read"]


@dataclass(frozen=True, slots=True)
class Published:
    """A version of a plan as it was published.

    Attributes:
        id: Of this version.
        name: Of the plan.
        version: From 1.
        plan: What it says.
        made_at: When it was published, in µs.
    """

    id: str
    name: str
    version: int
    plan: Plan
    made_at: int


class Plans:
    """The plans of a ledger."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or System()
        self._known: dict[str, Published] = {}

    def publish(
        self, plan: Plan | Path | str | Mapping[str, Any], *, actor: str = "system"
    ) -> Published:
        """Publish a plan as the next version of its name; one equal to the last is not made again.

        Raises:
            PlanWrong: it cannot be read or makes no sense.
        """
        made = plan if isinstance(plan, Plan) else read(plan)
        with self._database.writing() as connection:
            _lock(connection)
            last = _newest(connection, made.name)
            if last is not None and _published(last).plan == made:
                return _published(last)
            now = self._clock.now()
            told = {"name": made.name, "version": last.version + 1 if last else 1}
            values = told | {"body": made.model_dump(mode="json"), "made_at": now}
            plan_id = new_id("plan", now)
            connection.execute(plans.insert().values(id=plan_id, **values))
            audit.append(connection, now, actor, "plan.publish", plan_id, told)
        return self.by_id(plan_id)

    def get(self, name: str, version: int | None = None) -> Published:
        """Return a plan by its name: a version, or the newest.

        Raises:
            RecordMissing: there is none; the nearest name is given.
        """
        query = select(plans).where(plans.c.name == name).order_by(plans.c.version.desc())
        if version is not None:
            query = query.where(plans.c.version == version)
        with self._database.reading() as connection:
            found = connection.execute(query.limit(1)).first()
        if found is None:
            raise self._missing(name, version)
        return _published(found)

    def by_id(self, plan_id: str, connection: Connection | None = None) -> Published:
        """Return a version of a plan by its id; it is read once and remembered.

        Raises:
            RecordMissing: there is none.
        """
        if plan_id not in self._known:
            query = select(plans).where(plans.c.id == plan_id)
            if connection is not None:
                found = connection.execute(query).first()
            else:
                with self._database.reading() as reading:
                    found = reading.execute(query).first()
            if found is None:
                raise self._missing(plan_id, None)
            self._known[plan_id] = _published(found)
        return self._known[plan_id]

    def list(self, *, name: str | None = None) -> Sequence[Published]:
        """Return the newest version of every plan, or all versions of one name, newest first."""
        query = select(plans).order_by(plans.c.name, plans.c.version.desc())
        if name is not None:
            query = query.where(plans.c.name == name)
        else:
            newest = select(plans.c.name, func.max(plans.c.version).label("version"))
            last = newest.group_by(plans.c.name).subquery()
            same = (plans.c.name == last.c.name) & (plans.c.version == last.c.version)
            query = query.join(last, same)
        with self._database.reading() as connection:
            return [_published(row) for row in connection.execute(query)]

    def _missing(self, name: str, version: int | None) -> RecordMissing:
        with self._database.reading() as connection:
            known = sorted(connection.execute(select(plans.c.name).distinct()).scalars())
        near = nearest(name, known)
        have = f"There are {', '.join(known)}." if known else "Publish one: seedbed plans publish."
        return RecordMissing(
            expected="a published plan",
            got=repr(name) if version is None else f"{name!r}, version {version}",
            do=f"Did you mean {near!r}?" if near and near != name else have,
        )


def _newest(connection: Connection, name: str) -> Row[Any] | None:
    query = select(plans).where(plans.c.name == name).order_by(plans.c.version.desc()).limit(1)
    return connection.execute(query).first()


def _lock(connection: Connection) -> None:
    """Let two that publish at once take turns; on SQLite a writer is alone anyhow."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE plans IN SHARE ROW EXCLUSIVE MODE")


def _published(row: Row[Any]) -> Published:
    return Published(row.id, row.name, row.version, read(row.body), row.made_at)
