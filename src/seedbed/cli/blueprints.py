"""`seedbed blueprints`: what a new recipe, or a new venture, can start from."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from seedbed.cli import show
from seedbed.errors import KindUnknown
from seedbed.recipe import nearest


@dataclass(frozen=True)
class DataSet:
    """A published set of rows that a blueprint is made for.

    Attributes:
        name: What its publishers call it.
        folder: Where it lies in `SEEDBED_DATA`.
        files: Key of the recipe's data → file.
        url: Where it can be had.
        license: As its publishers state it.
        columns: How its columns and labels became those of the recipe.
    """

    name: str
    folder: str
    files: dict[str, str] = field(hash=False)
    url: str
    license: str
    columns: str

    def here(self) -> Path | None:
        """Return its folder on this machine, if `SEEDBED_DATA` has it."""
        root = os.environ.get("SEEDBED_DATA")
        found = Path(root) / self.folder if root else None
        return found if found and found.is_dir() else None


@dataclass(frozen=True)
class Blueprint:
    """A starting point: values for a recipe, and rows to run it on at once where it has any.

    Attributes:
        name: What `--blueprint` takes.
        about: One line.
        vertical: What it is for; the list is by it.
        recipe: The values that it sets; the rest are defaults.
        sample: Name of a sample (see `seedbed.cli.samples`) that becomes `train.csv`.
        rows: Name of a CSV file beside the blueprint that becomes `train.csv`.
        set: A published set that it is made for.
        notes: Comments for the head of the recipe.
        venture: Name of a text beside the blueprint that becomes `venture.yaml`; no recipe then.
    """

    name: str
    about: str
    vertical: str
    recipe: dict[str, Any] = field(default_factory=dict, hash=False)
    sample: str | None = None
    rows: str | None = None
    set: DataSet | None = None
    notes: str = ""
    venture: str | None = None


_ORDER = ("your own", "intents", "finance sentiment", "spam and fraud", "reviews", "the business")


def folder() -> Path:
    """Return the folder where the blueprints lie, one YAML file each."""
    return Path(str(files("seedbed"))) / "blueprints"


@cache
def known() -> dict[str, Blueprint]:
    """Return all blueprints by name."""
    return {path.stem: _read(path) for path in sorted(folder().glob("*.yaml"))}


def _read(path: Path) -> Blueprint:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    published = told.pop("set", None)
    return Blueprint(name=path.stem, set=DataSet(**published) if published else None, **told)


def find(name: str) -> Blueprint:
    """Return a blueprint.

    Raises:
        KindUnknown: there is none of that name; the nearest is named.
    """
    if name not in known():
        near = nearest(name, known())
        raise KindUnknown(
            expected=f"one of the {len(known())} blueprints that `seedbed blueprints` lists",
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
    order = [*_ORDER, *sorted({each.vertical for each in known().values()} - {*_ORDER})]
    every = sorted(known().values(), key=lambda each: (order.index(each.vertical), each.name))
    if json:
        show.emit([_told(each) for each in every])
        return
    listed = show.table("for", "blueprint", "what it is", "rows")
    before = ""
    for each in every:
        listed.add_row("" if each.vertical == before else each.vertical, *_row(each))
        before = each.vertical
    show.out().print(listed)


def _row(each: Blueprint) -> tuple[str, str, str]:
    if each.set:
        return each.name, each.about, f"{each.set.name}: {each.set.license}"
    return each.name, each.about, "come with it" if each.sample or each.rows else "yours"


def _told(each: Blueprint) -> dict[str, Any]:
    told = {"name": each.name, "about": each.about, "vertical": each.vertical}
    return told | {"set": asdict(each.set) if each.set else None}
