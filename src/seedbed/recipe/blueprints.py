"""Blueprints: what a new recipe, or a new venture, can start from; one YAML file each."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from seedbed.errors import KindUnknown
from seedbed.recipe.file import nearest


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
        vertical_zh: The same in Chinese.
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
    vertical_zh: str
    recipe: dict[str, Any] = field(default_factory=dict, hash=False)
    sample: str | None = None
    rows: str | None = None
    set: DataSet | None = None
    notes: str = ""
    venture: str | None = None


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
