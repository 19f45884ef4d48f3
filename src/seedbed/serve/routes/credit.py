"""Credit: for admins, paid in, given, paid back, expired; for a customer, its own entries."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from seedbed.ledger.money import to_nanos
from seedbed.serve.routes.base import Admin, Asking, Caller, Own
from seedbed.serve.routes.fields import (
    Id,
    Limit,
    Money,
    Strict,
    Text,
    amount,
    answers_with,
    example,
    shown,
)

ENTRY = {
    "id": "crd_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "customer_id": "customer_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "kind": "top_up",
    "amount": "50",
    "at": "2026-11-23T00:15:00.000000Z",
    "reference": "payment-4711",
    "note": None,
}
ENTRIES = {"credit": "50", "held": "0", "data": [ENTRY], "next": None}


class NewEntry(Strict):
    """A change of a customer's credit."""

    model_config = example({"kind": "top_up", "amount": "50.00", "reference": "payment-4711"})

    kind: Literal["top_up", "grant", "refund", "expiry"]
    amount: Money | None = Field(None, description="Left out with `expiry`: all that is free.")
    reference: Text | None = Field(
        None, min_length=1, max_length=200, description="A repetition with the same is not made."
    )
    note: Text | None = Field(None, max_length=1000)


Before = Annotated[
    Id | None,
    Query(pattern=r"^crd_[0-9A-Z]{26}$", description="`next` of an earlier answer."),
]

own = APIRouter(route_class=Own, tags=["account"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: credit"])


@own.get("/v1/credits", responses=answers_with(ENTRIES))
def credit(asking: Asking, before: Before = None, limit: Limit = 100) -> dict[str, Any]:
    """Tell your credit, and how it came about, newest first."""
    return _entries(asking, asking.customer, before, limit)


@admin.get("/customers/{customer}/credits", responses=answers_with(ENTRIES))
def credit_of(
    customer: Id, asking: Asking, before: Before = None, limit: Limit = 100
) -> dict[str, Any]:
    """Tell a customer's credit, and how it came about, newest first."""
    return _entries(asking, customer, before, limit)


@admin.post(
    "/customers/{customer}/credits",
    status_code=201,
    responses={201: answers_with(ENTRY)[200]},
)
def enter_credit(customer: Id, new: NewEntry, asking: Asking) -> dict[str, Any]:
    """Enter a change of a customer's credit."""
    book = asking.ledger.credits
    told = {"reference": new.reference, "note": new.note, "actor": asking.actor}
    if new.kind == "expiry":
        nanos = None if new.amount is None else to_nanos(new.amount)
        return shown(book.expire(customer, nanos, **told))
    enter = {"top_up": book.top_up, "grant": book.grant, "refund": book.refund}[new.kind]
    return shown(enter(customer, to_nanos(new.amount or "0"), **told))


def _entries(asking: Caller, customer: str, before: str | None, limit: int) -> dict[str, Any]:
    balance = asking.ledger.credits.balance(customer)
    found = asking.ledger.credits.list(customer, before=before, limit=limit)
    return {
        "credit": amount(balance.credit),
        "held": amount(balance.held),
        "data": [shown(entry) for entry in found],
        "next": found[-1].id if len(found) == limit else None,
    }
