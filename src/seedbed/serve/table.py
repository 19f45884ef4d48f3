"""Where the aliases of each release point: read from the records, moved in one step."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from seedbed.errors import ReleaseMissing, SeedbedError
from seedbed.home import Home
from seedbed.release import store
from seedbed.serve.aliases import CANARY, CHAMPION, PREVIOUS, SHADOW, Records, Setting
from seedbed.serve.fleet import Fleet, Which
from seedbed.serve.windows import Measured

log = logging.getLogger(__name__)

EAGER = (CHAMPION, CANARY, SHADOW)
"""Aliases whose release is loaded before anybody calls it, and stays so."""
ITSELF = "seedbed"
BEFORE = "before"
"""Among the figures of a move: how the champion stood that left its place."""
PROBATION_SECONDS = 600.0
"""How long a new champion may be rolled back by rule."""

Settings = Mapping[str, Setting]
Action = Literal["set", "canary", "promote", "roll_back", "shadow"]


@dataclass(slots=True, eq=False)
class Name:
    """One release name.

    Attributes:
        settings: Its aliases; replaced as a whole, never changed.
        moves: How often this process has moved them.
        standing: How the champion before stood when the present one came in its place.
        since: When that was, by `time.monotonic()`.
        routed: Calls that were sent somewhere.
        observed: Calls that were counted when they ended.
        lock: Held while it is moved.
    """

    settings: Settings = field(default_factory=dict)
    moves: int = 0
    standing: Measured | None = None
    since: float = 0.0
    routed: int = 0
    observed: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def number(self, alias: str) -> int | None:
        """Return the number that an alias points to, if there is one."""
        setting = self.settings.get(alias)
        return None if setting is None else setting.number

    @property
    def on_probation(self) -> bool:
        """Whether the champion is new enough to be rolled back by rule."""
        return self.standing is not None and time.monotonic() - self.since < PROBATION_SECONDS


class Table:
    """The aliases of all releases, and the pins.

    Args:
        home: Where the releases are.
        records: Where aliases and pins are kept.
        fleet: What loads them.
        only: Names that are served; all where there are none.

    Attributes:
        names: By release name; also of releases that could not be loaded.
        pins: Numbers by (customer, release name).
    """

    def __init__(
        self, home: Home, records: Records, fleet: Fleet, only: Collection[str] = ()
    ) -> None:
        self._only = frozenset(only)
        self.names: dict[str, Name] = {}
        self.pins: Mapping[tuple[str, str], int] = {}
        self._home = home
        self._records = records
        self._fleet = fleet
        self._reading = asyncio.Lock()

    async def named(self, name: str) -> Name:
        """Return a name; one that has come since the last look is taken in.

        Raises:
            ReleaseMissing: there is none; the nearest is given.
            ReleaseDamaged, EngineUnavailable: its latest cannot be loaded.
        """
        known = self.names.get(name)
        if known is not None and CHAMPION in known.settings:
            return known
        numbers = self._fleet.numbers(name)
        if not numbers:
            raise store.missing(self._home, name)
        if not self._served(name):
            raise _elsewhere(name, self._only)
        await self.refresh()
        if CHAMPION not in self.names[name].settings:
            await self._fleet.ready((name, max(numbers)))  # tells what is wrong with it
            await self.refresh()
        return self.names[name]

    async def refresh(self) -> None:
        """Take over what other processes have written, and the names that have come."""
        async with self._reading:
            moves = {name: known.moves for name, known in self.names.items()}
            written, self.pins = await asyncio.to_thread(self._read)
            for name in sorted(filter(self._served, {*written, *store.names(self._home)})):
                known = self.names.setdefault(name, Name())
                settings = {alias: Setting(*row) for alias, row in written.get(name, {}).items()}
                try:
                    async with known.lock:
                        if known.moves == moves.get(name, 0):
                            await self._adopt(name, known, settings)
                except SeedbedError as error:
                    log.error("the aliases of %s stay as they were: %s", name, error)

    async def move(
        self,
        name: str,
        changes: Mapping[str, Setting | None],
        *,
        action: Action,
        before: int | None,
        after: int | None,
        by: str,
        reason: str,
        measured: Mapping[str, Any] | None = None,
    ) -> None:
        """Load what is to be loaded, write the move down, then send calls there.

        Hold the name's lock. See `Records.move` for the arguments.
        """
        known = self.names.setdefault(name, Name())
        merged = {**known.settings, **changes}
        settings = {alias: each for alias, each in merged.items() if each is not None}
        for alias, setting in changes.items():
            if setting is not None and alias != PREVIOUS:  # it may be left because it is broken
                await self._fleet.ready((name, setting.number))
        figures = dict(measured or {})
        if PREVIOUS in settings and CHAMPION in changes:
            figures[BEFORE] = self._standing(name, settings[PREVIOUS].number).as_dict()
        await asyncio.to_thread(
            self._records.move,
            name,
            changes,
            action=action,
            before=before,
            after=after,
            by=by,
            reason=reason,
            measured=figures,
        )
        known.moves += 1
        self._switch(name, known, settings)
        if action == "roll_back" and CHAMPION in changes:
            known.standing = None
        log.info("%s of %s: %s to %s, by %s: %s", action, name, before, after, by, reason)

    async def pin(self, customer: str, name: str, number: int | None, *, by: str) -> None:
        """Write a pin down, then follow it."""
        await asyncio.to_thread(self._records.pin, customer, name, number, by=by)
        pins = {which: each for which, each in self.pins.items() if which != (customer, name)}
        self.pins = pins if number is None else {**pins, (customer, name): number}

    def wanted(self) -> set[Which]:
        """Return the releases that must stay loaded."""
        return {
            (name, known.settings[alias].number)
            for name, known in self.names.items()
            for alias in EAGER
            if alias in known.settings
        }

    def _served(self, name: str) -> bool:
        return not self._only or name in self._only

    def _read(self) -> tuple[Mapping[str, Any], Mapping[tuple[str, str], int]]:
        return self._records.aliases(), self._records.pins()

    async def _adopt(self, name: str, known: Name, settings: Settings) -> None:
        """Take over settings; a name without a champion gets its latest number as one."""
        if CHAMPION not in settings:
            numbers = self._fleet.numbers(name)
            if numbers and CHAMPION not in known.settings:
                latest = max(numbers)
                first = {CHAMPION: Setting(latest)}
                why = "the latest; the name had no champion"
                await self.move(
                    name, first, action="set", before=None, after=latest, by=ITSELF, reason=why
                )
            return
        if settings != known.settings:
            begun = not known.settings
            known.settings = known.settings or settings  # who calls a broken one is told of it
            for alias in EAGER:
                if alias in settings:
                    await self._fleet.ready((name, settings[alias].number))
            self._switch(name, known, settings)
            if begun and PREVIOUS in settings:
                await self._resume(name, known, settings[PREVIOUS].number)

    async def _resume(self, name: str, known: Name, previous: int) -> None:
        """Go on with the probation of a champion that was new when another process ended."""
        last = await asyncio.to_thread(self._records.last_set, name, CHAMPION)
        if last is None or last[0] >= PROBATION_SECONDS:
            return
        ago, figures = last
        known.standing = Measured(**figures.get(BEFORE, {}))
        known.since = time.monotonic() - ago
        try:
            await self._fleet.ready((name, previous))  # it computes copies, and may be needed soon
        except SeedbedError as error:
            log.warning("%s/%d, the champion before, cannot be loaded: %s", name, previous, error)

    def _switch(self, name: str, known: Name, settings: Settings) -> None:
        """Send calls where the settings say, from this moment on."""
        old = known.number(CHAMPION)
        known.settings = settings
        new = known.number(CHAMPION)
        if old is not None and old != new:
            known.standing, known.since = self._standing(name, old), time.monotonic()

    def _standing(self, name: str, number: int) -> Measured:
        """Return how a champion has done lately, to hold the next one against."""
        left = self._fleet.get((name, number))
        measured = left.window.measured(time.monotonic()) if left else Measured()
        # How slow it was under another load tells nothing of the new one.
        return replace(measured, p95_us=None, median_us=None)


def _elsewhere(name: str, only: Collection[str]) -> ReleaseMissing:
    return ReleaseMissing(
        expected=f"one of {', '.join(sorted(only))}",
        got=repr(name),
        do="GET /v1/models lists what this server answers.",
    )
