"""Invoices, previews and credit notes: as JSON, a page or a table, by `Accept` or by suffix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from seedbed.ledger import invoice_page as pages
from seedbed.ledger.invoice import Invoice
from seedbed.ledger.money import to_nanos
from seedbed.ledger.seller import Seller
from seedbed.ledger.usage import PUBLIC, Wanted
from seedbed.serve.routes.base import Admin, Asking, Caller, Own, body_of
from seedbed.serve.routes.billed import (
    DRAFT,
    INVOICE,
    INVOICED,
    ISSUED,
    LINE,
    LISTED,
    NOTE,
    PREVIEW,
    SELLER,
)
from seedbed.serve.routes.fields import (
    Id,
    Limit,
    Moment,
    Money,
    Strict,
    Text,
    answers_with,
    example,
    shown,
)
from seedbed.serve.routes.forms import Accept, Language, form_of, forms, sent, split
from seedbed.serve.routes.usage import as_file

Before = Annotated[
    Id | None,
    Query(pattern=r"^inv_[0-9a-f]{26}$", description="`next` of an earlier answer."),
]
Position = Annotated[int | None, Query(ge=1, le=10**6, description="Of one line alone.")]
After = Annotated[Id | None, Query(description="`next` of an earlier answer.")]


class Drafting(Strict):
    """Which period is to be drafted."""

    model_config = example({"at": 1793404800000000})

    at: Moment = Field(description="A moment in it, in µs since the epoch.")


class Note(Strict):
    """What of an invoice is taken back."""

    model_config = example({"reason": "an outage on the 3rd", "lines": {"1": "5.00"}})

    reason: Text = Field(min_length=1, max_length=500, description="The note prints it.")
    lines: dict[Annotated[str, Field(pattern=r"^[1-9]\d{0,5}$")], Money] | None = Field(
        None, description="Amounts by the line's position; all that is left if left out."
    )
    to_credit: bool = Field(default=False, description="Add it to the credit.")


own = APIRouter(route_class=Own, tags=["invoices"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: invoices"])
_invoiced, _previewed, _noted = forms(INVOICE), forms(PREVIEW), forms(NOTE)


@own.get("/v1/invoices", responses=answers_with(LISTED))
def invoices(asking: Asking, before: Before = None, limit: Limit = 100) -> dict[str, Any]:
    """List your invoices, the latest period first."""
    return _listed(asking, asking.customer, None, before, limit)


@own.get("/v1/invoices/preview{suffix}", **_previewed)
@own.get("/v1/invoices/preview", **_previewed)
def preview(
    asking: Asking, accept: Accept = None, language: Language = None, suffix: str = ""
) -> Response:
    """Tell what the period under way comes to so far."""
    document = asking.ledger.invoices.preview(asking.customer)
    return sent(document, form_of(suffix, accept), language)


@own.get("/v1/invoices/{invoice}", **_invoiced)
def invoice(
    invoice: Id, asking: Asking, accept: Accept = None, language: Language = None
) -> Response:
    """Give one of your invoices; `.html`, `.csv` or `.json` may follow its id."""
    name, form = split(invoice, accept)
    return sent(asking.ledger.invoices.get(name, asking.customer).body, form, language)


@own.get("/v1/invoices/{invoice}/calls", responses=answers_with(INVOICED))
def invoiced_calls(
    invoice: Id, asking: Asking, position: Position = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """List the calls that one of your invoices, or a line of it, is made of."""
    asking.ledger.invoices.get(invoice, asking.customer)
    return _calls(asking, invoice, position, after, limit)


@own.get("/v1/invoices/{invoice}/calls.csv", response_class=Response)
def invoiced_calls_file(invoice: Id, asking: Asking) -> Response:
    """Give the calls of one of your invoices as CSV."""
    return _calls_file(asking, asking.ledger.invoices.get(invoice, asking.customer))


@own.get("/v1/credit-notes", responses=answers_with({"data": [ISSUED]}))
def credit_notes(asking: Asking) -> dict[str, Any]:
    """List your credit notes."""
    found = asking.ledger.credit_notes.list(customer_id=asking.customer)
    return {"data": [shown(note) for note in found]}


@own.get("/v1/credit-notes/{note}", **_noted)
def credit_note(
    note: Id, asking: Asking, accept: Accept = None, language: Language = None
) -> Response:
    """Give one of your credit notes; `.html`, `.csv` or `.json` may follow its id."""
    name, form = split(note, accept)
    found = asking.ledger.credit_notes.get(name, asking.customer)
    return sent(found.body, form, language)


@admin.get("/invoices", responses=answers_with(LISTED))
def invoices_of(
    asking: Asking,
    customer: Annotated[Id | None, Query(description="Whose; all if left out.")] = None,
    status: Literal["draft", "final"] | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """List invoices, the latest period first."""
    return _listed(asking, customer, status, before, limit)


@admin.post("/invoices/close-due", responses=answers_with({"data": [LINE]}))
def close_due(asking: Asking) -> dict[str, Any]:
    """Write the invoices of all periods that are over."""
    made = asking.ledger.invoices.close_due(actor=asking.actor)
    return {"data": [_line(one) for one in made]}


@admin.get("/invoices/{invoice}", **_invoiced)
def invoice_of(
    invoice: Id, asking: Asking, accept: Accept = None, language: Language = None
) -> Response:
    """Give an invoice; `.html`, `.csv` or `.json` may follow its id."""
    name, form = split(invoice, accept)
    return sent(asking.ledger.invoices.get(name).body, form, language)


@admin.get("/invoices/{invoice}/calls", responses=answers_with(INVOICED))
def invoiced_calls_of(
    invoice: Id, asking: Asking, position: Position = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """List the calls that an invoice, or a line of it, is made of."""
    return _calls(asking, invoice, position, after, limit)


@admin.get("/invoices/{invoice}/calls.csv", response_class=Response)
def invoiced_calls_file_of(invoice: Id, asking: Asking) -> Response:
    """Give the calls of an invoice as CSV."""
    return _calls_file(asking, asking.ledger.invoices.get(invoice))


@admin.post("/invoices/{invoice}/finalize", responses=answers_with(LINE))
def finalize(invoice: Id, asking: Asking) -> dict[str, Any]:
    """Make a draft final: it gets its number, and never changes any more."""
    return _line(asking.ledger.invoices.finalize(invoice, actor=asking.actor))


@admin.post(
    "/invoices/{invoice}/credit-notes",
    status_code=201,
    responses={201: answers_with(ISSUED)[200]},
)
def issue_note(invoice: Id, note: Note, asking: Asking) -> dict[str, Any]:
    """Take back lines of a final invoice."""
    lines = note.lines
    made = asking.ledger.credit_notes.issue(
        invoice,
        None if lines is None else {int(key): to_nanos(value) for key, value in lines.items()},
        reason=note.reason,
        to_credit=note.to_credit,
        actor=asking.actor,
    )
    return shown(made)


@admin.get("/credit-notes", responses=answers_with({"data": [ISSUED]}))
def credit_notes_of(
    asking: Asking,
    invoice: Annotated[Id | None, Query(description="Of one invoice.")] = None,
    customer: Annotated[Id | None, Query(description="Of one customer.")] = None,
) -> dict[str, Any]:
    """List credit notes."""
    found = asking.ledger.credit_notes.list(invoice, customer_id=customer)
    return {"data": [shown(note) for note in found]}


@admin.get("/credit-notes/{note}", **_noted)
def credit_note_of(
    note: Id, asking: Asking, accept: Accept = None, language: Language = None
) -> Response:
    """Give a credit note; `.html`, `.csv` or `.json` may follow its id."""
    name, form = split(note, accept)
    return sent(asking.ledger.credit_notes.get(name).body, form, language)


@admin.get("/customers/{customer}/preview", **_previewed)
def preview_of(
    customer: Id, asking: Asking, accept: Accept = None, language: Language = None
) -> Response:
    """Tell what a customer's period under way comes to so far."""
    document = asking.ledger.invoices.preview(customer)
    return sent(document, form_of("", accept), language)


