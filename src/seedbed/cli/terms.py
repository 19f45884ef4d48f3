"""`seedbed customers subscribe`, `cancel` and `credit`: by which plan, with what credit."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from seedbed.cli import books, show
from seedbed.cli.books import CustomerName


class When(StrEnum):
    """When a change of plan takes effect."""

    now = "now"
    next = "next"


class Kind(StrEnum):
    """What an entry of credit is."""

    top_up = "top-up"
    grant = "grant"
    refund = "refund"
    expire = "expire"


def subscribe(
    customer: CustomerName,
    plan: Annotated[str, typer.Argument(help="The plan's name.")],
    *,
    version: Annotated[int | None, typer.Option(help="Of the plan; the newest.")] = None,
    when: Annotated[
        When, typer.Option(help="A change of plan: when the period ends, or at once.")
    ] = When.next,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Count a first plan's periods from this day (UTC), today or before.",
        ),
    ] = None,
    json: show.Json = False,
) -> None:
    """Put a customer on a plan; a first plan begins at once.

    Examples:
        seedbed customers subscribe "Acme GmbH" graduated --when now
        seedbed customers subscribe "Acme GmbH" starter --start 2026-10-01
    """
    with books.of(customer) as (ledger, known):
        made = ledger.subscriptions.subscribe(
            known.id,
            plan,
            version=version,
            when=when.value,
            start=books.moment(start),
            actor=books.actor(),
        )
    books.say(
        f"{known.name}: {plan} from {books.when(made.from_at)} UTC",
        {"customer": known.id, **books.told(made), "plan": plan},
        json=json,
    )


def cancel(
    customer: CustomerName,
    *,
    when: Annotated[When, typer.Option(help="When the period ends, or at once.")] = When.next,
    json: show.Json = False,
) -> None:
    """End a customer's plan; without one its calls are refused.

    Examples:
        seedbed customers cancel "Acme GmbH"
    """
    with books.of(customer) as (ledger, known):
        end = ledger.subscriptions.cancel(known.id, when=when.value, actor=books.actor())
    books.say(
        f"{known.name}: no plan from {books.when(end)} UTC",
        books.told({"customer": known.id, "until_at": end}),
        json=json,
    )


def credit(
    customer: CustomerName,
    amount: Annotated[
        str | None, typer.Argument(help="In the customer's currency; none lists the entries.")
    ] = None,
    *,
    kind: Annotated[
        Kind, typer.Option(help="Paid in, given, paid back, or taken away as expired.")
    ] = Kind.top_up,
    reference: Annotated[
        str | None, typer.Option(help="Such as the payment's id; it is entered once.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
    json: show.Json = False,
) -> None:
    """Enter credit of a customer, or list its entries.

    Examples:
        seedbed customers credit "Acme GmbH" 100.00 --reference payment-17
        seedbed customers credit "Acme GmbH" 25 --kind grant --note "welcome"
        seedbed customers credit "Acme GmbH"
    """
    entered = None if amount is None else books.nanos(amount)
    with books.of(customer) as (ledger, known):
        if entered is not None:
            enter = getattr(ledger.credits, kind.name)
            told = {"reference": reference, "note": note, "actor": books.actor()}
            enter(known.id, entered, **told)
        entries = ledger.credits.list(known.id, limit=1 if entered is not None else 100)
        balance = ledger.credits.balance(known.id)
    found = books.told(balance) | {"free": books.told({"free": balance.free})["free"]}
    if json:
        show.emit({"balance": found, "entries": [books.told(entry) for entry in entries]})
        return
    table = show.table("when", "kind", "amount", "reference", "note", right=("amount",))
    for entry in entries:
        line = books.told(entry)
        table.add_row(books.when(entry.at), entry.kind, line["amount"], entry.reference, entry.note)
    show.out().print(table)
    show.out().print(f"{known.name}: {found['credit']} {known.currency}, {found['held']} held")
