"""`seedbed judge`: judges a release again, on other rows if given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import show


def judge(
    release: Annotated[
        str, typer.Argument(help="`name`, `name/3`, `name@latest`, or a release's folder.")
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="Rows to judge on. Left out: what the release was judged on."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.json and report.html.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="Judge the answers of this engine alone (with --data)."),
    ] = None,
    encoding: show.Encoding = None,
    json: show.Json = False,
) -> None:
    """Judge a release again, on other rows if given.

    Examples:

        seedbed judge bank-intents

        seedbed judge bank-intents/3 --data march.csv --out march/

        seedbed judge bank-intents --data march.csv --engine onnx-int8

    The release itself is not changed. Without --data its own verdict is shown again: test rows are
    read once, so nothing could come of reading them twice.
    """
    from seedbed.home import Home
    from seedbed.release import store
    from seedbed.release.rejudge import rejudge, verdict_of, write

    found = store.find(Home(), release)
    if data is None and engine is not None:
        raise typer.BadParameter("it takes the rows of --data", param_hint="--engine")
    report = (
        verdict_of(found)
        if data is None
        else rejudge(found, data, encoding=encoding, engine=engine)
    )
    if out is not None:
        write(report, out)
    if json:
        show.emit(report)
        return
    from seedbed.cli.tune import show_verdict

    show_verdict(report)
    where = out if out is not None else found.folder if data is None else None
    if where is not None:
        show.out().print(f"\nreport   {where / 'report.html'}", soft_wrap=True)
