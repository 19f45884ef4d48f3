"""The OpenAPI document: what FastAPI derives from the routes, and keys, errors and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from seedbed import __version__, errors
from seedbed.serve import problems
from seedbed.serve.routes.base import BODY, MODELS, NEEDS
from seedbed.serve.routes.fields import NULL, replaced

ABOUT = """\
Releases, as a metered API. Send a key as `Authorization: Bearer sb_live_…` or `x-api-key`.

Every error is `application/problem+json` of one shape; its `type` leads to what its `code` means.
Every call has a `call_id` and leaves a row: `GET /v1/calls/{call_id}` tells what it cost. With an
`Idempotency-Key` a request that is sent again is answered as before, and charged once.
"""

_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}]
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key's secret."},
    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}
_COMPONENTS = "#/components"

PROBLEM = {
    "type": "object",
    "description": "What went wrong: what was expected, what came, and what to do.",
    "required": ["type", "title", "status", "detail", "code", "expected", "got", "do"],
    "properties": {
        "type": {"type": "string", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "expected": {"type": "string"},
        "got": {"type": "string"},
        "do": {"type": "string"},
        "where": {"type": "string", "description": "The field, where it is one."},
        "request_id": {"type": "string"},
        "error": {"type": "string", "description": "Under /v2 alone: `detail` once more."},
    },
}

_CALL_HEADERS: dict[str, Any] = {
    "Idempotency-Key": ("string", "The same request sent again has the same answer, charged once."),
    "Prefer": ("string", "`wait=SECONDS`: an answer after that is of no use, and free."),
}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application."""
    found = get_openapi(title="Seedbed", version=__version__, description=ABOUT, routes=app.routes)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = PROBLEM | {"examples": [_example(errors.RateExceeded)]}
    schemas |= _bodies()
    found["components"]["securitySchemes"] = _SCHEMES
    for operation in _operations(found):
        _complete(operation)
    whole: dict[str, Any] = replaced(found, NULL, None)
    return whole


def _operations(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in found["paths"].values():
        yield from (path[method] for method in path if method != "parameters")


def _complete(operation: dict[str, Any]) -> None:
    needs = operation.pop(NEEDS, "")
    body = operation.pop(BODY, None)
    if body is not None:
        operation["requestBody"] = body
    answers = operation["responses"]
    answers.pop("422", None)
    answers["default"] = _problem("Why not: see `code`.", errors.SeedbedError)
    if not needs:
        return
    operation["security"] = _SECURITY
    operation["x-scope"] = needs
    answers["401"] = _problem("No valid key.", errors.KeyInvalid)
    answers["403"] = _problem("The key may not do that.", errors.ScopeMissing)
    if needs in ("predict", "embed"):
        answers["402"] = _problem("Not enough credit.", errors.CreditSpent)
        answers["429"] = _problem("Too many calls: see `Retry-After`.", errors.RateExceeded)
        operation.setdefault("parameters", []).extend(_headers())


def _headers() -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "schema": {"type": kind}, "description": about}
        for name, (kind, about) in _CALL_HEADERS.items()
    ]


def _problem_json(kind: type[errors.SeedbedError]) -> dict[str, Any]:
    schema = {"$ref": f"{_COMPONENTS}/schemas/Problem"}
    return {"content": {problems.MEDIA: {"schema": schema, "example": _example(kind)}}}


def _problem(about: str, kind: type[errors.SeedbedError]) -> dict[str, Any]:
    return {"description": about, **_problem_json(kind)}


def _example(kind: type[errors.SeedbedError]) -> dict[str, Any]:
    told = {"expected": "what the route takes", "got": "something else", "do": "Correct it."}
    failed = kind(**told)
    status = problems.status_of(failed)
    detail = f"Expected {failed.expected}; got {failed.got}. {failed.do}"
    head = {"type": f"/errors/{kind.code}", "title": kind.title, "status": status}
    return head | {"detail": detail, **failed.as_dict(), "request_id": "req_01KAR0Z5T0C8J6W5N8R1"}


def _bodies() -> dict[str, Any]:
    wanted = [(model, "validation") for model in MODELS.values()]
    _, made = models_json_schema(wanted, ref_template=f"{_COMPONENTS}/schemas/{{model}}")  # type: ignore[arg-type]
    defined: dict[str, Any] = made.get("$defs", {})
    return defined
