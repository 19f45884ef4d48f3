"""`seedbed traffic`: which release answers whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, show
from seedbed.cli.compared import list_compared

if TYPE_CHECKING:
    from seedbed.ledger.ledger import Ledger
    from seedbed.serve.traffic import Traffic

Name = Annotated[str, typer.Argument(help="The release's name.")]
Some = Annotated[str | None, typer.Argument(help="Only this release's.")]
Number = Annotated[int | None, typer.Argument(help="The release's number.")]
End = Annotated[bool, typer.Option("--end", help="Take it away, instead of giving a number.")]
Reason = Annotated[str, typer.Option(help="Why; the audit log keeps it.")]


def traffic(context: typer.Context, *, json: show.Json = False) -> None:
    """Show and move which release answers: aliases, canary, shadow, pins, roll-back.

    The number is loaded here first, to see that it can be served; a server that runs takes the move
    over within two seconds, once it has loaded and warmed the number itself.

    Examples:
        seedbed traffic
        seedbed traffic canary bank-intents 4 --share 0.05
        seedbed traffic promote bank-intents --reason "better on the new rows"
        seedbed traffic roll-back bank-intents
    """
    if books.alone(context, json=json):
        list_traffic(json=json)


def list_traffic(name: Some = None, *, json: show.Json = False) -> None:
    """List aliases and pins, and how often releases on trial answered as the other did.

    A shadow, a canary and a champion of the last minutes are on trial: copies of some calls, of a
    shadow of all, are answered by both releases. Counted are the rows of the last 24 hours, on all
    servers of the ledger.

    Examples:
        seedbed traffic list bank-intents
    """
    with books.opened() as ledger:
        found = [one for one in _states(ledger) if name in (None, one["release"])]
        customers = {one.id: one.name for one in ledger.customers.list()}
    if json:
        show.emit(found)
        return
    headings = ("release", "who", "number", "share", "agreed, 24 h")
    table = show.table(*headings, right=("number", "share", "agreed, 24 h"))
    for one in found:
        for alias, setting in one["aliases"].items():
            number, share = str(setting["number"]), _percent(setting["share"])
            table.add_row(one["release"], alias, number, share, _agreed(setting))
        for customer, number in one["pins"].items():
            who = f"pin of {customers.get(customer, customer)}"
            table.add_row(one["release"], who, str(number), "", "")
    show.out().print(table)


def moves(
    name: Some = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    json: show.Json = False,
) -> None:
    """List what was moved, by whom and why, newest first.

    Examples:
        seedbed traffic moves bank-intents
    """
    with books.opened() as ledger:
        found = ledger.traffic.rollouts(name, limit=limit)
    if json:
        show.emit([books.told(one) for one in found])
        return
    table = show.table("at", "release", "what", "from", "to", "by", "why", right=("from", "to"))
    for one in found:
        numbers = (
            "" if one[end] is None else str(one[end]) for end in ("from_number", "to_number")
        )
        at, what = books.when(one["at"]), one["action"].replace("_", "-")
        table.add_row(at, one["release"], what, *numbers, one["by"], one["reason"])
    show.out().print(table)


def alias(
    name: Name,
    alias: Annotated[str, typer.Argument(help="champion, or an alias of your own.")],
    number: Number = None,
    *,
    end: End = False,
    reason: Reason = "",
    json: show.Json = False,
) -> None:
    """Point an alias at a number: champion answers whoever asks for no other.

    Examples:
        seedbed traffic alias bank-intents champion 4 --reason "better on the new rows"
        seedbed traffic alias bank-intents staging --end
    """
    target, by = _target(number, end=end), books.actor()
    _move(name, lambda to: to.set_alias(name, alias, target, by=by, reason=reason), json=json)


def canary(
    name: Name,
    number: Number = None,
    *,
    share: Annotated[
        float, typer.Option(help="Of the callers, from 0 to 1; each always or never.")
    ] = 0.05,
    end: End = False,
    reason: Reason = "",
    json: show.Json = False,
) -> None:
    """Give a number a share of the calls, by caller.

    Examples:
        seedbed traffic canary bank-intents 4 --share 0.05
        seedbed traffic canary bank-intents --end
    """
    target, by = _target(number, end=end), books.actor()
    _move(name, lambda to: to.set_canary(name, target, share, by=by, reason=reason), json=json)


def shadow(
    name: Name,
    number: Number = None,
    *,
    end: End = False,
    reason: Reason = "",
    json: show.Json = False,
) -> None:
    """Have a number compute copies of calls, which nobody sees or pays for.

    Examples:
        seedbed traffic shadow bank-intents 4
        seedbed traffic shadow bank-intents --end
    """
    target, by = _target(number, end=end), books.actor()
    _move(name, lambda to: to.set_shadow(name, target, by=by, reason=reason), json=json)


def promote(name: Name, *, reason: Reason = "", json: show.Json = False) -> None:
    """Make the canary the champion.

    Examples:
        seedbed traffic promote bank-intents --reason "better on the new rows"
    """
    _move(name, lambda to: to.promote(name, by=books.actor(), reason=reason), json=json)


def roll_back(name: Name, *, reason: Reason = "", json: show.Json = False) -> None:
    """End the canary; where there is none, bring the champion before back.

    Examples:
        seedbed traffic roll-back bank-intents --reason "complaints since noon"
    """
    _move(name, lambda to: to.roll_back(name, by=books.actor(), reason=reason), json=json)


def pin(
    name: Name,
    customer: books.CustomerName,
    number: Number = None,
    *,
    end: End = False,
    json: show.Json = False,
) -> None:
    """Have a number answer a customer, whatever others get.

    Examples:
        seedbed traffic pin bank-intents "Acme GmbH" 3
        seedbed traffic pin bank-intents "Acme GmbH" --end
    """
    target = _target(number, end=end)
    with books.of(customer) as (_, known):
        pass
    _move(name, lambda to: to.pin(name, known.id, target, by=books.actor()), json=json)


ACTIONS = {
    **{"list": list_traffic, "moves": moves, "alias": alias, "canary": canary, "shadow": shadow},
    **{"promote": promote, "roll-back": roll_back, "pin": pin, "compared": list_compared},
}


def _target(number: int | None, *, end: bool) -> int | None:
    if end == (number is not None):
        raise typer.BadParameter("give a number, or --end")
    return number


def _move(name: str, move: Callable[[Traffic], Awaitable[None]], *, json: bool) -> None:
    """Make a move as a server makes it, and say how the release stands now."""
    import asyncio

    with books.opened() as ledger:
        asyncio.run(_made(ledger, name, move))
        state = next(one for one in _states(ledger) if one["release"] == name)
    aliases = (f"{alias} {one['number']}" for alias, one in state["aliases"].items())
    books.say(f"{name}: {', '.join(aliases)}", state, json=json)


async def _made(ledger: Ledger, name: str, move: Callable[[Traffic], Awaitable[None]]) -> None:
    from seedbed.home import Home
    from seedbed.serve.traffic import Traffic

    whole = Traffic(Home(), ledger.traffic, threads=1, names=[name])
    try:
        await move(whole)
    finally:
        await whole.close()


def _states(ledger: Ledger) -> list[dict[str, Any]]:
    """Return each release's aliases and pins, and how often each answered as the champion did."""
    from seedbed.ledger.clock import DAY
    from seedbed.ledger.comparisons import Agreement

    aliases, pins = ledger.traffic.aliases(), ledger.traffic.pins()
    agreements = ledger.comparisons.since(ledger.clock.now() - DAY)
    keys = ("number", "share", "shadow")

    def beside_champion(name: str, number: int) -> Agreement:
        champion = aliases[name].get("champion", (0,))[0]
        return agreements.get((name, frozenset((champion, number))), Agreement())

    return [
        {
            "release": name,
            "aliases": {
                alias: dict(zip(keys, setting, strict=True))
                | asdict(beside_champion(name, setting[0]))
                for alias, setting in sorted(aliases.get(name, {}).items())
            },
            "pins": {who: number for (who, of), number in sorted(pins.items()) if of == name},
        }
        for name in sorted({*aliases, *(of for _, of in pins)})
    ]


def _agreed(setting: Mapping[str, Any]) -> str:
    """Return in words how often a release answered as the other; nothing where none was asked."""
    agreed, compared = setting["agreed"], setting["compared"]
    return f"{agreed:,} of {compared:,} rows" if compared else ""


def _percent(share: int | None) -> str:
    """Return parts per million in words."""
    return "" if share is None else f"{share / 10_000:g} %"
