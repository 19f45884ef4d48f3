"""`seedbed blueprints`: what a new recipe, or a new venture, can start from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from seedbed.cli import show
from seedbed.recipe.blueprints import Blueprint, known

_ORDER = ("your own", "intents", "finance sentiment", "spam and fraud", "reviews", "the business")


def blueprints(*, json: show.Json = False) -> None:
    """List the blueprints that `seedbed new` starts from.

    Examples:
        seedbed blueprints
        seedbed blueprints --json
    """
    order = [*_ORDER, *sorted({each.vertical for each in known().values()} - {*_ORDER})]
    every = sorted(known().values(), key=lambda each: (order.index(each.vertical), each.name))
    if json:
        show.emit([_told(each) for each in every])
        return
    listed = show.table("for", "blueprint", "what it is", "rows")
    before = ""
    for each in every:
        listed.add_row("" if each.vertical == before else each.vertical, *_row(each))
        before = each.vertical
    show.out().print(listed)


def _row(each: Blueprint) -> tuple[str, str, str]:
    if each.set:
        return each.name, each.about, f"{each.set.name}: {each.set.license}"
    return each.name, each.about, "come with it" if each.sample or each.rows else "yours"


def _told(each: Blueprint) -> dict[str, Any]:
    told = {"name": each.name, "about": each.about, "vertical": each.vertical}
    return told | {"set": asdict(each.set) if each.set else None}
