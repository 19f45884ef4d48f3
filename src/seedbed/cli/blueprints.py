"""`seedbed blueprints`: what a new recipe, or a new venture, can start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from seedbed.cli import show
from seedbed.errors import KindUnknown
from seedbed.recipe import nearest


@dataclass(frozen=True)
class Blueprint:
    """A starting point: values for a recipe, and rows to run it on at once where it has any.

    Attributes:
        name: What `--blueprint` takes.
        about: One line.
        recipe: The values that it sets; the rest are defaults.
        sample: Name of a sample (see `seedbed.cli.samples`) that becomes `train.csv`.
        rows: Name of a CSV file beside the blueprint that becomes `train.csv`.
        venture: Name of a text beside the blueprint that becomes `venture.yaml`; no recipe then.
    """

    name: str
    about: str
    recipe: dict[str, Any] = field(default_factory=dict, hash=False)
    sample: str | None = None
    rows: str | None = None
    venture: str | None = None


def folder() -> Path:
    """Return the folder where the blueprints lie, one YAML file each."""
    return Path(str(files("seedbed"))) / "blueprints"


@cache
def known() -> dict[str, Blueprint]:
    """Return all blueprints by name."""
    return {
        path.stem: Blueprint(name=path.stem, **yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder().glob("*.yaml"))
    }


def find(name: str) -> Blueprint:
    """Return a blueprint.

    Raises:
        KindUnknown: there is none of that name; the nearest is named.
    """
    if name not in known():
        near = nearest(name, known())
        raise KindUnknown(
            expected=f"one of {', '.join(known())}",
            got=repr(name),
            do=f"Did you mean {near!r}?" if near else "List them: seedbed blueprints.",
            where="--blueprint",
        )
    return known()[name]


def blueprints(*, json: show.Json = False) -> None:
    """List the blueprints that `seedbed new` starts from.

    Examples:
        seedbed blueprints
        seedbed blueprints --json
    """
    if json:
        show.emit([{"name": each.name, "about": each.about} for each in known().values()])
        return
    listed = show.table("blueprint", "what it is")
    for each in known().values():
        listed.add_row(each.name, each.about)
    show.out().print(listed)
