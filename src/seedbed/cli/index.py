"""`seedbed index`: another collection for a release that finds answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import show


def index(
    release: Annotated[
        str, typer.Argument(help="`name`, `name/3`, `name@latest`, or a release's folder.")
    ],
    file: Annotated[Path, typer.Argument(help="The answers: csv, tsv, jsonl, parquet or Excel.")],
    *,
    column: Annotated[
        str | None, typer.Option(help="Column of the answers. Left out: the recipe's.")
    ] = None,
    json: show.Json = False,
) -> None:
    """Put another collection of answers into a release that searches one.

    Examples:

        seedbed index medical-qa answers.csv

        seedbed index medical-qa/3 faq.jsonl --column reply

    The model stays as it is; releases never change, so a new number is made. Its report keeps the
    figures that were measured on the collection before, and says so: `seedbed judge NAME --data
    FILE` measures on the new one.
    """
    from seedbed.home import Home
    from seedbed.release import store
    from seedbed.release.reindex import reindex

    home = Home()
    with show.progress("Reading the answers") as bar:
        made, answers = reindex(home, store.find(home, release), file, column, tell=bar.advance)
    if json:
        show.emit({"release": f"{made.name}/{made.number}", "answers": answers})
        return
    show.out().print(f"{made.name}/{made.number}  {answers:,} answers")
