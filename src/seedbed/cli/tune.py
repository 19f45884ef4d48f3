"""`seedbed tune`: from a recipe to a judged release."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed import recipe as recipes
from seedbed.cli import show
from seedbed.errors import WrongValue
from seedbed.home import Home
from seedbed.recipe import Recipe

if TYPE_CHECKING:
    from seedbed.release.store import Release

UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0}


def tune(
    recipe: show.RecipePath = show.HERE,
    *,
    budget: Annotated[
        str | None, typer.Option(help="Time for it all, such as 90s, 10m or 2h.")
    ] = None,
    upto: Annotated[str | None, typer.Option(help="Climb no rung above this one.")] = None,
    only: Annotated[str | None, typer.Option(help="Climb this rung alone.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest run.")] = False,
    json: show.Json = False,
) -> None:
    """Climb the ladder, judge what it found, and make a release.

    Examples:

        seedbed tune

        seedbed tune recipe.yaml --budget 8m --upto top

        seedbed tune recipe.yaml --resume

    With --json each event of the run is a line of JSON; the last one tells the release's folder.
    """
    changes: dict[str, Any] = {}
    if budget is not None:
        changes["budget.minutes"] = minutes(budget)
    if upto is not None:
        changes["ladder.upto"] = upto
    if only is not None:
        changes["ladder.only"] = only
    read = recipes.load(recipe)
    release = run(recipes.override(read, changes) if changes else read, resume=resume, json=json)
    if not json:
        report(release)


def minutes(text: str) -> float:
    """Return the minutes that `90s`, `10m`, `2h` or a plain number of minutes mean."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "m")
    try:
        found = float(number) * UNITS[unit]
    except ValueError:
        found = 0.0
    if not found > 0:
        raise WrongValue(
            expected="a time such as 90s, 10m or 2h",
            got=repr(text),
            do="Give --budget a number and a unit.",
            where="--budget",
        )
    return found


def run(recipe: Recipe, *, resume: bool, json: bool) -> Release:
    """Make a release, drawing on the terminal or printing events as JSON lines."""
    from seedbed.cli.watch import Watch
    from seedbed.release.build import build
    from seedbed.tune.events import Events, Lines
    from seedbed.tune.pause import stoppable

    watch = Watch()
    try:
        with stoppable():
            events = Events(Lines(sys.stdout) if json else watch)
            return build(recipe, Home(), events, resume=resume)
    finally:
        watch.close()


def report(release: Release) -> None:
    """Print the verdict on a release, its reasons, and where to look."""
    show_verdict(release.read("report.json"))
    console = show.out()
    # Not wrapped: a path with a line break in it can be neither clicked nor copied.
    console.print(f"\nreport   {release.folder / 'report.html'}", soft_wrap=True)
    asked = "--file rows.csv" if release.manifest["task"].startswith("tabular") else '"a text"'
    console.print(f"answers  seedbed predict {release.name} {asked}", soft_wrap=True)


def show_verdict(told: Mapping[str, Any]) -> None:
    """Print a report's verdict and reasons."""
    console = show.out()
    value = told["metrics"][told["metric"]]
    say = told["verdict"]["say"]
    console.print()
    console.print(
        f"{say.upper()}  {told['name']}/{told['number']}: {told['rung']}, {told['metric']} "
        f"{value['value']:.4f} ({value['low']:.4f} to {value['high']:.4f}) on "
        f"{told['data']['test']:,} test rows, {told['seconds']:.0f} s",
        style="bold green" if say == "ship" else "bold yellow",
    )
    for reason in told["verdict"]["reasons"]:
        mark = "✘" if not reason["passed"] else "!" if reason["warning"] else "✔"
        console.print(f"  {mark} {reason['said']['en']}")
