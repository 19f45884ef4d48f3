"""The application: every route, one shape of errors, one guard around all of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from seedbed import __version__
from seedbed.errors import SeedbedError
from seedbed.serve import openapi, problems
from seedbed.serve.asked import Incoming, Kind
from seedbed.serve.call import answer
from seedbed.serve.guard import Guard
from seedbed.serve.routes import (
    audit,
    chat,
    credit,
    customers,
    feedback,
    health,
    inference_protocol,
    invoices,
    keys,
    models,
    personal,
    plans,
    predict,
    traffic,
    usage,
)
from seedbed.serve.routes import openai as embeddings
from seedbed.serve.service import Service

ROUTERS = (
    # Looked through in this order.
    *(predict.router, embeddings.router, chat.router, inference_protocol.calls),
    *(health.router, health.scraped, models.router),
    *(inference_protocol.public, inference_protocol.router),
    *(usage.own, customers.own, credit.own, keys.own, invoices.own, feedback.own),
    *(customers.admin, plans.admin, credit.admin, keys.admin, usage.admin, invoices.admin),
    *(feedback.admin, traffic.admin, audit.admin, personal.admin),
)


class Calls:
    """Takes calls past FastAPI, whose way from request to answer is longer than all else here.

    FastAPI knows the same routes, for the OpenAPI document and for other methods.

    Args:
        app: What takes all other requests.
        service: The parts of the server.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        found = _call(scope["path"]) if scope.get("method") == "POST" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        kind, path = found
        try:
            response = await answer(self.service, Incoming(scope, receive, path), kind)
        except SeedbedError as failed:
            response = problems.answer(scope, failed)
        await response(scope, receive, send)


class Api(FastAPI):
    """FastAPI with a guard around it.

    Args:
        service: The parts of the server.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(
            title="Seedbed",
            version=__version__,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            strict_content_type=False,
            exception_handlers=dict(problems.HANDLERS),
        )
        self.state.service = service
        for router in ROUTERS:
            self.include_router(router)
        self.add_route("/openapi.json", _document, include_in_schema=False)
        calls = Calls(super().__call__, service)
        safe = ServerErrorMiddleware(calls, handler=problems.failed_unforeseen)
        self._guarded = Guard(safe, service.settings.bounds, service.ended)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        scope["app"] = self
        await self._guarded(scope, receive, send)

    def warm(self) -> None:
        """Do what FastAPI puts off to the first request that needs it; a call would wait for it."""
        nowhere = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
        for route in self.router.routes:
            route.matches(nowhere)
        self.middleware_stack = self.build_middleware_stack()

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        found: dict[str, Any] = orjson.loads(self.document)
        return found

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document, as it is sent."""
        return orjson.dumps(openapi.document(self))


def document() -> dict[str, Any]:
    """Return the OpenAPI document of a server, without one that runs."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return openapi.document(app)


def create_app(service: Service) -> FastAPI:
    """Return the application that serves a service; the service is started by the caller."""
    app = Api(service)
    app.warm()
    return app


def _call(path: str) -> tuple[Kind, Mapping[str, str]] | None:
    """Return the kind of call that a path asks for, with its parameters, if it is one."""
    match path.split("/"):
        case ["", "v1", "predict", name] if name:
            return predict.KIND, {"name": name}
        case ["", "v1", "predict", name, version] if name and version:
            return predict.KIND, {"name": name, "version": version}
        case ["", "v1", "embeddings"]:
            return embeddings.KIND, {}
        case ["", "v1", "chat", "completions"]:
            return chat.KIND, {}
        case ["", "v2", "models", name, "infer"] if name:
            return inference_protocol.KIND, {"name": name}
        case ["", "v2", "models", name, "versions", version, "infer"] if name and version:
            return inference_protocol.KIND, {"name": name, "version": version}
    return None


async def _document(request: Request) -> Response:
    return Response(request.app.document, media_type="application/json")
