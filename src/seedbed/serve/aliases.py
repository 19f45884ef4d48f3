"""What an alias is, who gets which, and the port to where aliases and pins are kept."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

CHAMPION, CANARY, SHADOW, PREVIOUS = "champion", "canary", "shadow", "previous"
"""`previous` is the champion before: what a roll-back brings back."""
MILLION = 1_000_000


class Setting(NamedTuple):
    """Where an alias points.

    Attributes:
        number: Of the release.
        share: Parts per million of the calls that it takes from the champion; for a canary.
        shadow: Whether it computes copies of calls, which nobody sees or pays for.
    """

    number: int
    share: int | None = None
    shadow: bool = False


class Records(Protocol):
    """Where aliases and pins are kept; each method is one transaction, called off the loop."""

    def aliases(self) -> Mapping[str, Mapping[str, tuple[int, int | None, bool]]]:
        """Return number, share and shadow, by release name and alias."""

    def pins(self) -> Mapping[tuple[str, str], int]:
        """Return the numbers that customers are pinned to, by (customer, release name)."""

    def last_set(self, release: str, alias: str) -> tuple[float, Mapping[str, Any]] | None:
        """Return how many seconds ago an alias was set, and the figures behind that, if it is."""

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
                Aliases that are not named stay as they are.
            action: `set`, `canary`, `promote`, `roll_back` or `shadow`.
            before: The number that answered until now.
            after: The number that answers from now on.
            by: Who asked for it; `seedbed` where a rule did.
            reason: Why, in words.
            measured: The figures behind it.
        """

    def pin(self, customer: str, release: str, number: int | None, *, by: str) -> None:
        """Pin a customer to a number of a release, or take the pin away; with an audit row."""


def drawn(release: str, caller: str) -> int:
    """Return where a caller stands among the million parts: always the same for a release.

    A share takes those below it, so that who is in stays in while the share grows.
    """
    told = f"{release}\0{caller}".encode(errors="surrogatepass")
    digest = blake2b(told, digest_size=8).digest()
    return int.from_bytes(digest) % MILLION


def chosen(
    release: str,
    settings: Mapping[str, Setting],
    *,
    caller: str,
    version: str | None = None,
    pin: int | None = None,
) -> tuple[int, str] | None:
    """Return the number that answers a call and the alias that leads to it, if there is one.

    The version that is asked for goes before the caller's pin, the pin before a canary's share.

    Args:
        release: Its name.
        settings: Its aliases.
        caller: Whom a share is drawn by.
        version: A number or an alias.
        pin: The number that the customer is pinned to.
    """
    if version is not None:
        if version.isdecimal():
            return int(version[:9]), version
        return (settings[version].number, version) if version in settings else None
    if pin is not None:
        return pin, "pin"
    canary = settings.get(CANARY)
    if canary is not None and canary.share and drawn(release, caller) < canary.share:
        return canary.number, CANARY
    return (settings[CHAMPION].number, CHAMPION) if CHAMPION in settings else None
