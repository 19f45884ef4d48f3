"""What was called: totals, lists, single calls; for customers their own, for admins all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from seedbed.ledger.invoice_page import calls_csv
from seedbed.ledger.usage import By, Wanted
from seedbed.serve.routes.base import Admin, Asking, Caller, Own
from seedbed.serve.routes.billed import CALL, CALLS, TOTALS
from seedbed.serve.routes.fields import Id, Limit, answers_with, read_moment, shown


def _wanted(
    since: Annotated[datetime | None, Query(description="Let in then or later.")] = None,
    until: Annotated[datetime | None, Query(description="Let in before.")] = None,
    release: Annotated[Id | None, Query(description="Of this release's name.")] = None,
    status: Annotated[Id | None, Query(description="That ended so.")] = None,
    key: Annotated[Id | None, Query(description="By this key's id.")] = None,
    invoice: Annotated[Id | None, Query(description="On this invoice.")] = None,
) -> Wanted:
    return Wanted(
        None,
        read_moment(since),
        read_moment(until),
        release,
        status,
        key_id=key,
        invoice_id=invoice,
    )


Filter = Annotated[Wanted, Depends(_wanted)]
Group = Annotated[list[By], Query(description="What to add up by.", max_length=len(get_args(By)))]
Before = Annotated[Id | None, Query(description="`next` of an earlier answer.")]
Whose = Annotated[Id | None, Query(description="Of this customer; of all if left out.")]


@dataclass(frozen=True, slots=True)
class _Of:
    """The calls that are asked for, of one customer or of all."""

    caller: Caller
    wanted: Wanted

    def totals(self, by: Sequence[By]) -> dict[str, Any]:
        found = self.caller.ledger.usage.totals(self.wanted, list(dict.fromkeys(by)))
        return {"data": [shown(row) for row in found]}

    def calls(self, before: str | None, limit: int) -> dict[str, Any]:
        found = self.caller.ledger.usage.calls(self.wanted, before=before, limit=limit)
        following = found[-1]["id"] if len(found) == limit else None
        return {"data": [shown(row) for row in found], "next": following}

    def file(self, customer: str) -> StreamingResponse:
        currency = self.caller.ledger.customers.get(customer).currency
        return as_file(calls_csv(self.caller.ledger.usage.every(self.wanted), currency))


def as_file(lines: Iterator[str]) -> StreamingResponse:
    """Return a table of calls as a file, sent while it is read."""
    name = {"content-disposition": 'attachment; filename="calls.csv"'}
    return StreamingResponse(_many(lines), media_type="text/csv; charset=utf-8", headers=name)


def _many(lines: Iterator[str]) -> Iterator[bytes]:
    """Yield some hundred lines at once."""
    while some := list(islice(lines, 200)):
        yield "".join(some).encode()


def _mine(asking: Asking, wanted: Filter) -> _Of:
    return _Of(asking, _narrowed(wanted, asking.customer))


def _anyone(asking: Asking, wanted: Filter, customer: Whose = None) -> _Of:
    return _Of(asking, _narrowed(wanted, customer))


def _narrowed(wanted: Wanted, customer: str | None) -> Wanted:
    return replace(wanted, customer_id=customer)


Mine = Annotated[_Of, Depends(_mine)]
Anyone = Annotated[_Of, Depends(_anyone)]

own = APIRouter(route_class=Own, tags=["usage"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: usage"])


@own.get("/v1/usage", responses=answers_with(TOTALS))
def usage(of: Mine, by: Group = ["day"]) -> dict[str, Any]:  # noqa: B006
    """Add up your calls, by day, release, status, verb or key."""
    return of.totals(by)


@own.get("/v1/calls", responses=answers_with(CALLS))
def calls(of: Mine, before: Before = None, limit: Limit = 100) -> dict[str, Any]:
    """List your calls, newest first: those that cost nothing too, with the reason."""
    return of.calls(before, limit)


@own.get("/v1/calls.csv", response_class=StreamingResponse)
def calls_file(of: Mine, asking: Asking) -> StreamingResponse:
    """Give your calls as CSV, oldest first."""
    return of.file(asking.customer)


@own.get("/v1/calls/{call_id}", responses=answers_with(CALL))
def call(call_id: Id, asking: Asking) -> dict[str, Any]:
    """Tell what became of one call, and what it cost."""
    return shown(asking.ledger.usage.call(call_id, asking.customer))


@admin.get("/usage", responses=answers_with(TOTALS))
def usage_of(of: Anyone, by: Group = ["day"]) -> dict[str, Any]:  # noqa: B006
    """Add up the calls of a customer, or of all."""
    return of.totals(by)


@admin.get("/calls", responses=answers_with(CALLS))
def calls_of(of: Anyone, before: Before = None, limit: Limit = 100) -> dict[str, Any]:
    """List the calls of a customer, or of all, newest first."""
    return of.calls(before, limit)


@admin.get("/calls.csv", response_class=StreamingResponse)
def calls_file_of(
    customer: Annotated[Id, Query(description="Of this customer.")], asking: Asking, wanted: Filter
) -> StreamingResponse:
    """Give a customer's calls as CSV, oldest first."""
    return _Of(asking, _narrowed(wanted, customer)).file(customer)


@admin.get("/calls/{call_id}", responses=answers_with(CALL))
def call_of(call_id: Id, asking: Asking) -> dict[str, Any]:
    """Tell what became of one call."""
    return shown(asking.ledger.usage.call(call_id))
