"""Which release answers whom, for admins: aliases, canary, shadow, pins, roll-back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from seedbed.serve.routes.base import Admin, Asking
from seedbed.serve.routes.fields import (
    Id,
    Limit,
    Name,
    Number,
    Strict,
    Text,
    answers_with,
    example,
    shown,
)
from seedbed.serve.windows import Measured

STATE = {
    "name": "bank-intents",
    "aliases": {
        "canary": {"number": 4, "share": 50000, "shadow": False},
        "champion": {"number": 3, "share": None, "shadow": False},
    },
    "numbers": [1, 2, 3, 4],
    "loaded": {
        "3": Measured(1840, 0, 9120, 0, 0, 12, 10, 3480).as_dict(),
        "4": Measured(97, 0, 9350, 36, 33, 12, 11, 3510).as_dict(),
    },
    "on_probation": False,
}

COMPARED = {
    "number": 3,
    "other": 4,
    "rows": 1200,
    "agreed": 1130,
    "judged": 85,
    "right": 61,
    "other_right": 74,
    "first_at": "2026-11-20T08:00:00.000000Z",
    "last_at": "2026-11-23T00:15:00.000000Z",
}

MOVED = {
    "id": "rollout_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "at": "2026-11-23T00:15:00.000000Z",
    "release": "bank-intents",
    "action": "promote",
    "from_number": 3,
    "to_number": 4,
    "by": "key_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "reason": "better on the new rows",
    "measured": {},
}

ReleaseName = Annotated[Name, Path(description="The release's name.")]
Alias = Annotated[
    Name, Path(description="An alias; `canary` and `shadow` have routes of their own.")
]


class Why(Strict):
    """Why it is done; the audit log keeps it."""

    model_config = example({"reason": "better on the new rows"})

    reason: Text = Field("", max_length=500)


class Target(Why):
    """A release's number."""

    model_config = example({"number": 4, "reason": "better on the new rows"})

    number: Number


class Share(Target):
    """A release's number, and the share of the calls that it is to answer."""

    model_config = example({"number": 4, "share": 0.05})

    share: float = Field(gt=0, le=1, description="Of callers, each always or never.")


class Pin(Strict):
    """A release's number for one customer."""

    model_config = example({"number": 3})

    number: Number


admin = APIRouter(route_class=Admin, prefix="/v1/admin/releases", tags=["admin: traffic"])
_told: dict[str, Any] = {"responses": answers_with(STATE)}


@admin.get("", responses=answers_with({"data": [STATE]}))
async def releases(asking: Asking) -> dict[str, Any]:
    """List the releases with their aliases, what is loaded, and what was measured lately."""
    traffic = asking.service.traffic
    return {"data": [await traffic.state(name) for name in traffic.names()]}


@admin.post("/refresh", responses=answers_with({"data": ["bank-intents"]}))
async def refresh(asking: Asking) -> dict[str, Any]:
    """Look now for releases made since, and for what another process has moved."""
    await asking.service.traffic.refresh()
    return {"data": asking.service.traffic.names()}


@admin.get("/{name}", responses=answers_with(STATE | {"comparisons": [COMPARED]}))
async def release(name: ReleaseName, asking: Asking) -> dict[str, Any]:
    """Tell a name's aliases, what is loaded and was measured lately, and all comparisons.

    `loaded` has the last five minutes; `comparisons` all that two numbers answered beside each
    other, and which had it right as feedback says by now.
    """
    traffic = asking.service.traffic
    state = await traffic.state(name)
    found = await asking.read(asking.ledger.comparisons.of, name, traffic.answers_of)
    return state | {"comparisons": [shown(one) for one in found]}


@admin.get("/{name}/rollouts", responses=answers_with({"data": [MOVED]}))
def rollouts(name: ReleaseName, asking: Asking, limit: Limit = 100) -> dict[str, Any]:
    """List what was moved, by whom and why, newest first."""
    return {"data": [shown(row) for row in asking.ledger.traffic.rollouts(name, limit=limit)]}


@admin.put("/{name}/aliases/{alias}", **_told)
async def set_alias(
    name: ReleaseName, alias: Alias, target: Target, asking: Asking
) -> dict[str, Any]:
    """Point an alias at a number; that is loaded and warmed first, and no call is lost."""
    move = asking.service.traffic.set_alias
    await move(name, alias, target.number, by=asking.actor, reason=target.reason)
    return await asking.service.traffic.state(name)


@admin.delete("/{name}/aliases/{alias}", **_told)
async def drop_alias(name: ReleaseName, alias: Alias, asking: Asking) -> dict[str, Any]:
    """Take an alias away."""
    await asking.service.traffic.set_alias(name, alias, None, by=asking.actor)
    return await asking.service.traffic.state(name)


@admin.put("/{name}/canary", **_told)
async def set_canary(name: ReleaseName, share: Share, asking: Asking) -> dict[str, Any]:
    """Give a number a share of the calls, by caller."""
    move = asking.service.traffic.set_canary
    await move(name, share.number, share.share, by=asking.actor, reason=share.reason)
    return await asking.service.traffic.state(name)


@admin.delete("/{name}/canary", **_told)
async def end_canary(name: ReleaseName, asking: Asking) -> dict[str, Any]:
    """Take the canary's share away."""
    await asking.service.traffic.set_canary(name, None, by=asking.actor)
    return await asking.service.traffic.state(name)


@admin.put("/{name}/shadow", **_told)
async def set_shadow(name: ReleaseName, target: Target, asking: Asking) -> dict[str, Any]:
    """Have a number compute copies of calls, which nobody sees or pays for."""
    move = asking.service.traffic.set_shadow
    await move(name, target.number, by=asking.actor, reason=target.reason)
    return await asking.service.traffic.state(name)


@admin.delete("/{name}/shadow", **_told)
async def end_shadow(name: ReleaseName, asking: Asking) -> dict[str, Any]:
    """End the shadow."""
    await asking.service.traffic.set_shadow(name, None, by=asking.actor)
    return await asking.service.traffic.state(name)


@admin.post("/{name}/promote", **_told)
async def promote(name: ReleaseName, why: Why, asking: Asking) -> dict[str, Any]:
    """Make the canary the champion."""
    await asking.service.traffic.promote(name, by=asking.actor, reason=why.reason)
    return await asking.service.traffic.state(name)


@admin.post("/{name}/roll-back", **_told)
async def roll_back(name: ReleaseName, why: Why, asking: Asking) -> dict[str, Any]:
    """End the canary; where there is none, bring the champion before back."""
    await asking.service.traffic.roll_back(name, by=asking.actor, reason=why.reason)
    return await asking.service.traffic.state(name)


@admin.put("/{name}/pins/{customer}", **_told)
async def pin(name: ReleaseName, customer: Id, wanted: Pin, asking: Asking) -> dict[str, Any]:
    """Have a number answer a customer, whatever others get."""
    await asking.read(asking.ledger.customers.get, customer)
    await asking.service.traffic.pin(name, customer, wanted.number, by=asking.actor)
    return await asking.service.traffic.state(name)


@admin.delete("/{name}/pins/{customer}", **_told)
async def unpin(name: ReleaseName, customer: Id, asking: Asking) -> dict[str, Any]:
    """Have a customer answered as others are."""
    await asking.read(asking.ledger.customers.get, customer)
    await asking.service.traffic.pin(name, customer, None, by=asking.actor)
    return await asking.service.traffic.state(name)
