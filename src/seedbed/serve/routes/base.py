"""What routes share: the key is checked before anything is read, JSON is read in one way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from fastapi import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from seedbed.errors import RecordMissing, ReleaseMissing, ScopeMissing
from seedbed.ledger.key import Key
from seedbed.ledger.ledger import Ledger
from seedbed.serve import keys
from seedbed.serve.asked import Incoming, Kind
from seedbed.serve.call import answer
from seedbed.serve.exchange import told
from seedbed.serve.service import Service
from seedbed.serve.traffic import Route
from seedbed.serve.waits import read_body

T = TypeVar("T")

BODY, NEEDS = "x-body", "x-needs"
"""What `openapi_extra` tells `openapi.py`: the body, and what a key must allow."""

MODELS: dict[str, type[BaseModel]] = {}
"""Models of bodies that FastAPI does not read itself, by name."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the parts of the server that answer."""

    service: Service
    key: Key

    @property
    def customer(self) -> str:
        """The customer of the key."""
        assert self.key.customer_id is not None
        return self.key.customer_id

    @property
    def ledger(self) -> Ledger:
        """Keys, usage, money."""
        return self.service.ledger

    @property
    def actor(self) -> str:
        """Who the audit log says it was."""
        return self.key.id

    def may_see(self, name: str, number: int | None = None) -> bool:
        """Tell whether the key may know of a release."""
        verbs = ("predict", "embed")
        return self.key.admin or any(self.key.allows(verb, name, number) for verb in verbs)

    async def read(self, work: Callable[..., T], *given: Any) -> T:
        """Do what waits for the database in another thread."""
        return await asyncio.to_thread(work, *given)

    async def routed(self, name: str, version: str | None = None) -> Route:
        """Return the release that a call would go to; end it with `with`.

        Raises:
            ReleaseMissing: there is none, or none that the key may know of.
        """
        route = await self.service.route(name, key=self.key, version=version)
        if self.may_see(route.name, route.number):
            return route
        route.done()
        raise ReleaseMissing(
            expected="a release that this key may use", got=repr(name), do="GET /v1/models."
        )


class _JsonRequest(Request):
    """A request whose JSON is read by pydantic's parser: strict, and of bounded depth."""

    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as cause:
            raise json.JSONDecodeError(str(cause), "", 0) from None


class Open(APIRoute):
    """A route that needs no key."""

    needs: ClassVar[str] = ""

    def __init__(self, path: str, endpoint: Any, **settings: Any) -> None:
        settings["openapi_extra"] = {**(settings.get("openapi_extra") or {}), NEEDS: self.needs}
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Handler:
        """Return what takes a request: the key first, then the body, then the endpoint."""
        inner, check = super().get_route_handler(), self.check

        async def handle(request: Request) -> Response:
            checked = _JsonRequest(request.scope, request.receive)
            await check(checked)
            checked._body = await read_body(request.receive)
            return await inner(checked)

        return handle

    async def check(self, request: Request) -> None:
        """Refuse whoever may not come here."""


class _Keyed(Open):
    async def check(self, request: Request) -> None:
        service: Service = request.app.state.service
        key = await service.authenticate(request.scope)
        self.allow(key)
        request.state.key = key

    def allow(self, key: Key) -> None:
        """Refuse a key that may not come here."""


class AnyKey(_Keyed):
    """A route for whoever has a key, a customer or not."""

    needs = "any"


class Own(_Keyed):
    """A route for a customer, about what is its own."""

    needs = "usage"

    def allow(self, key: Key) -> None:
        """Refuse the key of no customer, and one that may not see usage."""
        if key.customer_id is None:
            raise ScopeMissing(
                expected="a customer's key",
                got="a key of no customer",
                do="Use the route under /v1/admin for this, which takes the customer's id.",
            )
        if not key.allows(self.needs):
            raise keys.not_allowed(key, self.needs)


class Judging(Own):
    """A route for a customer that says what was right and wrong."""

    needs = "feedback"


class Admin(_Keyed):
    """A route for those who run this."""

    needs = "admin"

    def allow(self, key: Key) -> None:
        """Refuse a customer's key."""
        if not key.admin:
            raise keys.not_allowed(key, "admin")


class Calling(APIRoute):
    """A route of calls: its endpoint is a description, `call.answer` does the work."""

    def __init__(self, path: str, endpoint: Any, **settings: Any) -> None:
        self.kind: Kind = endpoint.kind
        settings["openapi_extra"] = {**settings["openapi_extra"], NEEDS: self.kind.verb}
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Handler:
        """Return what takes a request."""
        kind = self.kind

        async def handle(request: Request) -> Response:
            incoming = Incoming(request.scope, request.receive, request.path_params)
            return await answer(request.app.state.service, incoming, kind)

        return handle


def calling(kind: Kind) -> Callable[[Any], Any]:
    """Mark a function as the description of a route of calls."""

    def mark(endpoint: Any) -> Any:
        endpoint.kind = kind
        return endpoint

    return mark


async def _caller(request: Request) -> Caller:
    return Caller(request.app.state.service, request.state.key)


Asking = Annotated[Caller, Depends(_caller)]
"""The type of a parameter that is who asks."""


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Parts = Annotated[Service, Depends(_service)]
"""The type of a parameter that is the server's parts, on a route that needs no key."""


def body_of(model: type[BaseModel], shown_as: Any = None) -> dict[str, Any]:
    """Return `openapi_extra` that describes a body which FastAPI does not read itself."""
    MODELS[model.__name__] = model
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    if shown_as is not None:
        content["example"] = shown_as
    return {BODY: {"required": True, "content": {"application/json": content}}}


def own(record_customer: str | None, caller: Caller, what: str, name: str) -> None:
    """Refuse what is another customer's, as if it were not there.

    Raises:
        RecordMissing: it is another's.
    """
    if record_customer != caller.customer:
        raise RecordMissing(
            expected=f"a {what} of yours", got=repr(name[:120]), do=f"Check the {what}'s id."
        )


def ended(request: Request, how: str = "answered") -> None:
    """Tell the log how a request ended."""
    told(request.scope).ended = how
