"""Documents as JSON, as a page or as a table: by what follows the id, or by `Accept`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from starlette.responses import Response

from seedbed.errors import RouteMissing
from seedbed.ledger import invoice_page as pages
from seedbed.serve.routes.fields import answers_with

Language = Annotated[Literal["en", "zh"] | None, Query(description="The customer's if left out.")]
Accept = Annotated[str | None, Header(description="JSON, or text/html, or text/csv.")]
MEDIA = {"html": "text/html", "csv": "text/csv", "json": "application/json"}
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "x-content-type-options": "nosniff",
    "vary": "accept",
}


def forms(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a route that gives a document such as this."""
    told = answers_with(document, "The document.")
    told[200]["content"] |= {
        "text/html": {"schema": {"type": "string"}},
        "text/csv": {"schema": {"type": "string"}},
    }
    return {"response_class": Response, "responses": told}


def split(name: str, accept: str | None) -> tuple[str, str]:
    """Return an id without its suffix, and the form that is asked for."""
    for form in MEDIA:
        if name.endswith(f".{form}"):
            return name.removesuffix(f".{form}"), form
    return name, form_of("", accept)


def form_of(suffix: str, accept: str | None) -> str:
    """Return the form that a suffix names, or else the first that `Accept` does; JSON if none.

    Raises:
        RouteMissing: the suffix names no form.
    """
    if suffix:
        if suffix[1:] in MEDIA and suffix[0] == ".":
            return suffix[1:]
        raise RouteMissing(
            expected="/v1/invoices/preview with .html, .csv, .json or nothing after it",
            got=repr(suffix[:40]),
            do="GET /openapi.json lists all there are.",
        )
    wanted = [part.partition(";")[0].strip().lower() for part in (accept or "").split(",")]
    return next((form for kind in wanted for form, media in MEDIA.items() if kind == media), "json")


def sent(document: Mapping[str, Any], form: str, language: str | None) -> Response:
    """Return a document in a form, and for people in a language."""
    if form == "html":
        content = pages.html(document, language)
    elif form == "csv":
        content = pages.lines_csv(document, language)
    else:
        content = pages.as_json(document)
    return Response(content, media_type=MEDIA[form], headers=_SAFE)
