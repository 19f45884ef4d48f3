"""Keys: a customer makes, rotates and ends its own; admins those of anyone.

A customer's key makes no key that may do more than itself, nor ends one that may.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from seedbed.errors import ScopeMissing
from seedbed.ledger.key import Key, Scopes
from seedbed.serve import keys as access
from seedbed.serve.routes import base
from seedbed.serve.routes.base import Admin, Asking, Caller, Own
from seedbed.serve.routes.fields import (
    Id,
    Moment,
    Strict,
    Text,
    answers_with,
    example,
    read_moment,
    shown,
)

KEY = {
    "id": "key_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "customer_id": "customer_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "name": "production",
    "prefix": "sb_live_xY3k",
    "scopes": {"verbs": ["predict", "feedback"], "releases": ["bank-intents"]},
    "made_at": "2026-11-23T00:15:00.000000Z",
    "expires_at": None,
    "revoked_at": None,
    "replaced_by": None,
}
MADE = KEY | {"secret": "sb_live_… (shown this once)"}
LISTED = {"data": [KEY]}

KeyId = Annotated[Id, Path(description="The key's id, not its secret.")]


class Allowed(Strict):
    """What a key may do; what is left out is everything that a customer may."""

    verbs: list[Text] | None = Field(None, min_length=1, max_length=10)
    releases: list[Text] | None = Field(None, min_length=1, max_length=100)


class NewKey(Strict):
    """A key to be made."""

    model_config = example(
        {"name": "production", "scopes": {"verbs": ["predict"], "releases": ["bank-intents"]}}
    )

    name: Text = Field("", max_length=200, description="What you call it.")
    scopes: Allowed | None = None
    expires_at: Annotated[datetime, Field(strict=False)] | Moment | None = Field(
        None, description="When it ends: ISO 8601, or µs since the epoch."
    )


class NewKeyOf(NewKey):
    """A key to be made, for a customer or (with the verb `admin`) for none."""

    model_config = example({"customer": "customer_01KAR0Z5T0C8J6W5N8R1V2M3P4"})

    customer: Id | None = Field(None, description="Whose it is; null for an admin key.")


class Rotation(Strict):
    """How a key is replaced."""

    model_config = example({"overlap_seconds": 3600})

    overlap_seconds: int = Field(86_400, ge=0, le=90 * 86_400, description="The old one works on.")


own = APIRouter(route_class=Own, tags=["keys"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: keys"])


@own.get("/v1/keys", responses=answers_with(LISTED))
def keys(asking: Asking) -> dict[str, Any]:
    """List your keys, without their secrets."""
    return {"data": [shown(key) for key in asking.ledger.keys.list(asking.customer)]}


@own.post("/v1/keys", status_code=201, responses={201: answers_with(MADE)[200]})
def make_key(new: NewKey, asking: Asking) -> dict[str, Any]:
    """Make a key that may do what yours may, or less; its secret is shown this once."""
    scopes = _scopes(new.scopes)
    ends, own_end = _expiry(new), asking.key.expires_at
    _within(scopes, asking.key)
    if own_end is not None:  # nor does it outlive its maker
        ends = own_end if ends is None else min(ends, own_end)
    return _made(asking, asking.customer, new.name, scopes, ends)


@own.post("/v1/keys/{key_id}/rotate", status_code=201, responses={201: answers_with(MADE)[200]})
def rotate_key(key_id: KeyId, rotation: Rotation, asking: Asking) -> dict[str, Any]:
    """Make a successor of one of your keys; the old one works on for a while."""
    _check_own(asking, key_id)
    return _rotated(asking, key_id, rotation)


@own.delete("/v1/keys/{key_id}", responses=answers_with(KEY))
def revoke_key(key_id: KeyId, asking: Asking) -> dict[str, Any]:
    """End one of your keys at once."""
    _check_own(asking, key_id)
    return shown(asking.ledger.keys.revoke(key_id, actor=asking.actor))


@admin.get("/keys", responses=answers_with(LISTED))
def keys_of(
    asking: Asking,
    customer: Annotated[Id | None, Query(description="Whose; all keys if left out.")] = None,
) -> dict[str, Any]:
    """List keys, without their secrets."""
    found = asking.ledger.keys.list(customer, every=customer is None)
    return {"data": [shown(key) for key in found]}


@admin.post("/keys", status_code=201, responses={201: answers_with(MADE)[200]})
def make_key_of(new: NewKeyOf, asking: Asking) -> dict[str, Any]:
    """Make a key for a customer, or an admin key; its secret is shown this once."""
    return _made(asking, new.customer, new.name, _scopes(new.scopes), _expiry(new))


@admin.get("/keys/{key_id}", responses=answers_with(KEY))
def key_of(key_id: KeyId, asking: Asking) -> dict[str, Any]:
    """Tell of a key."""
    return shown(asking.ledger.keys.get(key_id))


@admin.post("/keys/{key_id}/rotate", status_code=201, responses={201: answers_with(MADE)[200]})
def rotate_key_of(key_id: KeyId, rotation: Rotation, asking: Asking) -> dict[str, Any]:
    """Make a successor of a key; the old one works on for a while."""
    return _rotated(asking, key_id, rotation)


@admin.delete("/keys/{key_id}", responses=answers_with(KEY))
def revoke_key_of(key_id: KeyId, asking: Asking) -> dict[str, Any]:
    """End a key at once."""
    return shown(asking.ledger.keys.revoke(key_id, actor=asking.actor))


def _made(
    asking: Caller, customer: str | None, name: str, scopes: Scopes, ends: int | None
) -> dict[str, Any]:
    made, secret = asking.ledger.keys.create(
        customer, name=name, scopes=scopes, expires_at=ends, actor=asking.actor
    )
    return _with_secret(made, secret)


def _rotated(asking: Caller, key_id: str, rotation: Rotation) -> dict[str, Any]:
    overlap = timedelta(seconds=rotation.overlap_seconds)
    return _with_secret(*asking.ledger.keys.rotate(key_id, overlap=overlap, actor=asking.actor))


def _with_secret(made: Key, secret: str) -> dict[str, Any]:
    return shown(made) | {"secret": secret}


def _scopes(allowed: Allowed | None) -> Scopes:
    told: Mapping[str, Any] = allowed.model_dump(exclude_none=True) if allowed else {}
    return Scopes.read(told)


def _expiry(new: NewKey) -> int | None:
    ends = new.expires_at
    return ends if isinstance(ends, int) else read_moment(ends)


def _check_own(asking: Caller, key_id: str) -> None:
    found = asking.ledger.keys.get(key_id)
    base.own(found.customer_id, asking, "key", key_id)
    if found.id != asking.key.id:
        _within(found.scopes, asking.key)


def _within(scopes: Scopes, own_key: Key) -> None:
    if not access.within(scopes, own_key):
        raise ScopeMissing(
            expected=f"scopes within this key's own, {own_key.scopes.as_dict()}",
            got=str(scopes.as_dict())[:200],
            do="Use a key that may do as much, or ask whoever gave you yours.",
        )
