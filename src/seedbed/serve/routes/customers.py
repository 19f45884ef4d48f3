"""Customers and what they have agreed to: for admins; and what a customer may know of itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from seedbed.ledger.account import Subscription
from seedbed.ledger.money import to_nanos
from seedbed.serve.routes.base import Admin, Asking, Caller, Own
from seedbed.serve.routes.fields import (
    Id,
    Moment,
    Money,
    Name,
    Number,
    Strict,
    Text,
    amount,
    answers_with,
    example,
    shown,
    written,
)

CUSTOMER: dict[str, Any] = {
    "id": "customer_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "name": "Acme Ltd",
    "email": "billing@acme.example",
    "language": "en",
    "currency": "USD",
    "keep_texts_days": None,
    "spend_cap": "100",
    "made_at": "2026-11-23T00:15:00.000000Z",
    "erased_at": None,
    "settings": {},
    "pins": {},
}
SUBSCRIPTION = {
    "id": "subscription_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "plan": "starter",
    "plan_id": "plan_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "from_at": "2026-11-23T00:15:00.000000Z",
    "until_at": None,
}
ACCOUNT = {
    "customer": CUSTOMER,
    "subscription": SUBSCRIPTION,
    "credit": {"credit": "10", "held": "0"},
}

CustomerId = Annotated[Id, Path(description="The customer's id.")]


class Wishes(Strict):
    """What a customer may settle for itself."""

    language: Literal["en", "zh"] | None = None
    spend_cap: Money | None = Field(None, description="Most that a period's calls may cost.")
    keep_texts_days: int | None = Field(None, ge=1, le=3650, description="Keep texts so long.")


class NewCustomer(Wishes):
    """A customer to be made."""

    model_config = example({"name": "Acme Ltd", "email": "billing@acme.example"})

    name: Text = Field(min_length=1, max_length=200)
    email: Text = Field("", max_length=320)
    currency: Text = Field("USD", max_length=3)
    settings: dict[Text, Any] = Field(default_factory=dict, description="Such as its address.")


class ChangedCustomer(Wishes):
    """What of a customer is to change; null takes a limit away."""

    model_config = example({"spend_cap": "250.00"})

    name: Text | None = Field(None, min_length=1, max_length=200)
    email: Text | None = Field(None, max_length=320)
    settings: dict[Text, Any] | None = None
    pins: dict[Name, Number] | None = Field(None, description="Numbers by the release's name.")


class Subscribing(Strict):
    """What plan a customer is to have."""

    model_config = example({"plan": "starter"})

    plan: Id
    version: Number | None = None
    when: Literal["now", "next"] = Field("next", description="At once, or when the period ends.")
    start: Moment | None = Field(None, description="Count a first plan's periods from then (µs).")


own = APIRouter(route_class=Own, tags=["account"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: customers"])


@own.get("/v1/account", responses=answers_with(ACCOUNT))
def account(asking: Asking) -> dict[str, Any]:
    """Tell what is known of you: your plan, your credit, your settings."""
    return _account(asking, asking.customer)


@admin.get("/customers", responses=answers_with({"data": [CUSTOMER]}))
def customers(asking: Asking) -> dict[str, Any]:
    """List the customers."""
    return {"data": [shown(one) for one in asking.ledger.customers.list()]}


@admin.post("/customers", status_code=201, responses={201: answers_with(CUSTOMER)[200]})
def make_customer(new: NewCustomer, asking: Asking) -> dict[str, Any]:
    """Make a customer, without a plan and a key yet."""
    told = _read(new) | {"language": new.language or "en"}
    made = asking.ledger.customers.create(told.pop("name"), **told, actor=asking.actor)
    return shown(made)


@admin.get("/customers/{customer}", responses=answers_with(ACCOUNT))
def customer_of(customer: CustomerId, asking: Asking) -> dict[str, Any]:
    """Tell what is known of a customer: its plan, its credit, its settings."""
    return _account(asking, customer)


@admin.patch("/customers/{customer}", responses=answers_with(CUSTOMER))
async def change_customer(
    customer: CustomerId, changes: ChangedCustomer, asking: Asking
) -> dict[str, Any]:
    """Change what is named of a customer."""
    told = _read(changes)
    found = await asking.read(lambda: _changed(asking, customer, told))
    if "pins" in told:
        await asking.service.traffic.refresh()
    return found


@admin.get("/customers/{customer}/subscriptions", responses=answers_with({"data": [SUBSCRIPTION]}))
def subscriptions(customer: CustomerId, asking: Asking) -> dict[str, Any]:
    """List what a customer has ever subscribed to, in order."""
    asking.ledger.customers.get(customer)
    return {"data": [_told(one) for one in asking.ledger.subscriptions.list(customer)]}


@admin.put("/customers/{customer}/subscription", responses=answers_with(SUBSCRIPTION))
def subscribe(customer: CustomerId, wanted: Subscribing, asking: Asking) -> dict[str, Any]:
    """Put a customer on a plan."""
    asking.ledger.customers.get(customer)
    made = asking.ledger.subscriptions.subscribe(
        customer,
        wanted.plan,
        version=wanted.version,
        when=wanted.when,
        start=wanted.start,
        actor=asking.actor,
    )
    return _told(made)


@admin.delete(
    "/customers/{customer}/subscription",
    responses=answers_with({"until_at": "2026-12-23T00:15:00.000000Z"}),
)
def unsubscribe(
    customer: CustomerId, asking: Asking, when: Literal["now", "next"] = "next"
) -> dict[str, Any]:
    """End a customer's plan, at once or when its period ends."""
    end = asking.ledger.subscriptions.cancel(customer, when=when, actor=asking.actor)
    return {"until_at": written(end)}


def _account(asking: Caller, customer: str) -> dict[str, Any]:
    ledger = asking.ledger
    found = ledger.customers.get(customer)
    subscribed = ledger.subscriptions.current(customer)
    balance = ledger.credits.balance(customer)
    return {
        "customer": shown(found),
        "subscription": _told(subscribed) if subscribed else None,
        "credit": {"credit": amount(balance.credit), "held": amount(balance.held)},
    }


def _changed(asking: Caller, customer: str, told: dict[str, Any]) -> dict[str, Any]:
    return shown(asking.ledger.customers.change(customer, actor=asking.actor, **told))


def _told(subscribed: Subscription) -> dict[str, Any]:
    return {
        "id": subscribed.id,
        "plan": subscribed.plan.name,
        "plan_id": subscribed.plan_id,
        "from_at": written(subscribed.from_at),
        "until_at": written(subscribed.until_at),
    }


def _read(wanted: Wishes) -> dict[str, Any]:
    """Return what a body names, money in nanos."""
    told = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if told.get("spend_cap") is not None:
        told["spend_cap"] = to_nanos(told["spend_cap"])
    return told
