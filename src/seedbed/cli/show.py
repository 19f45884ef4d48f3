"""How verbs speak: results on stdout, everything else on stderr, JSON where a program listens."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.table import Table

    from seedbed.errors import SeedbedError

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
"""The type of the parameter `json` that every verb has: `*, json: show.Json = False`."""

RecipePath = Annotated[Path, typer.Argument(help="The recipe, or the folder it is in.")]
"""The type of the parameter `recipe`, by default the folder one is in: `show.RecipePath = HERE`."""
HERE = Path()

Encoding = Annotated[
    str | None, typer.Option(help="The file's encoding, such as cp1252. Left out: it is found.")
]
"""The type of the parameter `encoding` of verbs that read rows, by default None."""

PATIENCE = 2.0
"""Seconds that work may take before it shows a bar."""


@cache
def out() -> Console:
    """Return the console of results (stdout); its texts are printed as they are, not as markup."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """Return the console of progress, notes and errors (stderr)."""
    return _console(stderr=True)


def emit(value: Any) -> None:
    """Print one JSON document on one line of stdout, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def table(*headings: str, right: Collection[str] = ()) -> Table:
    """Return an empty table in the style of all verbs; `right` names the columns of numbers."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, justify="right" if heading in right else "left")
    return made


class Bar:
    """A progress bar with the time left; it shows on a terminal, after `PATIENCE` seconds.

    Args:
        what: What is being done, such as "Answering".
        total: Steps in all; None where nobody knows.
    """

    def __init__(self, what: str, total: float | None) -> None:
        self.what = what
        self.total = total
        self.done = 0.0
        self._began = time.monotonic()
        self._shown: tuple[Progress, TaskID] | None = None

    def advance(self, steps: float = 1) -> None:
        """Say that some more steps are done."""
        self.done += steps
        self._refresh()

    def say(self, what: str, *, total: float | None = None) -> None:
        """Change what is being done, and how many steps it has where that is given."""
        self.what = what
        self.total = self.total if total is None else total
        self._refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._shown[0].stop()
            self._shown = None

    def _refresh(self) -> None:
        if self._shown is None:
            if not err().is_terminal or time.monotonic() - self._began < PATIENCE:
                return
            self._shown = self._start()
        shown, task = self._shown
        shown.update(task, completed=self.done, total=self.total, description=self.what)

    def _start(self) -> tuple[Progress, TaskID]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
        shown = Progress(*columns, console=err(), transient=True)
        shown.start()
        return shown, shown.add_task(self.what, total=self.total)


@contextmanager
def progress(what: str, total: float | None = None) -> Iterator[Bar]:
    """Give a `Bar` for a piece of work: `with progress("Answering", rows) as bar: ...`."""
    bar = Bar(what, total)
    try:
        yield bar
    finally:
        bar.close()


def error(failed: SeedbedError) -> None:
    """Lay an error out on stderr: its code and title, then where, expected, got and what to do."""
    from rich.table import Table
    from rich.text import Text

    said = failed.as_dict()
    err().print(Text.assemble((f"{said['code']} ", "bold red"), (said["title"], "bold")))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for key in ("where", "expected", "got", "do"):
        if said[key]:
            grid.add_row(f"  {key}", Text(said[key], style="bold" if key == "do" else ""))
    err().print(grid)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 120
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)
