"""A customer's data, for admins: handed over as one file, or erased."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from seedbed.serve.routes.base import Admin, Asking
from seedbed.serve.routes.fields import Id, answers_with

PIECE = 1 << 16
ERASED = {"erased": "customer_01KAR0Z5T0C8J6W5N8R1V2M3P4"}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "JSON lines, one file a table.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}

admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: customers"])


@admin.get("/customers/{customer}/export.zip", response_class=Response, responses=_ZIP)
def export(customer: Id, asking: Asking) -> StreamingResponse:
    """Hand over all that is kept of a customer."""
    folder = tempfile.TemporaryDirectory(prefix="seedbed-export-")
    try:
        asking.ledger.retention.export(customer, Path(folder.name) / "export.zip")
    except BaseException:
        folder.cleanup()
        raise
    return StreamingResponse(_pieces(folder), media_type="application/zip")


@admin.delete("/customers/{customer}", responses=answers_with(ERASED))
def erase(customer: Id, asking: Asking) -> dict[str, str]:
    """End a customer's keys and plan, write its last invoice, and erase its personal data.

    Final invoices stay as they are, with the name and address that they were made out to.
    """
    asking.ledger.erase(customer, actor=asking.actor)
    return {"erased": customer}


def _pieces(folder: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    with folder, (Path(folder.name) / "export.zip").open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
