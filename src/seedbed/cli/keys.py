"""`seedbed keys`: who may call, and what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, show

if TYPE_CHECKING:
    from seedbed.ledger.key import Key

KeyId = Annotated[str, typer.Argument(help="The key's id, key_….")]


def keys(context: typer.Context, *, json: show.Json = False) -> None:
    """List, make, rotate and revoke keys.

    Examples:
        seedbed keys
        seedbed keys create "Acme GmbH" --release 'bank-*' --verb predict --expires 90
        seedbed keys rotate key_01KAR0Z5T0C8J6W5N8R1V2M3P4 --overlap 24
        seedbed keys revoke key_01KAR0Z5T0C8J6W5N8R1V2M3P4
    """
    if books.alone(context, json=json):
        list_keys(json=json)


def list_keys(
    customer: Annotated[str | None, typer.Argument(help="Only this customer's.")] = None,
    *,
    json: show.Json = False,
) -> None:
    """List keys; their secrets cannot be shown again.

    Examples:
        seedbed keys list "Acme GmbH"
    """
    with books.opened() as ledger:
        if customer is None:
            found = ledger.keys.list(every=True)
        else:
            found = ledger.keys.list(books.customer(ledger, customer).id)
        names = {one.id: one.name for one in ledger.customers.list()}
        now = ledger.clock.now()
    if json:
        show.emit([books.told(key) for key in found])
        return
    table = show.table("key", "secret", "name", "customer", "verbs", "releases", "state")
    for key in found:
        owner = "admin" if key.customer_id is None else names.get(key.customer_id, key.customer_id)
        verbs, releases = ", ".join(key.scopes.verbs), ", ".join(key.scopes.releases)
        table.add_row(key.id, f"{key.prefix}…", key.name, owner, verbs, releases, _state(key, now))
    show.out().print(table)


def create(
    customer: Annotated[str | None, typer.Argument(help="Whose: its name or id.")] = None,
    *,
    admin: Annotated[
        bool, typer.Option("--admin", help="Make an admin key, of no customer.")
    ] = False,
    name: Annotated[str, typer.Option(help="What you call it.")] = "",
    release: Annotated[
        list[str] | None,
        typer.Option(help="A release it may use, NAME or NAME/NUMBER or a pattern; repeat it."),
    ] = None,
    verb: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: predict, embed, feedback or usage; repeat it."),
    ] = None,
    expires: Annotated[int | None, typer.Option(min=1, help="Days until it ends.")] = None,
    json: show.Json = False,
) -> None:
    """Make a key, and print its secret this once.

    Examples:
        seedbed keys create "Acme GmbH" --release 'bank-*' --verb predict
        seedbed keys create --admin --name ci
    """
    if admin == (customer is not None):
        raise typer.BadParameter("name a customer, or give --admin")
    scopes: dict[str, list[str]] = {"verbs": ["admin"]} if admin else {}
    scopes |= {"verbs": verb} if verb else {}
    scopes |= {"releases": release} if release else {}
    with books.opened() as ledger:
        owner = books.customer(ledger, customer).id if customer is not None else None
        ends = None if expires is None else ledger.clock.now() + expires * 86_400_000_000
        made, secret = ledger.keys.create(
            owner, name=name, scopes=scopes, expires_at=ends, actor=books.actor()
        )
    _print(made, secret, json=json)


def rotate(
    key: KeyId,
    *,
    overlap: Annotated[int, typer.Option(min=0, help="Hours that the old one still works.")] = 24,
    json: show.Json = False,
) -> None:
    """Make a key's successor, with the same scopes, and print its secret this once.

    Examples:
        seedbed keys rotate key_01KAR0Z5T0C8J6W5N8R1V2M3P4 --overlap 0
    """
    with books.opened() as ledger:
        made, secret = ledger.keys.rotate(
            key, overlap=timedelta(hours=overlap), actor=books.actor()
        )
    _print(made, secret, json=json)


def revoke(key: KeyId, *, json: show.Json = False) -> None:
    """End a key; servers that run know within two seconds.

    Examples:
        seedbed keys revoke key_01KAR0Z5T0C8J6W5N8R1V2M3P4
    """
    with books.opened() as ledger:
        gone = ledger.keys.revoke(key, actor=books.actor())
    books.say(f"{gone.id}: revoked", books.told(gone), json=json)


ACTIONS = {"list": list_keys, "create": create, "rotate": rotate, "revoke": revoke}


def _print(made: Key, secret: str, *, json: bool) -> None:
    if json:
        show.emit(books.told(made) | {"secret": secret})
        return
    show.out().print(secret, soft_wrap=True)
    show.err().print(f"{made.id}: keep the secret above; it is not to be had again.")


def _state(key: Key, now: int) -> Any:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "valid"
    if not key.valid(now):
        return "expired"
    return f"until {books.when(key.expires_at)}"
