"""What can be called: in OpenAI's shape, with limits and prices beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter

from seedbed.errors import ReleaseError
from seedbed.release.store import Release
from seedbed.serve import explain
from seedbed.serve.routes.base import AnyKey, Asking
from seedbed.serve.routes.fields import amount, answers_with, several
from seedbed.serve.traffic import Route

MODEL = {
    "id": "bank-intents",
    "object": "model",
    "created": 1767268800,
    "owned_by": "seedbed",
    "release": "bank-intents/3",
    "alias": "champion",
    "task": "text-classification",
    "labels": ["card_arrival", "card_lost"],
    "several_labels": False,
    "embeds": True,
    "columns": [],
    "limits": {
        "rows": 1024,
        "body_bytes": 2097152,
        "tokens_of_a_text": 128,
        "parts_of_an_explanation": 24,
    },
    "price": {
        "plan": "starter",
        "currency": "USD",
        "meter": "answers",
        "per": 1000,
        "included": 1000,
        "mode": "graduated",
        "tiers": [{"up_to": 10000, "price": "1.2"}, {"up_to": None, "price": "0.8"}],
    },
}
MODELS = {
    "object": "list",
    "data": [{k: MODEL[k] for k in ("id", "object", "created", "owned_by")}],
}

router = APIRouter(route_class=AnyKey, tags=["models"])


@router.get("/v1/models", responses=answers_with(MODELS))
async def models(asking: Asking) -> dict[str, Any]:
    """List the releases that the key may call."""
    found = []
    for name in asking.service.names():
        try:
            with await asking.routed(name) as route:
                found.append(_line(route.release, name))
        except ReleaseError:  # not for this key, or gone since the names were listed
            continue
    return {"object": "list", "data": found}


@router.get("/v1/models/{name}", responses=answers_with(MODEL))
async def model(name: str, asking: Asking) -> dict[str, Any]:
    """Tell what a release answers, its limits, and what it costs you."""
    return await _told(name, None, asking)


@router.get("/v1/models/{name}/{version}", responses=answers_with(MODEL))
async def model_version(name: str, version: str, asking: Asking) -> dict[str, Any]:
    """Tell the same of a release's number, or of an alias."""
    return await _told(name, version, asking)


async def _told(name: str, version: str | None, asking: Asking) -> dict[str, Any]:
    with await asking.routed(name, version) as route:
        line = _line(route.release, name if version is None else f"{name}/{version}")
        return line | _about(route, asking) | {"price": await _price(route.name, asking)}


def _line(release: Release, name: str) -> dict[str, Any]:
    made = datetime.fromisoformat(str(release.manifest["made"]))
    return {
        "id": name,
        "object": "model",
        "created": int(made.timestamp()),
        "owned_by": "seedbed",
    }


def _about(route: Route, asking: Asking) -> dict[str, Any]:
    settings, replica = asking.service.settings, route.replica
    return {
        "release": f"{route.name}/{route.number}",
        "alias": route.alias,
        "task": route.release.manifest["task"],
        "labels": list(replica.labels),
        "several_labels": several(route.release),
        "embeds": replica.embeds,
        "columns": [
            {"name": one.name, "kind": one.kind, "levels": list(one.levels)}
            for one in (replica.columns.used if replica.columns else ())
        ],
        "limits": {
            "rows": settings.max_rows,
            "body_bytes": settings.bounds.body,
            "tokens_of_a_text": replica.max_tokens,
            "parts_of_an_explanation": explain.MOST_PARTS,
        },
    }


async def _price(release: str, asking: Asking) -> dict[str, Any] | None:
    """Return what the customer's plan charges for a release; nothing where it sells none of it."""
    customer = asking.key.customer_id
    if customer is None:
        return None
    subscribed = await asking.read(asking.ledger.subscriptions.current, customer)
    found = subscribed.plan.charge_for(release) if subscribed else None
    if subscribed is None or found is None:
        return None
    plan, (_, charge) = subscribed.plan, found
    return {
        "plan": plan.name,
        "currency": plan.currency,
        "meter": charge.meter,
        "per": charge.per,
        "included": charge.included,
        "mode": charge.mode,
        "tiers": [{"up_to": one.up_to, "price": amount(one.price)} for one in charge.tiers],
    }
