"""Price plans, for admins: published under a name as versions that never change."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from seedbed.ledger.plan import Plan
from seedbed.ledger.plan_file import read
from seedbed.ledger.plans import Published
from seedbed.serve.routes.base import Admin, Asking, body_of
from seedbed.serve.routes.fields import Id, Number, answers_with, written

PLAN = {
    "name": "starter",
    "currency": "USD",
    "fee": "29.00",
    "charges": [
        {
            "release": "*",
            "meter": "answers",
            "per": 1000,
            "included": 1000,
            "tiers": [{"up_to": 10000, "price": "1.20"}, {"price": "0.80"}],
        }
    ],
    "limits": {"rate": {"calls_per_second": 10, "burst": 20}},
}
PUBLISHED = {
    "id": "plan_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "name": "starter",
    "version": 1,
    "made_at": "2026-11-23T00:15:00.000000Z",
    "plan": read(PLAN).model_dump(mode="json"),
}

admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: plans"])


@admin.get("/plans", responses=answers_with({"data": [PUBLISHED]}))
def plans(asking: Asking) -> dict[str, Any]:
    """List the plans, each in its newest version."""
    return {"data": [_told(one) for one in asking.ledger.plans.list()]}


@admin.post(
    "/plans",
    status_code=201,
    responses={201: answers_with(PUBLISHED)[200]},
    openapi_extra=body_of(Plan, PLAN),
)
def publish_plan(body: Annotated[dict[str, Any], Body()], asking: Asking) -> dict[str, Any]:
    """Publish a plan as the next version of its name; customers keep the version they have."""
    return _told(asking.ledger.plans.publish(read(body), actor=asking.actor))


@admin.get("/plans/{name}", responses=answers_with(PUBLISHED))
def plan(name: Id, asking: Asking) -> dict[str, Any]:
    """Give a plan in its newest version."""
    return _told(asking.ledger.plans.get(name))


@admin.get("/plans/{name}/{version}", responses=answers_with(PUBLISHED))
def plan_version(name: Id, version: Number, asking: Asking) -> dict[str, Any]:
    """Give a version of a plan."""
    return _told(asking.ledger.plans.get(name, version))


def _told(published: Published) -> dict[str, Any]:
    return {
        "id": published.id,
        "name": published.name,
        "version": published.version,
        "made_at": written(published.made_at),
        "plan": published.plan.model_dump(mode="json"),
    }
