"""The one place where errors become answers: `application/problem+json` (RFC 9457).

Every failure, whoever found it, is a `SeedbedError` first and has one shape on every route:

    {"type": "/errors/SB717", "title": "too many calls", "status": 429, "detail": "Expected …",
     "code": "SB717", "expected": "…", "got": "…", "do": "…", "where": "", "request_id": "…"}

Routes of the Open Inference Protocol say `detail` in `error` too, as that protocol asks.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from seedbed import errors
from seedbed.errors import BodyMalformed, MethodWrong, RequestWrong, RouteMissing, SeedbedError
from seedbed.ledger.limits import Limits
from seedbed.recipe import nearest
from seedbed.serve.exchange import told
from seedbed.serve.headers import limit_headers

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"

_STATUS: Mapping[type[SeedbedError], int] = {
    SeedbedError: 500,
    errors.DataError: 422,
    errors.RecipeError: 422,
    errors.DiskFull: 503,
    errors.MemoryShort: 503,
    errors.ReleaseError: 409,
    errors.ReleaseMissing: 404,
    errors.EngineUnavailable: 500,
    errors.LedgerUnavailable: 503,
    errors.RecordMissing: 404,
    errors.RecordConflict: 409,
    errors.PlanWrong: 422,
    errors.InvoiceFinal: 409,
    errors.Refused: 403,
    errors.KeyInvalid: 401,
    errors.ScopeMissing: 403,
    errors.CreditSpent: 402,
    errors.CreditHeld: 429,
    errors.SpendCapReached: 402,
    errors.QuotaSpent: 429,
    errors.RateExceeded: 429,
    errors.IdempotencyMismatch: 422,
    errors.IdempotencyRunning: 409,
    errors.BodyMalformed: 400,
    errors.RequestWrong: 422,
    errors.BodyTooLarge: 413,
    errors.MediaUnsupported: 415,
    errors.RouteMissing: 404,
    errors.MethodWrong: 405,
    errors.Overloaded: 429,
    errors.Draining: 503,
    errors.DeadlinePassed: 504,
    errors.Cancelled: 499,
    errors.AnswerFailed: 500,
}

SOON = 1
"""Seconds in `Retry-After` where a 503 does not know better."""


class HeadTooLarge(errors.BodyTooLarge):
    """The request line and its headers are over the limit: 431 rather than 413."""


class BodySlow(errors.DeadlinePassed):
    """The client took too long to send what it began: 408 rather than 504."""


class NotReady(errors.ServeError):
    """No call can be answered now; what is amiss is named."""


_OWN: Mapping[type[SeedbedError], int] = {HeadTooLarge: 431, BodySlow: 408, NotReady: 503}
STATUS: Mapping[type[SeedbedError], int] = {**_STATUS, **_OWN}
"""Status codes by error; a kind that is not here has its parent's."""


def status_of(failed: SeedbedError) -> int:
    """Return the status code of an error."""
    return next(STATUS[kind] for kind in type(failed).__mro__ if kind in STATUS)


def body(failed: SeedbedError, *, request_id: str, path: str = "") -> bytes:
    """Return an error as problem+json."""
    status = status_of(failed)
    said = f"Expected {failed.expected}; got {failed.got}. {failed.do}"
    shape: dict[str, Any] = {
        "type": f"/errors/{failed.code}",
        "title": failed.title,
        "status": status,
        "detail": said,
        **failed.as_dict(),
        "request_id": request_id,
    }
    if path.startswith("/v2/"):
        shape["error"] = said
    return orjson.dumps(shape)


def headers(failed: SeedbedError) -> dict[str, str]:
    """Return the headers that go with an error."""
    status = status_of(failed)
    found: dict[str, str] = {}
    wait = getattr(failed, "retry_after", None)
    if wait is None and status == 503:
        wait = SOON
    if wait is not None:
        found["retry-after"] = str(max(1, math.ceil(wait)))
    if status == 401:
        found["www-authenticate"] = 'Bearer realm="seedbed"'
    if isinstance(failed, errors.Refused) and isinstance(failed.limits, Limits):
        left = limit_headers(failed.limits)
        found |= {name.decode(): value.decode() for name, value in left}
    if isinstance(failed, errors.Draining):
        found["connection"] = "close"
    return found


