"""The documents name all that there is, link to what exists, and are what the objects say."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from seedbed import errors, registry
from seedbed.cli import VERBS, verb
from seedbed.recipe import Recipe
from seedbed.serve.app import ROUTERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PROMPT = re.compile(r"^\s*(?:\$ )?(seedbed .*)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def headings(path: Path) -> list[str]:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings(path))
    return {heading.strip().replace(" ", "-") for heading in plain}


def keys(part: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in part.model_fields.items():
        found.append(prefix + name)
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found += keys(inner, f"{prefix}{name}.")
    return found


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_key_of_the_recipe_has_a_heading() -> None:
    assert sorted(headings(DOCS / "reference/recipe.md")[1:]) == sorted(keys(Recipe))


def actions(name: str) -> dict[str, Any]:
    """Return a verb's own command under its name, and its actions behind it."""
    command: Any = verb(name)
    inner = getattr(command, "commands", {})
    return {name: command} | {f"{name} {action}": one for action, one in inner.items()}


def test_every_verb_and_action_has_a_heading() -> None:
    wanted = [f"seedbed {typed}" for name in VERBS for typed in actions(name)]
    assert headings(DOCS / "reference/cli.md")[1:] == wanted


def test_every_error_has_a_heading() -> None:
    wanted = [f"{kind.code} {kind.__name__}" for kind in errors.catalogue()]
    assert headings(DOCS / "reference/errors.md")[1:] == wanted


def test_every_route_has_a_heading_and_an_answer() -> None:
    page = DOCS / "reference/api.md"
    routes = {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", ())
    }
    assert {one for one in headings(page) if re.match("[A-Z]+ /", one)} == routes
    for section in page.read_text(encoding="utf-8").split("\n### ")[1:]:
        name = section.partition("\n")[0]
        text = name.endswith((".csv", ".zip", "/metrics"))
        assert text or "\nAnswered (" in section, name


def test_every_axis_has_a_heading_and_every_kind_a_line() -> None:
    page = DOCS / "reference/kinds.md"
    assert headings(page)[1:] == list(registry.AXES)
    text = page.read_text(encoding="utf-8")
    for axis in registry.AXES:
        section = text.partition(f"## {axis}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE) == registry.names(axis)


def test_the_reference_is_what_the_objects_say() -> None:
    assert reference().stale() == []


@pytest.mark.parametrize("axis", registry.AXES)
def test_kinds_are_of_the_class_that_the_reference_names(axis: str) -> None:
    base = reference().base(axis)
    for name in registry.names(axis):
        assert issubclass(registry.kind(axis, name), base)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target, anchor in LINK.findall(text):
        other = (page.parent / target).resolve() if target else page
        assert other.exists(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors(other), f"{target} has no heading #{anchor}"


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    queue = [DOCS / "index.md"]
    while queue:
        page = queue.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        queue += [(page.parent / target).resolve() for target, _ in links if target]
    assert {page for page in PAGES if DOCS in page.parents} <= seen


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_use_verbs_and_options_that_exist(page: Path) -> None:
    for block in FENCE.findall(page.read_text(encoding="utf-8")):
        for line in PROMPT.findall(block):
            name, *rest = shlex.split(line, comments=True)[1:]
            if name.startswith("-"):
                continue
            assert name in VERBS, line
            typed = actions(name)
            command = typed.get(f"{name} {rest[0]}" if rest else name, typed[name])
            known = {option for param in command.params for option in param.opts} | {"--help"}
            used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
            assert used <= known, line


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"^\$ (\S+ \S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("README.md", "README.zh-CN.md")
    )
    assert set(english) == set(chinese)
