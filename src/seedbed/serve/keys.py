"""Whose a request is: the key it carries, and what that may do."""

from __future__ import annotations

import asyncio

from starlette.types import Scope

from seedbed.errors import KeyInvalid, ScopeMissing
from seedbed.ledger.key import Key, Scopes
from seedbed.ledger.ledger import Ledger
from seedbed.serve.exchange import told

_BEARER = b"bearer "
_LONGEST = 256


def secret_of(scope: Scope) -> str:
    """Return the secret that a request carries: `Authorization: Bearer …`, or `x-api-key`.

    Raises:
        KeyInvalid: it carries none.
    """
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == _BEARER:
            return _decoded(value[7:].strip())
        if name == b"x-api-key":
            return _decoded(value)
    raise KeyInvalid(
        expected="a key",
        got="none",
        do="Send it as `Authorization: Bearer sb_live_…`, or as `x-api-key: sb_live_…`.",
    )


async def authenticate(ledger: Ledger, scope: Scope) -> Key:
    """Return the key of a request; one that is not remembered is looked up off the loop.

    Raises:
        KeyInvalid: it has none, or one that is unknown, revoked or expired.
        LedgerUnavailable: the ledger cannot be read.
    """
    secret = secret_of(scope)
    known = ledger.keys.known(secret)
    if known is not None and known.valid(ledger.clock.now()):
        key = known
    else:
        key = await asyncio.to_thread(ledger.keys.authenticate, secret)
    exchange = told(scope)
    exchange.key_id, exchange.customer_id = key.id, key.customer_id or ""
    return key


def not_allowed(key: Key, verb: str, release: str = "") -> ScopeMissing:
    """Return the error that a key's scopes do not cover what it asks for."""
    of = f" of {release}" if release else ""
    may = f"{', '.join(key.scopes.verbs)} of {', '.join(key.scopes.releases)}"
    return ScopeMissing(
        expected=f"a key that may {verb}{of}",
        got=f"{key.prefix}…, which may {may}"[:300],
        do="Use another key, or have one made with that scope.",
    )


def within(asked: Scopes, own: Key) -> bool:
    """Tell whether scopes go no further than those of a key."""
    releases = own.scopes.releases
    return set(asked.verbs) <= set(own.scopes.verbs) and (
        "*" in releases or set(asked.releases) <= set(releases)
    )


def _decoded(value: bytes) -> str:
    return value[:_LONGEST].decode("latin-1")