def answer(scope: Scope, failed: SeedbedError, more: Mapping[str, str] = {}) -> Response:
    """Return the response to a request that failed."""
    exchange = told(scope)
    exchange.ended = failed.code
    content = body(failed, request_id=exchange.request_id, path=scope["path"])
    return Response(content, status_of(failed), {**headers(failed), **more}, MEDIA)


async def failed_on_purpose(request: Request, failed: Exception) -> Response:
    """Answer an error of Seedbed's own."""
    assert isinstance(failed, SeedbedError)
    return answer(request.scope, failed)


async def failed_in_starlette(request: Request, failed: Exception) -> Response:
    """Answer what the framework found wrong: no such route, another method, a broken body."""
    assert isinstance(failed, HTTPException)
    return answer(request.scope, _named(request, failed), failed.headers or {})


async def failed_validation(request: Request, failed: Exception) -> Response:
    """Answer a request whose values are wrong."""
    assert isinstance(failed, RequestValidationError)
    return answer(request.scope, wrong(failed.errors()))


async def failed_unforeseen(request: Request, failed: Exception) -> Response:
    """Answer a bug; where it happened is logged, the caller is told no more than a request's id."""
    bug = SeedbedError(
        expected="no exception that Seedbed does not know",
        got=type(failed).__name__,
        do="It costs nothing. Say the request_id to whoever runs this server.",
    )
    log.error("%s failed by a bug", told(request.scope).request_id)
    return answer(request.scope, bug, {"connection": "close"})  # uvicorn closes it after a bug


HANDLERS: Mapping[Any, Any] = {
    SeedbedError: failed_on_purpose,
    HTTPException: failed_in_starlette,
    RequestValidationError: failed_validation,
    Exception: failed_unforeseen,
}


def malformed(why: str) -> BodyMalformed:
    """Return the error that a body is not JSON."""
    return BodyMalformed(
        expected="a body in JSON (UTF-8)",
        got=why,
        do="Check it with a JSON parser; in a shell, put it in single quotes.",
    )


def invalid(failed: ValidationError, known: Iterable[str] = ()) -> SeedbedError:
    """Return what pydantic found wrong with a body as one of our errors."""
    return wrong(failed.errors(include_url=False, include_input=False), known)


def wrong(found: Sequence[Mapping[str, Any]], known: Iterable[str] = ()) -> SeedbedError:
    """Return the first of pydantic's findings as an error; others are counted.

    Args:
        found: What `ValidationError.errors()` gave.
        known: Names of fields, to name the nearest to an unknown one.
    """
    first = found[0]
    if first["type"] == "json_invalid":
        return malformed(str(first.get("ctx", {}).get("error", first["msg"])))
    where = [str(part) for part in first["loc"]]
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    near = nearest(where[-1], known) if first["type"] == "extra_forbidden" else None
    return RequestWrong(
        expected=_expected(first),
        got=_got(first) + more,
        do=f"Did you mean {near!r}?" if near else "See /openapi.json for what this route takes.",
        where=".".join(where)[:200],
    )


_EXPECTED = {
    "missing": "this field",
    "extra_forbidden": "no such field",
    "string_type": "a string",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_attributes_type": "an object",
    "model_type": "an object",
    "dict_type": "an object",
}


def _expected(finding: Mapping[str, Any]) -> str:
    said = _EXPECTED.get(finding["type"], str(finding["msg"]))
    said = said.removeprefix("Value error, ").removeprefix("Input should be ")
    return said[0].lower() + said[1:]


def _got(finding: Mapping[str, Any]) -> str:
    kind = finding["type"]
    if kind == "missing":
        return "none"
    if kind == "extra_forbidden":
        return repr(str(finding["loc"][-1])[:80])
    return "another value"


def _named(request: Request, failed: HTTPException) -> SeedbedError:
    path = request.scope["path"][:200]
    if failed.status_code == 404:
        return RouteMissing(
            expected="an address that this server knows",
            got=f"{request.method} {path}",
            do="GET /openapi.json lists all there are.",
        )
    if failed.status_code == 405:
        allowed = (failed.headers or {}).get("Allow", "another method")
        return MethodWrong(
            expected=allowed, got=f"{request.method} {path}", do="Use that method there."
        )
    return malformed(str(failed.detail))
