"""`seedbed plans`: what customers pay by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import books, show

if TYPE_CHECKING:
    from seedbed.ledger.plan import Charge, Plan
    from seedbed.ledger.plans import Published

Name = Annotated[str, typer.Argument(help="The plan's name.")]


def plans(context: typer.Context, *, json: show.Json = False) -> None:
    """List, show and publish price plans.

    Examples:
        seedbed plans
        seedbed plans examples starter > starter.yaml
        seedbed plans publish starter.yaml
        seedbed plans show starter --version 1
    """
    if books.alone(context, json=json):
        list_plans(json=json)


def list_plans(
    *,
    name: Annotated[str | None, typer.Option(help="All versions of this plan.")] = None,
    json: show.Json = False,
) -> None:
    """List the plans, each in its newest version.

    Examples:
        seedbed plans list --name starter
    """
    with books.opened() as ledger:
        found = ledger.plans.list(name=name)
    if json:
        show.emit([_told(one) for one in found])
    elif found:
        show.out().print(_table(found))
    else:
        told = "No plans yet. Begin with an example: seedbed plans examples."
        show.err().print(told, soft_wrap=True)


def show_plan(
    name: Name,
    *,
    version: Annotated[int | None, typer.Option(help="Of the plan; the newest.")] = None,
    json: show.Json = False,
) -> None:
    """Print a plan with every default filled in, as a file that can be published again.

    Examples:
        seedbed plans show starter --version 1
    """
    from seedbed.ledger.plan_file import dump

    with books.opened() as ledger:
        found = ledger.plans.get(name, version)
    if json:
        show.emit(_told(found))
    else:
        show.out().print(dump(found.plan), end="", soft_wrap=True)


def publish(
    file: Annotated[Path, typer.Argument(help="The plan, in YAML or JSON.")],
    *,
    json: show.Json = False,
) -> None:
    """Publish a plan; a changed one becomes the next version, and customers keep the one they have.

    Examples:
        seedbed plans publish starter.yaml
    """
    with books.opened() as ledger:
        made = ledger.plans.publish(file, actor=books.actor())
    books.say(f"{made.name}: version {made.version}", _told(made), json=json)


def examples(
    name: Annotated[str | None, typer.Argument(help="Print this one.")] = None,
    *,
    json: show.Json = False,
) -> None:
    """List the plans that come with Seedbed, or print one to start from.

    Examples:
        seedbed plans examples
        seedbed plans examples prepaid > plan.yaml
    """
    from seedbed.ledger import plan_file

    if name is not None:
        text = plan_file.example(name)
        if json:
            show.emit(plan_file.parse(text).model_dump(mode="json"))
        else:
            show.out().print(text, end="", soft_wrap=True)
        return
    read = {name: plan_file.parse(text) for name, text in plan_file.examples().items()}
    if json:
        show.emit([plan.model_dump(mode="json") for plan in read.values()])
        return
    table = show.table("example", "what it is")
    for name, text in plan_file.examples().items():
        table.add_row(name, text.partition("\n")[0].removeprefix("# "))
    show.out().print(table)


ACTIONS = {"list": list_plans, "show": show_plan, "publish": publish, "examples": examples}


def _told(published: Published) -> dict[str, Any]:
    return books.told(published) | {"plan": published.plan.model_dump(mode="json")}


def _table(found: Any) -> Any:
    table = show.table("plan", "version", "period", "payment", "fee", "charges", right=("fee",))
    for one in found:
        plan = one.plan
        charges = "\n".join(_charge(plan, charge) for charge in plan.charges)
        fee = _amount(plan, plan.fee)
        table.add_row(one.name, str(one.version), plan.period, plan.payment, fee, charges)
    return table


def _charge(plan: Plan, charge: Charge) -> str:
    """Return a charge in a line: `20,000 answers free, then $1.50 / 1,000`."""
    meter = charge.meter.replace("_", " ")
    free = [f"{charge.included:,} {meter} free"] if charge.included else []
    per = "" if charge.per == 1 else f" / {charge.per:,}"
    prices = [f"{_amount(plan, tier.price)}{per}" for tier in charge.tiers]
    named = "" if charge.release == "*" else f"{charge.release}: "
    unit = [] if free else [meter]
    mode = " (volume)" if charge.mode == "volume" else ""
    return (
        named
        + ", then ".join([*free, *prices[:1]])
        + "".join(f", {p}" for p in prices[1:])
        + (f" {unit[0]}" if unit else "")
        + mode
    )


def _amount(plan: Plan, nanos: int) -> str:
    from seedbed.ledger.money import shown_exact

    return shown_exact(nanos, plan.currency)
