"""A layer imports only the layers above it, in functions too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "seedbed"

WORDS = ("errors", "yamls", "recipe", "home", "registry")
LAYERS = (*WORDS, "data", "tasks", "backbones", "tune", "judge", "release", "ledger", "serve")
LAYERS += ("venture", "apps", "console", "scale", "cli")

ENTRY = {"__init__", "__main__"}
NO_MODEL = ("data", "judge")
MODEL_LIBRARIES = ("torch", "transformers", "tokenizers", "onnxruntime", "openvino", "peft")


def imported(tree: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every module that a file imports, relative ones resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield node.lineno, module
            if module == "seedbed":
                yield from ((node.lineno, f"seedbed.{alias.name}") for alias in node.names)


def offences(source: Path) -> list[str]:
    """Return what a tree of source files imports against the order of the layers."""
    found = []
    for path in sorted(source.rglob("*.py")):
        inside = path.relative_to(source)
        own = inside.parts[0].removesuffix(".py")
        if own in ENTRY:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, name in imported(tree, ("seedbed", *inside.parent.parts)):
            why = _against(own, name.split("."))
            if why:
                found.append(f"{inside}:{line} imports {name}: {why}")
    return found


def _against(own: str, name: list[str]) -> str:
    if name[0] in MODEL_LIBRARIES and own in NO_MODEL:
        return f"{own} knows no model"
    other = name[1] if name[0] == "seedbed" and len(name) > 1 else own
    if other in LAYERS and LAYERS.index(other) > LAYERS.index(own):
        return f"{other} is a layer below {own}"
    return ""


def test_every_module_belongs_to_a_layer() -> None:
    names = {path.stem for path in SOURCE.glob("*.py")} - ENTRY
    names |= {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert names <= set(LAYERS)


def test_no_layer_imports_a_layer_below_it() -> None:
    assert offences(SOURCE) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from seedbed.tune import climb",
        "import seedbed.judge.judge",
        "def f():\n    from seedbed.release import store",
        "from seedbed import cli",
        "from ..tasks import base",
        "from .. import serve",
        "import torch",
        "def f():\n    from transformers import AutoModel",
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, planted: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "planted.py").write_text(planted + "\n", encoding="utf-8")
    assert len(offences(tmp_path)) == 1


@pytest.mark.parametrize(
    "allowed",
    ["from seedbed.recipe import Recipe", "from .table import Table", "from seedbed import home"],
)
def test_what_the_order_allows_is_let_be(tmp_path: Path, allowed: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "planted.py").write_text(allowed + "\n", encoding="utf-8")
    assert offences(tmp_path) == []
