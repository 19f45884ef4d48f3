"""`seedbed customers`: who is served, by which plan, with what credit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, personal, show, terms
from seedbed.cli.books import CustomerName

if TYPE_CHECKING:
    from seedbed.ledger.ledger import Ledger

Language = Annotated[str | None, typer.Option(help="Of its invoices: en or zh.")]
Email = Annotated[str | None, typer.Option(help="Where its invoices go.")]
Address = Annotated[str | None, typer.Option(help="For its invoices; lines separated by ';'.")]
TaxId = Annotated[str | None, typer.Option(help="For its invoices, such as a VAT number.")]
KeepTexts = Annotated[int | None, typer.Option(min=0, help="Days to keep its texts; 0 keeps none.")]
SpendCap = Annotated[
    str | None, typer.Option(help="Most that its calls of a period may cost; 'none' for no cap.")
]


def customers(context: typer.Context, *, json: show.Json = False) -> None:
    """List, make and change customers; plans, credit and personal data.

    Examples:
        seedbed customers
        seedbed customers create "Acme GmbH" --plan starter --email billing@acme.example
        seedbed customers subscribe "Acme GmbH" graduated --when now
        seedbed customers credit "Acme GmbH" 100.00 --reference payment-17
        seedbed customers export "Acme GmbH" --out acme.zip
    """
    if books.alone(context, json=json):
        list_customers(json=json)


def list_customers(*, json: show.Json = False) -> None:
    """List the customers with their plans and their credit.

    Examples:
        seedbed customers list --json
    """
    with books.opened() as ledger:
        found = [_told(ledger, one.id) for one in ledger.customers.list()]
    if json:
        show.emit(found)
        return
    if not found:
        told = 'No customers yet. Make one: seedbed customers create "Acme GmbH" --plan starter.'
        show.err().print(told, soft_wrap=True)
        return
    table = show.table("name", "id", "plan", "credit", "since", right=("credit",))
    for one in found:
        credit = f"{one['credit']['credit']} {one['currency']}"
        table.add_row(one["name"], one["id"], _plan(one), credit, one["made_at"][:10])
    show.out().print(table)


def create(
    name: Annotated[str, typer.Argument(help="What invoices call it.")],
    *,
    plan: Annotated[str | None, typer.Option(help="Put it on this plan at once.")] = None,
    email: Email = None,
    language: Language = None,
    currency: Annotated[
        str | None, typer.Option(help="In which it pays; the plan's, or USD.")
    ] = None,
    address: Address = None,
    tax_id: TaxId = None,
    keep_texts: KeepTexts = None,
    spend_cap: SpendCap = None,
    json: show.Json = False,
) -> None:
    """Make a customer.

    Examples:
        seedbed customers create "Acme GmbH" --plan starter --language en
    """
    changes = _changes(email, language, address, tax_id, keep_texts, spend_cap, {})
    with books.opened() as ledger:
        wanted = ledger.plans.get(plan) if plan else None
        pays = currency or (wanted.plan.currency if wanted else "USD")
        made = ledger.customers.create(name, currency=pays, actor=books.actor(), **changes)
        if plan is not None:
            ledger.subscriptions.subscribe(made.id, plan, actor=books.actor())
        found = _told(ledger, made.id)
    _print(found, json=json)
    if not json:
        show.err().print(f"Next, a key: seedbed keys create {made.id}")


def show_customer(customer: CustomerName, *, json: show.Json = False) -> None:
    """Show a customer: its plan, its credit, what is set for it.

    Examples:
        seedbed customers show "Acme GmbH"
    """
    with books.of(customer) as (ledger, known):
        found = _told(ledger, known.id)
    _print(found, json=json)


def change(
    customer: CustomerName,
    *,
    name: Annotated[str | None, typer.Option(help="What invoices call it.")] = None,
    email: Email = None,
    language: Language = None,
    address: Address = None,
    tax_id: TaxId = None,
    keep_texts: KeepTexts = None,
    spend_cap: SpendCap = None,
    json: show.Json = False,
) -> None:
    """Change what is set for a customer; what is left out stays.

    Examples:
        seedbed customers change "Acme GmbH" --spend-cap 250.00 --keep-texts 30
    """
    with books.of(customer) as (ledger, known):
        changes = _changes(
            email, language, address, tax_id, keep_texts, spend_cap, dict(known.settings)
        )
        changes |= {"name": name} if name is not None else {}
        ledger.customers.change(known.id, actor=books.actor(), **changes)
        found = _told(ledger, known.id)
    _print(found, json=json)


def _changes(
    email: str | None,
    language: str | None,
    address: str | None,
    tax_id: str | None,
    keep_texts: int | None,
    spend_cap: str | None,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Return what was given on the command line, as the store takes it."""
    found: dict[str, Any] = {"email": email, "language": language}
    found = {key: value for key, value in found.items() if value is not None}
    if keep_texts is not None:
        found["keep_texts_days"] = keep_texts or None
    if spend_cap is not None:
        found["spend_cap"] = None if spend_cap == "none" else books.nanos(spend_cap)
    if address is not None:
        settings["address"] = [line.strip() for line in address.split(";")]
    if tax_id is not None:
        settings["tax_id"] = tax_id
    return found | ({"settings": settings} if address is not None or tax_id is not None else {})


def _told(ledger: Ledger, customer: str) -> dict[str, Any]:
    found = books.told(ledger.customers.get(customer))
    held = ledger.subscriptions.current(customer)
    plan = None
    if held is not None:
        published = ledger.plans.by_id(held.plan_id)
        plan = {"name": published.name, "version": published.version}
        plan |= books.told({"from_at": held.from_at, "until_at": held.until_at})
    return found | {"plan": plan, "credit": books.told(ledger.credits.balance(customer))}


def _plan(found: dict[str, Any]) -> str:
    plan = found["plan"]
    return f"{plan['name']} {plan['version']}" if plan else "none"


def _print(found: dict[str, Any], *, json: bool) -> None:
    if json:
        show.emit(found)
        return
    table = show.table("", "")
    table.show_header = False
    credit, cap = found["credit"], found["spend_cap"]
    lines = {
        **{"name": found["name"], "id": found["id"], "plan": _plan(found)},
        "credit": f"{credit['credit']} {found['currency']}, {credit['held']} held",
        "email": found["email"],
        "language": found["language"],
        "spending cap": cap or "none",
        "texts kept": f"{found['keep_texts_days']} days" if found["keep_texts_days"] else "no",
        "since": found["made_at"][:10],
    }
    for key, value in lines.items():
        table.add_row(key, value)
    show.out().print(table)


ACTIONS = {
    **{"list": list_customers, "create": create, "show": show_customer, "change": change},
    **{"subscribe": terms.subscribe, "cancel": terms.cancel, "credit": terms.credit},
    **{"export": personal.export, "erase": personal.erase},
}
