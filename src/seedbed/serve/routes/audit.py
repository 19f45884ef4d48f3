"""The audit log, for admins: who did what, and whether anyone altered the record of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from seedbed.serve.routes.base import Admin, Asking
from seedbed.serve.routes.fields import Id, Limit, answers_with, shown

ENTRY = {
    "seq": 42,
    "at": "2026-11-23T00:15:00.000000Z",
    "actor": "key_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "action": "key.revoke",
    "subject": "key_01KAR0Z5T0C8J6W5N8R1V2M3P5",
    "details": {},
    "hash": "5f2c…",
}
VERIFIED = {"whole": True, "broken": None, "head": {"seq": 42, "hash": "5f2c…"}}

admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: audit"])


@admin.get("/audit", responses=answers_with({"data": [ENTRY], "next": None}))
def audit(
    asking: Asking,
    subject: Annotated[Id | None, Query(description="What it was done to.")] = None,
    action: Annotated[Id | None, Query(description="Such as `key.revoke`.")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of earlier.")] = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """List the log, newest first."""
    found = asking.ledger.audit.list(subject=subject, action=action, before=before, limit=limit)
    following = found[-1].seq if len(found) == limit else None
    return {"data": [shown(entry) for entry in found], "next": following}


@admin.get("/audit/verify", responses=answers_with(VERIFIED))
def verify(
    asking: Asking,
    head: Annotated[Id | None, Query(description="A hash that was kept elsewhere.")] = None,
) -> dict[str, Any]:
    """Tell whether every row of the log follows from the row before it."""
    broken = asking.ledger.audit.verify(head)
    seq, hashed = asking.ledger.audit.head()
    return {
        "whole": broken is None,
        "broken": None if broken is None else {"seq": broken.seq, "why": broken.why},
        "head": {"seq": seq, "hash": hashed},
    }
