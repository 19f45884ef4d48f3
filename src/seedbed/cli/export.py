"""`seedbed export`: a release as one file for llama.cpp."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli import show


def export(
    release: Annotated[
        str, typer.Argument(help="`name`, `name/3`, `name@latest`, or a release's folder.")
    ],
    file: Annotated[Path, typer.Argument(help="The GGUF file to write, such as model.gguf.")],
    *,
    json: show.Json = False,
) -> None:
    """Write a release that writes answers as one GGUF file, which llama.cpp runs.

    Examples:

        seedbed export house-style house-style.gguf

        llama-server -m house-style.gguf

    Weights in 8 bits (Q8_0), tokenizer and chat template are in the file. The recipe's system
    prompt is not: callers say it. It takes a model of Llama's architecture, such as smollm2. Other
    releases are used without Seedbed by the lines at the end of their card.md.
    """
    from seedbed.home import Home
    from seedbed.release import gguf, store

    found = store.find(Home(), release)
    with show.progress("Writing the weights") as bar:

        def tell(done: int, total: int) -> None:
            bar.say(bar.what, total=total)
            bar.advance()

        gguf.export(found.folder, file, tell=tell)
    named = f"{found.name}/{found.number}"
    if json:
        show.emit({"release": named, "file": str(file), "bytes": file.stat().st_size})
        return
    show.out().print(f"{named}  {file}  {file.stat().st_size / 1e6:.1f} MB", soft_wrap=True)
