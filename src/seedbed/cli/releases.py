"""`seedbed releases`: the releases in this home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seedbed.cli import show


def releases(
    name: Annotated[str | None, typer.Argument(help="Only the releases of this name.")] = None,
    *,
    json: show.Json = False,
) -> None:
    """List the releases in this home.

    Examples:
        seedbed releases
        seedbed releases bank-intents --json
    """
    from seedbed.home import Home
    from seedbed.release import store

    home = Home()
    found = [_line(folder) for folder in store.folders(home, name)]
    if name is not None and not found:
        raise store.missing(home, name)
    if json:
        show.emit(found)
    elif found:
        show.out().print(_table(found))
    else:
        told = f"No releases in {home.releases} yet. Make one: seedbed tune RECIPE."
        show.err().print(told, soft_wrap=True)


def _line(folder: Path) -> dict[str, Any]:
    """Return what is to be known of a release; of a damaged one, no more than that it is."""
    from seedbed.errors import ReleaseError
    from seedbed.release import store

    known: dict[str, Any] = {"release": f"{folder.parent.name}/{folder.name}"}
    try:
        release = store.opened(folder)
        report, gate = release.read("report.json"), release.read("gate.json")
    except ReleaseError as failed:
        return known | {"damaged": str(failed)}
    metric = report["metrics"][report["metric"]]
    kept = [row["engine"] for row in gate["engines"] if row["kept"]]
    return known | {
        "verdict": report["verdict"]["say"],
        "metric": report["metric"],
        **{key: metric[key] for key in ("value", "low", "high")},
        "rung": report["rung"],
        "bytes": release.bytes,
        "engines": {"latency": gate["latency"], "throughput": gate["throughput"], "kept": kept},
        "parent": release.manifest["parent"],
        "made": release.manifest["made"],
    }


def _table(found: list[dict[str, Any]]) -> Any:

    table = show.table(
        "release", "verdict", "metric", "rung", "MB", "one row / many rows", "made", right=("MB",)
    )
    for one in found:
        if "damaged" in one:
            table.add_row(one["release"], "damaged", one["damaged"])
            continue
        spread = f"{one['value']:.4f} ({one['low']:.4f} to {one['high']:.4f})"
        engines = one["engines"]
        table.add_row(
            one["release"],
            one["verdict"],
            f"{one['metric']} {spread}",
            one["rung"],
            f"{one['bytes'] / 1e6:.1f}",
            f"{engines['latency']} / {engines['throughput']}",
            one["made"].replace("T", " ").removesuffix("Z"),
        )
    return table
