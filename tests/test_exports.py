"""What a plug-in may build on is a list that this test owns; all else may change."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

PUBLIC = {
    "seedbed.home": [
        "Home",
        "disk",
        "read_json",
        "sha256",
        "write_json",
        "write_text",
        "written_aside",
    ],
    "seedbed.recipe": [
        "Budget",
        "Data",
        "Gate",
        "Judge",
        "Ladder",
        "Part",
        "Pretrain",
        "Quality",
        "Recipe",
        "Search",
        "Settings",
        "Train",
        "Value",
        "dump",
        "load",
        "nearest",
        "override",
        "parse",
        "validate",
    ],
    "seedbed.registry": ["kind", "names"],
    "seedbed.tasks.base": ["Task"],
    "seedbed.data.table": ["Table"],
    "seedbed.cli": ["Verbs", "main", "seedbed", "verb"],
    "seedbed.cli.show": ["Bar", "emit", "err", "error", "out", "progress", "table"],
}


@pytest.mark.parametrize("name", PUBLIC)
def test_the_public_names_of_a_module(name: str) -> None:
    module = import_module(name)
    defined = [
        word
        for word, value in vars(module).items()
        if not word.startswith("_")
        and (inspect.isclass(value) or callable(value))
        and f"{getattr(value, '__module__', None)}.".startswith(f"{name}.")  # or of a part of it
    ]
    assert sorted(defined) == PUBLIC[name]
    assert all(inspect.getdoc(getattr(module, word)) for word in PUBLIC[name])
