"""What a key may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from seedbed.errors import RequestWrong

VERBS = ("predict", "embed", "feedback", "usage", "admin")
"""What there is to do; `admin` is for keys of no customer alone."""

CUSTOMER_VERBS = VERBS[:-1]


@dataclass(frozen=True, slots=True)
class Scopes:
    """Which verbs of which releases: patterns of `name` or `name/number`."""

    verbs: tuple[str, ...] = CUSTOMER_VERBS
    releases: tuple[str, ...] = ("*",)

    @classmethod
    def read(cls, told: Mapping[str, Sequence[str]] | None) -> Scopes:
        """Read `{"verbs": […], "releases": […]}`; what is left out is everything of a customer.

        Raises:
            RequestWrong: an unknown verb, an empty list or another key.
        """
        told = dict(told or {})
        scopes = cls(tuple(told.pop("verbs", CUSTOMER_VERBS)), tuple(told.pop("releases", ("*",))))
        unknown = [*told, *(set(scopes.verbs) - set(VERBS))]
        if unknown or not scopes.verbs or not all(map(_pattern, scopes.releases)):
            raise RequestWrong(
                expected=f"verbs of {', '.join(VERBS)}, and patterns of releases",
                got=repr(unknown[0] if unknown else scopes),
                do="Name at least one verb, and releases as NAME or NAME/NUMBER (or *).",
                where="scopes",
            )
        return scopes

    def as_dict(self) -> dict[str, list[str]]:
        """Return the scopes as `read` takes them."""
        return {"verbs": list(self.verbs), "releases": list(self.releases)}


def _pattern(release: Any) -> bool:
    return isinstance(release, str) and 0 < len(release) <= 200


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret. One without a customer belongs to the people who run this.

    Attributes:
        prefix: How the secret begins, to tell keys apart.
        expires_at: µs since the epoch; None for never.
        replaced_by: The key that it was rotated to.
    """

    id: str
    customer_id: str | None
    name: str
    prefix: str
    scopes: Scopes
    made_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    replaced_by: str | None = None

    @property
    def admin(self) -> bool:
        """Tell whether the key may do what only those who run this may."""
        return "admin" in self.scopes.verbs

    def allows(self, verb: str, release: str | None = None, number: int | None = None) -> bool:
        """Tell whether the key may use a verb, on a release (and on one number of it)."""
        if verb not in self.scopes.verbs:
            return False
        if release is None:
            return True
        names = [release] if number is None else [release, f"{release}/{number}"]
        return any(fnmatchcase(name, p) for name in names for p in self.scopes.releases)

    def valid(self, now: int) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
