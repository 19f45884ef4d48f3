"""Which release answers a call: aliases, pins, a canary's share, a shadow; moved without a stop.

    traffic = Traffic(home, records)
    await traffic.start()
    with await traffic.route("bank-intents", customer="cus_1") as route:
        rows = route.replica.encode(texts)
        computed = await route.batcher.logits(rows, lane=key.id)
    traffic.observe(route, ok=True, latency_us=4_000)

What an alias shall point to is loaded and warmed first, then the move is written down, then calls
go there; whatever fails on the way leaves all as it was. Calls under way end where they began.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Collection, Sequence
from typing import Any

from seedbed.errors import ReleaseMissing, SeedbedError
from seedbed.home import Home
from seedbed.release.predictor import answers_of
from seedbed.serve.aliases import CANARY, CHAMPION, PREVIOUS, SHADOW, Records, Setting, chosen
from seedbed.serve.batcher import MOST_SECONDS, Load
from seedbed.serve.copies import Compared, Copies, Missed
from seedbed.serve.fleet import Fleet
from seedbed.serve.moves import Moves
from seedbed.serve.route import Route
from seedbed.serve.table import Name, Table
from seedbed.serve.windows import Measured, Rule
from seedbed.tasks.base import Floats
from seedbed.tasks.schema import Schema

__all__ = ["Compared", "Missed", "Records", "Route", "Rule", "Setting", "Traffic"]

log = logging.getLogger(__name__)

TEND_SECONDS = 2.0
COPY_EVERY = 10
"""Of so many calls to a release on trial one is computed by the other too."""
JUDGE_EVERY = 16
SWITCH_SECONDS = 0.0005


class Traffic(Moves):
    """The releases of a home, and which of them answers.

    Args:
        home: Where the releases are.
        records: Where aliases and pins are kept.
        threads: Threads that an engine computes with; by default all that the process may use.
        rule: When a canary or a new champion is rolled back.
        names: Of the releases that are served and loaded; all where there are none.
        most_seconds: Work that may wait for each release.
    """

    def __init__(
        self,
        home: Home,
        records: Records,
        *,
        threads: int | None = None,
        rule: Rule | None = None,
        names: Collection[str] = (),
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        fleet = Fleet(home, threads=threads, most_seconds=most_seconds)
        super().__init__(Table(home, records, fleet, names), fleet, rule or Rule())
        self._copies = Copies(fleet)

    async def start(self) -> None:
        """Load and warm what the aliases point to; a name without a champion gets its latest.

        A release that cannot be loaded is logged and holds up no other.
        """
        # An engine that is done must not wait five milliseconds for the interpreter.
        sys.setswitchinterval(SWITCH_SECONDS)
        await self.refresh()
        self._begin(self._tend())

    async def refresh(self) -> None:
        """Take over what other processes have written, and the names that have come since."""
        await self._table.refresh()

    async def close(self) -> None:
        """Finish every call under way, then let go of everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._fleet.close()

    def names(self) -> list[str]:
        """Return the names that can be called, sorted."""
        names = self._table.names.items()
        return sorted(name for name, known in names if CHAMPION in known.settings)

    def loads(self) -> list[tuple[str, int, Load]]:
        """Return how busy each loaded release is: name, number, load."""
        return [(*served.which, served.batcher.load()) for served in self._fleet.all()]

    def measured(self) -> list[tuple[str, int, Measured]]:
        """Return how each loaded release has done lately: name, number, figures."""
        now = time.monotonic()
        return [(*served.which, served.window.measured(now)) for served in self._fleet.all()]

    async def state(self, name: str) -> dict[str, Any]:
        """Return a name's aliases, its numbers, and what is loaded and measured, as JSON.

        Raises:
            ReleaseMissing: there is no such name.
        """
        known = await self._table.named(name)
        measured = {number: each for of, number, each in self.measured() if of == name}
        return {
            "name": name,
            "aliases": {alias: each._asdict() for alias, each in sorted(known.settings.items())},
            "numbers": self._fleet.numbers(name),
            "loaded": {str(number): each.as_dict() for number, each in measured.items()},
            "on_probation": known.on_probation,
        }

    async def route(
        self, name: str, *, customer: str, version: str | None = None, sticky: str | None = None
    ) -> Route:
        """Return the release that answers a call; it waits only where a number must be loaded.

        The version asked for goes before the customer's pin, the pin before the canary's share.

        Args:
            name: The release's name.
            customer: Whose call it is.
            version: A number, an alias or `latest`, where the caller asks for one.
            sticky: What a canary's share is drawn by; the customer by default.

        Raises:
            ReleaseMissing: there is no such name, number or alias.
            ReleaseDamaged, EngineUnavailable: it is there, but cannot be loaded.
        """
        known = await self._table.named(name)
        if version == "latest":
            version = str(max(self._fleet.numbers(name)))
        pin = self._table.pins.get((customer, name))
        found = chosen(name, known.settings, caller=sticky or customer, version=version, pin=pin)
        if found is None:
            raise ReleaseMissing(
                expected=f"a number of {name}, or one of {', '.join(sorted(known.settings))}",
                got=repr(version),
                do="Leave the version out for the champion.",
            )
        number, alias = found
        route = Route(name, number, alias, await self._fleet.lent((name, number)))
        known.routed += 1
        route.shadow, route.trial = _copied(known, route)
        return route

    def observe(self, route: Route, *, ok: bool, latency_us: int) -> None:
        """Count a call that was answered or failed; a rule may roll the release back for it."""
        route.served.window.call(time.monotonic(), latency_us if ok else None)
        known = self._table.names[route.name]
        known.observed += 1
        if not ok or known.observed % JUDGE_EVERY == 0:
            self._judge(route.name, known)

    async def compare(
        self, route: Route, texts: Sequence[str], logits: Floats, *, call_id: str = ""
    ) -> Compared | Missed | None:
        """Compute a copy of an answered call with `route.shadow`, and count what agrees.

        Nothing is raised and nobody waits for it: an overloaded or failing shadow is missed, and
        a route without one gives None.
        """
        found = await self._copies.compare(route, texts, logits, call_id)
        self._judge(route.name, self._table.names[route.name])
        return found

    def judged(self, call_id: str, row: int, *, right: bool, correct: Any = None) -> None:
        """Count which of two releases had a row right, as feedback has told last.

        Args:
            call_id: A call that was compared lately; others are passed over.
            row: Which row of it.
            right: Whether the caller's answer was right.
            correct: The right answer, where it was not and is known; see `tasks/corrections.py`.
        """
        self._copies.judged(call_id, row, right=right, correct=correct)

    def answers_of(self, name: str, number: int) -> tuple[str, Schema] | None:
        """Return the kind and the shape of a release's answers; see `predictor.answers_of`."""
        return answers_of(self._fleet.home, name, number)

    async def _tend(self) -> None:
        """Look every other second for what was moved elsewhere and for what nobody needs."""
        while True:
            await asyncio.sleep(TEND_SECONDS)
            try:
                await self.refresh()
            except SeedbedError as error:
                log.warning("the aliases cannot be read: %s", error)
            await self._fleet.tidy(self._table.wanted())


def _copied(known: Name, route: Route) -> tuple[int | None, int | None]:
    """Return the number that a copy of a call goes to, and the number that it is to tell about."""
    shadow = known.number(SHADOW)
    if route.alias == CHAMPION and shadow not in (None, route.number):
        return shadow, shadow
    other = known.number(CHAMPION) if route.alias == CANARY else None
    if route.alias == CHAMPION and known.on_probation:
        other = known.number(PREVIOUS)
    if other in (None, route.number) or known.routed % COPY_EVERY:
        return None, None
    return other, route.number
