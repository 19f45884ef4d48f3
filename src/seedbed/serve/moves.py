"""Moves of the traffic: by whoever may, and by rule."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any

from seedbed.errors import ReleaseMissing, RequestWrong, SeedbedError
from seedbed.serve.aliases import CANARY, CHAMPION, MILLION, PREVIOUS, SHADOW, Setting
from seedbed.serve.fleet import Fleet, Which
from seedbed.serve.table import ITSELF, Action, Name, Table
from seedbed.serve.windows import Rule, Window

log = logging.getLogger(__name__)

OWN_VERBS = {CANARY: "set_canary", SHADOW: "set_shadow", PREVIOUS: "roll_back"}
ALIAS = re.compile(r"(?!(?:pin|latest)$)[a-z][a-z0-9_-]{0,39}")


class Moves:
    """Moves aliases; each move is loaded first, then written down, then done.

    Args:
        table: The aliases.
        fleet: The loaded releases.
        rule: When a canary or a new champion is rolled back.
    """

    def __init__(self, table: Table, fleet: Fleet, rule: Rule) -> None:
        self._table = table
        self._fleet = fleet
        self._rule = rule
        self._tasks: set[asyncio.Task[None]] = set()
        self._falling: set[Which] = set()

    async def set_alias(
        self, name: str, alias: str, number: int | None, *, by: str, reason: str = ""
    ) -> None:
        """Point an alias at a number, loaded and warmed first; nothing takes the alias away.

        Raises:
            ReleaseMissing, ReleaseDamaged, EngineUnavailable: the number cannot be served; all
                stays as it was. The same holds for the other moves.
            RequestWrong: the alias is none that may be set so.
        """
        _check(alias, number)
        known = await self._table.named(name)
        async with known.lock:
            before = known.number(alias)
            if number == before:
                return
            changes = {alias: None if number is None else Setting(number)}
            if alias == CHAMPION and before is not None:
                changes[PREVIOUS] = Setting(before)
            await self._table.move(
                name, changes, action="set", before=before, after=number, by=by, reason=reason
            )

    async def set_canary(
        self, name: str, number: int | None, share: float = 0.0, *, by: str, reason: str = ""
    ) -> None:
        """Give a number a share (0 to 1) of the calls, by caller; nothing ends it."""
        if number is not None and not 0 < share <= 1:
            raise _wrong("a share above 0 and up to 1", repr(share), "share")
        setting = None if number is None else Setting(number, round(share * MILLION))
        await self._beside(name, CANARY, setting, by, reason)

    async def set_shadow(self, name: str, number: int | None, *, by: str, reason: str = "") -> None:
        """Have a number compute copies of the champion's calls; nothing ends it."""
        setting = None if number is None else Setting(number, shadow=True)
        await self._beside(name, SHADOW, setting, by, reason)

    async def promote(self, name: str, *, by: str, reason: str = "") -> None:
        """Make the canary the champion.

        Raises:
            ReleaseMissing: there is no canary.
        """
        known = await self._table.named(name)
        async with known.lock:
            canary, champion = known.number(CANARY), known.number(CHAMPION)
            if canary is None or champion is None:
                raise _nothing(f"a canary of {name}", "Give a number a share first.")
            changes = {CHAMPION: Setting(canary), PREVIOUS: Setting(champion), CANARY: None}
            await self._table.move(
                name, changes, action="promote", before=champion, after=canary, by=by, reason=reason
            )

    async def roll_back(self, name: str, *, by: str, reason: str = "") -> None:
        """Take the canary's share away; where there is none, bring the champion before back.

        Raises:
            ReleaseMissing: there is neither.
        """
        known = await self._table.named(name)
        async with known.lock:
            await self._roll_back(name, known, by, reason, {})

    async def pin(self, name: str, customer: str, number: int | None, *, by: str) -> None:
        """Pin a customer to a number, or take the pin away."""
        await self._table.named(name)
        if number is not None:
            await self._fleet.ready((name, number))
        await self._table.pin(customer, name, number, by=by)

    async def _beside(
        self, name: str, alias: str, setting: Setting | None, by: str, reason: str
    ) -> None:
        """Set or end what stands beside the champion."""
        known = await self._table.named(name)
        async with known.lock:
            action: Action = "canary" if alias == CANARY else "shadow"
            after = known.number(CHAMPION) if setting is None else setting.number
            await self._table.move(
                name,
                {alias: setting},
                action=action,
                before=known.number(alias),
                after=after,
                by=by,
                reason=reason,
            )

    async def _roll_back(
        self, name: str, known: Name, by: str, reason: str, measured: Mapping[str, Any]
    ) -> None:
        canary, champion = known.number(CANARY), known.number(CHAMPION)
        previous = known.number(PREVIOUS)
        if canary is None and previous is None:
            raise _nothing(f"a canary of {name} or a champion before", "There is nothing to undo.")
        changes: dict[str, Setting | None] = {CANARY: None}
        if canary is None and previous is not None:
            changes = {CHAMPION: Setting(previous), PREVIOUS: None}
        await self._table.move(
            name,
            changes,
            action="roll_back",
            before=champion if canary is None else canary,
            after=previous if canary is None else champion,
            by=by,
            reason=reason,
            measured=measured,
        )

    def _judge(self, name: str, known: Name) -> None:
        """Roll back what is on trial, if it breaks the rule."""
        champion, canary = known.number(CHAMPION), known.number(CANARY)
        trial = champion if canary is None else canary
        served = None if trial is None else self._fleet.get((name, trial))
        if served is None or served.which in self._falling:
            return
        now = time.monotonic()
        new = served.window.measured(now)
        moments: Iterable[tuple[int, int]] = ()
        other = known.standing if known.on_probation else None
        if canary is not None and champion is not None:
            against = self._fleet.get((name, champion))
            window = Window() if against is None else against.window
            other, moments = window.measured(now), served.window.beside(window, now)
        if other is None:
            return
        reason = self._rule.broken(new, other, moments)
        if reason is not None:
            log.warning("%s/%s breaks the rule: %s", name, trial, reason)
            measured = {"new": new.as_dict(), "other": other.as_dict()}
            self._falling.add(served.which)
            self._begin(self._fall(served.which, known, reason, measured))

    async def _fall(
        self, which: tuple[str, int], known: Name, reason: str, measured: Mapping[str, Any]
    ) -> None:
        name, number = which
        try:
            async with known.lock:
                if number == (known.number(CANARY) or known.number(CHAMPION)):  # still on trial
                    await self._roll_back(name, known, ITSELF, reason, measured)
        except SeedbedError as error:
            log.error("%s/%d could not be rolled back: %s", name, number, error)
        finally:
            self._falling.discard(which)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the calls, until it is done or the server stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _check(alias: str, number: int | None) -> None:
    if alias in OWN_VERBS:
        raise _wrong(f"an alias of your own; this one is moved by {OWN_VERBS[alias]}", alias)
    if not ALIAS.fullmatch(alias):
        raise _wrong("an alias of a to z, 0 to 9, - and _, other than pin and latest", repr(alias))
    if alias == CHAMPION and number is None:
        raise _wrong("a number: each name has a champion", "none", "number")


def _wrong(expected: str, got: str, where: str = "alias") -> RequestWrong:
    return RequestWrong(expected=expected, got=got, do="Nothing was changed.", where=where)


def _nothing(expected: str, do: str) -> ReleaseMissing:
    return ReleaseMissing(expected=expected, got="none", do=do)
