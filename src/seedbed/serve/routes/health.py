"""Whether the server lives and can answer, what Prometheus reads, what an error's code means."""

from __future__ import annotations

import inspect
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from seedbed import errors
from seedbed.errors import RecordMissing
from seedbed.recipe import nearest
from seedbed.serve import metrics, problems
from seedbed.serve.problems import NotReady
from seedbed.serve.routes.base import Admin, Open, Parts
from seedbed.serve.routes.fields import answers_with

READY = {"ready": True, "accepting": True, "ledger": True, "releases": True, "room": True}
ERROR = {
    "code": "SB717",
    "name": "RateExceeded",
    "title": "too many calls",
    "status": 429,
    "about": "More calls in a short time than the plan allows.",
}

router = APIRouter(route_class=Open, tags=["health"])


@router.get("/health/live", responses=answers_with({"live": True}))
@router.get("/v2/health/live", responses=answers_with({"live": True}))
async def live() -> dict[str, bool]:
    """Tell that the process answers, however busy it is."""
    return {"live": True}


@router.get("/health/ready", responses=answers_with(READY))
@router.get("/v2/health/ready", responses=answers_with(READY))
async def ready(service: Parts) -> dict[str, bool]:
    """Tell whether calls can be answered.

    503 while stopping, without ledger or releases, or while a queue is full even for a new caller.
    """
    found = dict(service.readiness())
    if not found["ready"]:
        amiss = ", ".join(name for name, fine in found.items() if not fine and name != "ready")
        raise NotReady(
            expected="a server that takes calls, with a ledger, releases and room in its queues",
            got=f"not so: {amiss}",
            do="Send calls elsewhere, or wait; /health/live says whether the process lives.",
        )
    return found


@router.get("/errors/{code}", responses=answers_with(ERROR), tags=["errors"])
async def error(code: str) -> dict[str, Any]:
    """Say what an error's code means; the `type` of every error leads here."""
    known = {kind.code: kind for kind in errors.catalogue()}
    found = known.get(code.upper())
    if found is None:
        near = nearest(code.upper(), known)
        raise RecordMissing(
            expected="a code such as SB717",
            got=repr(code[:40]),
            do=f"Did you mean {near}?" if near else "Take it from an error's `code`.",
        )
    return {
        "code": found.code,
        "name": found.__name__,
        "title": found.title,
        "status": problems.status_of(found(expected="", got="", do="")),
        "about": inspect.getdoc(found) or "",
    }


class Scraped(Admin):
    """A route for Prometheus: for an admin key, or for all where the server is so set."""

    async def check(self, request: Request) -> None:
        """Refuse whoever may not come here."""
        if not request.app.state.service.settings.open_metrics:
            await super().check(request)


scraped = APIRouter(route_class=Scraped, tags=["health"])


@scraped.get("/metrics", response_class=Response)
async def counts(service: Parts) -> Response:
    """Give Prometheus what it reads."""
    return Response(service.metrics.page(), media_type=metrics.MEDIA)
