"""`seedbed serve`: the releases of this home as a metered API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli import show

if TYPE_CHECKING:
    from seedbed.serve.server import Started


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0: any free.")] = 8000,
    release: Annotated[
        list[str] | None, typer.Option(help="Load and serve this name alone; may be repeated.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads to compute with. Left out: all.")
    ] = None,
    max_rows: Annotated[int, typer.Option(min=1, help="Most rows of a call.")] = 1024,
    max_body: Annotated[int, typer.Option(min=1024, help="Most bytes of a body.")] = 2 * 1024**2,
    max_queue: Annotated[
        float,
        typer.Option(min=0.01, max=600, help="Most seconds of work that wait; beyond it 429."),
    ] = 4.0,
    log: Annotated[
        str, typer.Option(help="File of the access log; - for stderr, '' for none.")
    ] = "-",
    open_metrics: Annotated[
        bool, typer.Option("--open-metrics", help="Show /metrics without an admin key.")
    ] = False,
    trial: Annotated[
        bool, typer.Option("--trial", help="Make a key on the free plan, to try it with.")
    ] = False,
    json: show.Json = False,
) -> None:
    """Serve releases over HTTP: metered, limited, billed.

    Examples:
        seedbed serve
        seedbed serve --trial
        seedbed serve --host 0.0.0.0 --port 80 --release bank-intents --log access.jsonl
    """
    from seedbed.home import Home
    from seedbed.serve import server
    from seedbed.serve.guard import Bounds
    from seedbed.serve.service import Settings

    bounds, names = Bounds(body=max_body), frozenset(release or ())
    settings = Settings(bounds, max_rows, names, open_metrics, max_queue)
    config = server.Config(host, port, threads, log, trial, settings)
    server.run(Home(), config, _as_json if json else _in_words)


def _as_json(started: Started) -> None:
    show.emit(
        {
            "address": started.address,
            "releases": list(started.releases),
            "admin_key": started.admin_key,
            "key": started.key,
            "curl": started.curl,
        }
    )


def _in_words(started: Started) -> None:
    out = show.out().print
    out(f"Serving {', '.join(started.releases) or 'no release yet'} at {started.address}")
    if not started.releases:
        out("Make one: seedbed tune RECIPE")
    say_admin_key(started)
    if started.key is None:
        out("Make a customer and a key: seedbed keys --help. Then, with it in SEEDBED_KEY:")
    out(started.curl, soft_wrap=True)


def say_admin_key(started: Started) -> None:
    """Say the secret of the admin key, where the server has just made it: nobody can later."""
    if started.admin_key:
        show.out().print(f"Admin key, shown this once: {started.admin_key}", soft_wrap=True)