@admin.post(
    "/customers/{customer}/invoices", status_code=201, responses={201: answers_with(DRAFT)[200]}
)
def draft(customer: Id, wanted: Drafting, asking: Asking) -> dict[str, Any]:
    """Write the draft for a period that is over."""
    return _line(asking.ledger.invoices.draft(customer, wanted.at, actor=asking.actor))


@admin.get("/seller", responses=answers_with(SELLER))
def seller(asking: Asking) -> dict[str, Any]:
    """Tell who sends the invoices."""
    return asking.ledger.sellers.get().model_dump(mode="json")


@admin.put("/seller", responses=answers_with(SELLER), openapi_extra=body_of(Seller, SELLER))
def set_seller(wanted: Seller, asking: Asking) -> dict[str, Any]:
    """Set who sends the invoices from now on."""
    return asking.ledger.sellers.set(wanted, actor=asking.actor).model_dump(mode="json")


def _listed(
    asking: Caller, customer: str | None, status: str | None, before: str | None, limit: int
) -> dict[str, Any]:
    found = asking.ledger.invoices.list(customer, status=status, before=before, limit=limit)
    following = found[-1].id if len(found) == limit else None
    return {"data": [_line(one) for one in found], "next": following}


def _line(found: Invoice) -> dict[str, Any]:
    told = shown(found)
    del told["body"]
    return told


def _calls(
    asking: Caller, invoice: str, position: int | None, after: str | None, limit: int
) -> dict[str, Any]:
    found = asking.ledger.invoices.calls(invoice, position, after=after or "", limit=limit)
    following = found[-1].id if len(found) == limit else None
    return {"data": [shown(_public(row._asdict())) for row in found], "next": following}


def _calls_file(asking: Caller, found: Invoice) -> Response:
    wanted = Wanted(customer_id=found.customer_id, invoice_id=found.id)
    return as_file(pages.calls_csv(asking.ledger.usage.every(wanted), found.currency))


def _public(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in PUBLIC}
