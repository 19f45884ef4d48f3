"""Where aliases and pins are kept, with what was moved, when, by whom and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from seedbed.ledger import audit
from seedbed.ledger.clock import SECOND, Clock
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.schema.traffic import aliases, pins, rollouts

Setting = tuple[int, int | None, bool]
"""A number, the share that it takes (parts per million), and whether it is a shadow."""


class Traffic:
    """The aliases and pins of a ledger: the server's `Records`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def aliases(self) -> Mapping[str, Mapping[str, Setting]]:
        """Return number, share and shadow, by release and alias."""
        found: dict[str, dict[str, Setting]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(select(aliases)):
                setting = row.number, row.share, row.shadow
                found.setdefault(row.release, {})[row.alias] = setting
        return found

    def pins(self) -> Mapping[tuple[str, str], int]:
        """Return the numbers that customers are pinned to, by (customer, release)."""
        with self._database.reading() as connection:
            rows = connection.execute(select(pins)).all()
        return {(row.customer_id, row.release): row.number for row in rows}

    def last_set(self, release: str, alias: str) -> tuple[float, Mapping[str, Any]] | None:
        """Return how many seconds ago an alias was set, and the figures behind that, if it is."""
        mine = (aliases.c.release == release, aliases.c.alias == alias)
        together = and_(rollouts.c.release == aliases.c.release, rollouts.c.at == aliases.c.set_at)
        query = select(aliases.c.set_at, rollouts.c.measured).join_from(aliases, rollouts, together)
        newest = query.where(*mine).order_by(rollouts.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(newest).first()
        if row is None:
            return None
        return (self._clock.now() - row.set_at) / SECOND, row.measured

    def move(
        self,
        release: str,
        settings: Mapping[str, Setting | None],
        *,
        action: str,
        before: int | None,
        after: int | None,
        by: str,
        reason: str,
        measured: Mapping[str, Any],
    ) -> None:
        """Write aliases of one release, all or none, with what moved them.

        Args:
            release: Its name.
            settings: By alias; None takes it away. Those that are not named stay as they are.
            action: `set`, `canary`, `promote`, `roll_back` or `shadow`.
            before: The number that answered until now.
            after: The number that answers from now on.
            by: Who asked for it.
            reason: Why, in words.
            measured: The figures behind it.
        """
        now = self._clock.now()
        told: dict[str, Any] = {"action": action, "before": before, "after": after}
        told |= {"reason": reason, "measured": dict(measured)}
        told["aliases"] = {name: setting and list(setting) for name, setting in settings.items()}
        with self._database.writing() as connection:
            for alias, setting in settings.items():
                _set(connection, release, alias, setting, now, by)
            row = {"id": new_id("rollout", now), "at": now, "release": release, "by": by}
            row |= {"action": action, "from_number": before, "to_number": after}
            row |= {"reason": reason, "measured": dict(measured)}
            connection.execute(insert(rollouts), row)
            audit.append(connection, now, by, f"traffic.{action}", release, told)

    def pin(self, customer: str, release: str, number: int | None, *, by: str) -> None:
        """Pin a customer to a number of a release, or take the pin away."""
        mine = and_(pins.c.customer_id == customer, pins.c.release == release)
        with self._database.writing() as connection:
            connection.execute(delete(pins).where(mine))
            if number is not None:
                row = {"customer_id": customer, "release": release, "number": number}
                connection.execute(insert(pins), row)
            told = {"release": release, "number": number}
            audit.append(connection, self._clock.now(), by, "traffic.pin", customer, told)

    def rollouts(self, release: str | None = None, *, limit: int = 100) -> list[dict[str, Any]]:
        """Return what was moved, newest first."""
        query = select(rollouts).order_by(rollouts.c.id.desc()).limit(limit)
        if release is not None:
            query = query.where(rollouts.c.release == release)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _set(
    connection: Connection, release: str, alias: str, setting: Setting | None, now: int, by: str
) -> None:
    same = and_(aliases.c.release == release, aliases.c.alias == alias)
    connection.execute(delete(aliases).where(same))
    if setting is not None:
        number, share, shadow = setting
        row = {"release": release, "alias": alias, "number": number, "share": share}
        row |= {"shadow": shadow, "set_at": now, "set_by": by}
        connection.execute(insert(aliases), row)
