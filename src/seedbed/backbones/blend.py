"""A folder of several models of the same rows, each under the name of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seedbed.home import read_json, write_json

FILE = "blend.json"


def save(folder: Path, kinds: Sequence[str]) -> None:
    """Write which kinds of models lie in a folder: `KIND/model/` each."""
    write_json(folder / FILE, {"kinds": list(kinds)})


def load(folder: Path) -> list[str]:
    """Read what `save` wrote."""
    kinds: list[str] = read_json(folder / FILE)["kinds"]
    return kinds
