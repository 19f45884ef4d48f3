"""Which release answers a call: aliases, pins, a canary's share, a shadow; moved without a stop.

traffic = Traffic(home, records)
await traffic.start()
with await traffic.route("bank-intents", customer="cus_1") as route:
    rows = route.replica.encode(texts)
    computed = await route.batcher.logits(rows, lane=key.id)
traffic.observe(route, ok=True, latency_us=4_000)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from seedbed.home import Home
from seedbed.release.store import Release
from seedbed.serve.batcher import Batcher
from seedbed.serve.replica import Replica
from seedbed.tasks.base import Floats

CHAMPION, CANARY, SHADOW = "champion", "canary", "shadow"
MILLION = 1_000_000


class Setting(NamedTuple):
    """Where an alias points.

    Attributes:
        number: Of the release.
        share: Parts per million of the calls that it takes from the champion; for a canary.
        shadow: Whether it computes copies of calls, that nobody sees or pays for.
    """

    number: int
    share: int | None = None
    shadow: bool = False


class Records(Protocol):
    """Where aliases and pins are kept; each method is one transaction, called off the loop."""

    def aliases(self) -> Mapping[str, Mapping[str, Setting]]:
        """Return the settings, by release name and alias."""

    def pins(self) -> Mapping[tuple[str, str], int]:
        """Return the numbers that customers are pinned to, by (customer, release name)."""

    def move(
        self,
        release: str,
        settings: Mapping[str, tuple[int, int | None, bool] | None],
        *,
        action: str,
        before: int | None,
        after: int | None,
        by: str,
        reason: str,
        measured: Mapping[str, Any],
    ) -> None:
        """Write aliases of one release, all or none, with a row of `rollouts` and of the audit log.

        Args:
            release: Its name.
            settings: By alias: number, share, shadow; or nothing, which takes the alias away.
            action: `set`, `canary`, `promote`, `roll_back` or `shadow`.
            before: The number that the traffic came from.
            after: The number that it goes to.
            by: Who asked for it; `seedbed` where a rule did.
            reason: Why, in words.
            measured: The figures behind it.
        """

    def pin(self, customer: str, release: str, number: int | None, *, by: str) -> None:
        """Pin a customer to a number of a release, or take the pin away; with an audit row."""


@dataclass(slots=True)
class Route:
    """A release that answers one call; it stays loaded until `done`, so end each with `with`.

    Attributes:
        name: The release's name.
        number: The release's number.
        alias: The alias that led there; the number in words where a number was asked for.
        release: The release.
        replica: Encodes texts and words answers.
        batcher: Computes.
        shadow: The number that a copy of the call should go to (`Traffic.compare`), if any.
    """

    name: str
    number: int
    alias: str
    release: Release
    replica: Replica
    batcher: Batcher
    shadow: int | None

    def done(self) -> None:
        """Say that the call is over; twice does no harm."""
        raise NotImplementedError

    def __enter__(self) -> Route:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.done()


@dataclass(frozen=True, slots=True)
class Compared:
    """What a copy of a call gave.

    Attributes:
        number: Of the release that computed the copy.
        rows: How many rows.
        agreed: How many of them it answered as the caller's release did.
        engine: The engine that computed.
        tokens: Sum of the rows' sizes.
        compute_us: The engine's time.
    """

    number: int
    rows: int
    agreed: int
    engine: str
    tokens: int
    compute_us: int


class Traffic:
    """The releases of a home, and which of them answers.

    Args:
        home: Where the releases are.
        records: Where aliases and pins are kept.
        threads: Threads that an engine computes with; by default all that the process may use.
    """

    def __init__(self, home: Home, records: Records, *, threads: int | None = None) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Load and warm what the aliases point to; a name without a champion gets its latest."""
        raise NotImplementedError

    async def refresh(self) -> None:
        """Take over what another process has written, and the names that have come since."""
        raise NotImplementedError

    async def close(self) -> None:
        """Finish every call under way, then let go of everything."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Return the names that can be called, sorted."""
        raise NotImplementedError

    def state(self, name: str) -> dict[str, Any]:
        """Return a name's aliases, what is loaded, and what its windows have measured, as JSON.

        Raises:
            ReleaseMissing: there is no such name.
        """
        raise NotImplementedError

    async def route(
        self, name: str, *, customer: str, version: str | None = None, sticky: str | None = None
    ) -> Route:
        """Return the release that answers a call; it waits only where a number must be loaded.

        The version asked for goes before the customer's pin, the pin before the canary's share.

        Args:
            name: The release's name.
            customer: Whose call it is.
            version: A number or an alias, where the caller asks for one.
            sticky: What a canary's share is drawn by; the customer by default.

        Raises:
            ReleaseMissing: there is no such name, number or alias.
        """
        raise NotImplementedError

    async def set_alias(
        self, name: str, alias: str, number: int | None, *, by: str, reason: str = ""
    ) -> None:
        """Point an alias at a number, loaded and warmed first; nothing takes the alias away."""
        raise NotImplementedError

    async def set_canary(
        self, name: str, number: int | None, share: float = 0.0, *, by: str, reason: str = ""
    ) -> None:
        """Give a number a share (0 to 1) of the calls, by caller; nothing ends it."""
        raise NotImplementedError

    async def set_shadow(self, name: str, number: int | None, *, by: str, reason: str = "") -> None:
        """Have a number compute copies of the calls; nothing ends it."""
        raise NotImplementedError

    async def promote(self, name: str, *, by: str, reason: str = "") -> None:
        """Make the canary the champion."""
        raise NotImplementedError

    async def roll_back(self, name: str, *, by: str, reason: str = "") -> None:
        """Take the canary's share away; where there is none, bring the champion before back."""
        raise NotImplementedError

    async def pin(self, name: str, customer: str, number: int | None, *, by: str) -> None:
        """Pin a customer to a number, or take the pin away."""
        raise NotImplementedError

    def observe(self, route: Route, *, ok: bool, latency_us: int) -> None:
        """Count a call that was answered or failed; a rule may roll the release back for it."""
        raise NotImplementedError

    async def compare(
        self, route: Route, texts: Sequence[str], logits: Floats, *, call_id: str = ""
    ) -> Compared | None:
        """Compute a copy of an answered call with `route.shadow`, and count what agrees.

        Nothing is raised and nobody waits for it: an overloaded or failing shadow gives nothing.
        """
        raise NotImplementedError

    def judged(self, call_id: str, row: int, label: str) -> None:
        """Count for the shadow and its champion which of them gave the label that feedback says."""
        raise NotImplementedError
