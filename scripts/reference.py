"""Writes the reference pages from the files' schemas, the verbs, the errors, kinds and routes.

`python scripts/reference.py` writes them; with `--check` it writes nothing and fails where a page
is not what the objects say.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel

from seedbed import errors, registry
from seedbed.cli import VERBS, seedbed, verb
from seedbed.ledger.plan import Charge, Limits, Plan, Rate, Tax, Tier, Words
from seedbed.recipe import Recipe
from seedbed.venture.file import Venture
from seedbed.venture.places import is_belief
from seedbed.venture.places import parts as file_parts

PAGES = Path(__file__).parents[1] / "docs" / "reference"
MADE = "<!-- Written by scripts/docs; change the objects, not this page. -->\n"

WIDTH = 96
"""Characters that a line of an example may have."""

AXES = {
    "tasks": ("What the rows teach.", "seedbed.tasks.base:Task"),
    "readers": ("File formats.", "seedbed.data.readers.base:Reader"),
    "backbones": ("Where base models come from.", "seedbed.backbones.base:Source"),
    "modalities": ("What base models read.", "seedbed.backbones.modalities.base:Modality"),
    "rungs": ("Ways of learning.", "seedbed.tune.rungs.base:Rung"),
    "engines": ("Ways of answering.", "seedbed.release.engines.base:Engine"),
}
"""What each axis of variety is, and the class that its kinds derive from."""


PLAN_PARTS = (Plan, Charge, Tier, Limits, Rate, Tax, Words)
"""The parts of a price plan, in the order of their page."""


def base(axis: str) -> type:
    """Return the class that the kinds of an axis derive from."""
    found: type = EntryPoint(axis, AXES[axis][1], "").load()
    return found


def recipe_page() -> str:
    """Return recipe.md: every key with its type, default and meaning."""
    lines = [
        "# Recipe",
        "",
        MADE,
        "One YAML file is the whole truth of a run. `seedbed new NAME` writes one with every key in"
        " it. An unknown key is an error that names the nearest key; a run writes the full recipe,"
        " every default filled in, beside its results.",
        "",
        *_keys(Recipe, Recipe.model_json_schema(), ""),
    ]
    return "\n".join(lines).rstrip() + "\n"


def plan_page() -> str:
    """Return plan.md: every part of a price plan with its keys, defaults and meaning."""
    lines = [
        "# Plan",
        "",
        MADE,
        "A price plan is a YAML or JSON file; `seedbed plans examples` prints plans to start from,"
        " and `seedbed plans publish` makes a version of one, which never changes. Amounts are"
        " decimals, best in quotes. An unknown key is an error that names the nearest key. What the"
        " prices come to: [How an invoice comes about](../explanation/invoices.md).",
        "",
    ]
    for part in PLAN_PARTS:
        lines += [f"## {part.__name__}", "", inspect.getdoc(part) or "", ""]
        lines += ["| key | default | |", "|---|---|---|"]
        for key, field in part.model_fields.items():
            value = field.get_default(call_default_factory=True)
            told = "required" if field.is_required() else _plan_default(value)
            lines.append(f"| `{key}` | {told} | {_cell(field.description)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def venture_page() -> str:
    """Return venture.md: every part of the venture file with its keys, defaults and meaning."""
    lines = [
        "# Venture",
        "",
        MADE,
        "One YAML file holds what the founders believe; `seedbed new NAME --blueprint venture`"
        " writes one to start from, and `seedbed plan check` says what is missing, stale, bare or"
        " from nowhere. An unknown key is an error that names the nearest key. How the numbers come"
        " together: [The venture model](../explanation/the-venture-model.md).",
        "",
        "A key marked *assumption* may be written in four ways:",
        "",
        "| written | means |",
        "|---|---|",
        "| `0.3` | a value, as if it were known exactly |",
        "| `0.2..0.4` | nine times in ten it lies between; its median is the geometric mean where"
        " both are positive and high/low is above 1.5, else the middle |",
        "| `0.3 (0.2..0.4)` | the same, with its median |",
        "| `{value, low, high, kind, source, date, pin}` | the same, with where it is from; `pin:"
        " true` keeps it although it is measured |",
        "",
        "`kind` is `lognormal` (where low is above 0), `logit` (shares and chances) or `normal`"
        " (else) where it is left out; `uniform` and `triangular` take low and high as their ends."
        " Numbers may have thousands separators, and a per cent sign each: `15,000..60,000`,"
        " `2%..6%`.",
        "",
        *_venture_part(Venture, ""),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _venture_part(part: type[BaseModel], path: str) -> Iterator[str]:
    """Yield the keys of a part in a table, then the parts inside it."""
    if path:
        yield from (f"{'#' * min(path.count('.') + 2, 4)} {path}", "", part.__doc__ or "", "")
    yield from ("| key | default | |", "|---|---|---|")
    inner = []
    for name, field in part.model_fields.items():
        key = field.alias or name
        parts = list(file_parts(field.annotation))
        inner += [(one, f"{path}.{key}" if path else key) for one in parts]
        value = field.get_default(call_default_factory=True)
        told = "required" if field.is_required() else _plan_default(value)
        yield f"| `{key}` | {told} | {_venture_kind(field)}{_cell(field.description)} |"
    yield ""
    for one, inside in inner:
        yield from _venture_part(one, inside)


def _venture_kind(field: Any) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(field.annotation)) + ". "
    if not is_belief(field):
        return ""
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return f"*assumption, {unit}.* " if unit else "*assumption.* "


def _plan_default(value: Any) -> str:
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return "" if plain in (None, (), "") or isinstance(plain, dict) else f"`{plain}`"


def _keys(part: type[BaseModel], schema: dict[str, Any], prefix: str) -> Iterator[str]:
    for key, field in part.model_fields.items():
        dotted = f"{prefix}{key}"
        inner = _inner(field.annotation)
        if inner is not None:
            yield from (f"## {dotted}", "", inner.__doc__ or "", "")
            yield from _keys(inner, inner.model_json_schema(), f"{dotted}.")
            continue
        said = _kind(schema["properties"][key])
        if field.is_required():
            default = "required"
        else:
            value = field.get_default(call_default_factory=True)
            default = f"default `{_plain(value)}`"
        level = "###" if prefix else "##"
        yield from (f"{level} {dotted}", "", f"{said} · {default}", "", field.description or "", "")


def _inner(annotation: Any) -> type[BaseModel] | None:
    """Return the part that a key holds, be it one that may be left out."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return "mapping"
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    names = {"string": "text", "array": "list", "object": "mapping", "null": "nothing"}
    bounds = {
        "minimum": "≥ {}",
        "exclusiveMinimum": "> {}",
        "maximum": "≤ {}",
        "exclusiveMaximum": "< {}",
    }
    parts = [names.get(schema["type"], schema["type"])]
    parts += [text.format(f"{schema[key]:g}") for key, text in bounds.items() if key in schema]
    if schema["type"] == "array":
        parts[0] += f" of {_kind(schema['items'])}"
    if schema["type"] == "object":
        parts[0] += f" to {_kind(schema['additionalProperties'])}"
    return ", ".join(parts)


def _plain(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump(plain, default_flow_style=True, width=1000)
    return text.removesuffix("\n").removesuffix("\n...")


def cli_page() -> str:
    """Return cli.md: every verb with its arguments, options and examples."""
    lines = ["# Command line", "", MADE, inspect.getdoc(seedbed) or "", ""]
    lines += [
        "Every verb takes `--json`, which prints JSON for programs: the result, or"
        ' `{"error": {"code", "title", "where", "expected", "got", "do"}}`. Results go to stdout,'
        " progress and errors to stderr. `NO_COLOR=1` takes the colours away; `SEEDBED_HOME` names"
        " the folder of runs and releases (`.seedbed` otherwise); `SEEDBED_DEBUG=1` shows the"
        " traceback of an exception that Seedbed did not foresee. `SEEDBED_DATA` and"
        " `SEEDBED_MODELS` name the folders that tests and benchmarks take published sets and base"
        " models from.",
        "",
    ]
    for name in VERBS:
        lines += _verb(name)
    return "\n".join(lines).rstrip() + "\n"


def _verb(name: str) -> Iterator[str]:
    command = verb(name)
    yield from _command(f"seedbed {name}", command, "##")
    for action, each in getattr(command, "commands", {}).items():
        yield from _command(f"seedbed {name} {action}", each, "###")


def _command(typed: str, command: Any, level: str) -> Iterator[str]:
    about, examples = _parted(inspect.cleandoc(command.help or ""))
    params = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [each for each in params if each.param_type_name == "argument"]
    actions = ["[ACTION]"] if getattr(command, "commands", None) else []
    usage = [typed, *actions, *(_usage(each) for each in arguments), "[OPTIONS]"]
    yield from (f"{level} {typed}", "", "```", " ".join(usage), "```", "", about.strip(), "")
    if params:
        yield from ("| | default | |", "|---|---|---|")
        for each in params:
            yield f"| {_names(each)} | {_default(each)} | {_cell(getattr(each, 'help', ''))} |"
        yield ""
    if examples:
        yield from ("```console", *_prompted(examples), "```", "")


def _parted(doc: str) -> tuple[str, str]:
    """Return a docstring without its examples, and these."""
    found = re.search(r"^Examples:\n((?: +.*\n?|\n)*)", doc, re.MULTILINE)
    if found is None:
        return doc, ""
    return f"{doc[: found.start()].strip()}\n\n{doc[found.end() :].strip()}", found[1]


def _usage(argument: Any) -> str:
    word = argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return word if argument.required else f"[{word}]"


def _names(param: Any) -> str:
    names = param.opts + param.secondary_opts
    if param.param_type_name == "argument":
        names = [param.name.upper()]
    return ", ".join(f"`{each}`" for each in names)


def _default(param: Any) -> str:
    if param.required:
        return "required"
    return f"`{param.default}`" if param.default not in (None, False, "", (), []) else ""


def _cell(text: str | None) -> str:
    return " ".join((text or "").replace("|", "\\|").split())


def _prompted(examples: str) -> Iterator[str]:
    lines = textwrap.dedent(examples.strip("\n")).strip().splitlines()
    for line in filter(None, lines):
        yield f"$ {line}" if line.startswith("seedbed ") else line


def errors_page() -> str:
    """Return errors.md: every error with its code, exit code and meaning."""
    drawn = textwrap.dedent((errors.__doc__ or "").split("\n\n")[1])
    lines = [
        "# Errors",
        "",
        MADE,
        "Each error says what was expected, what came, where, and what to do. With `--json` the"
        " same is printed as an object. The exit code is 1 unless another is named.",
        "",
        "```",
        drawn.strip("\n"),
        "```",
        "",
    ]
    for kind in errors.catalogue():
        code = "" if kind.exit_code == 1 else f" Exit code {kind.exit_code}."
        lines += [f"## {kind.code} {kind.__name__}", "", f"*{kind.title}*", ""]
        lines += [f"{inspect.getdoc(kind)}{code}", ""]
    return "\n".join(lines).rstrip() + "\n"


def kinds_page() -> str:
    """Return kinds.md: what is installed on each axis of variety."""
    lines = [
        "# Kinds",
        "",
        MADE,
        "Variety enters Seedbed at five places. Each kind is a class behind a Python entry point,"
        " `seedbed.<axis>`; yours registers the same way as ours"
        " (see [CONTRIBUTING](../../CONTRIBUTING.md)).",
        "",
    ]
    for axis in registry.AXES:
        about, derived = AXES[axis]
        lines += [f"## {axis}", "", f"{about} Base class: `{derived.replace(':', '.')}`.", ""]
        lines += ["| name | what it is |", "|---|---|"]
        for name in registry.names(axis):
            said = (inspect.getdoc(registry.kind(axis, name)) or "").splitlines()[0]
            lines.append(f"| `{name}` | {_cell(said)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


SCOPES = {"": "No key.", "any": "Any key.", "admin": "An admin key."}
"""Who may ask; every other scope is a verb that a customer's key must allow."""


def api_page() -> str:
    """Return api.md: every route with who may ask, what it takes, and examples of both sides."""
    from seedbed.serve.app import document
    from seedbed.serve.openapi import ABOUT

    found = document()
    groups: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, methods in found["paths"].items():
        for method, told in methods.items():
            groups.setdefault(told["tags"][0], []).append((f"{method.upper()} {path}", told))
    lines = [
        "# API",
        "",
        MADE,
        *ABOUT.splitlines(),
        "",
        "A server gives the same as a document for programs: `GET /openapi.json`. Codes of errors:"
        " [Errors](errors.md). What a call costs that was not answered: [Who pays for"
        " what](who-pays.md). How to start a server, and use it:"
        " [Serve your releases](../how-to/serve-your-releases.md).",
        "",
    ]
    shown: dict[str, str] = {}
    for tag in sorted(groups, key=lambda tag: tag.startswith("admin")):
        lines += [f"## {tag}", ""]
        for name, told in groups[tag]:
            lines += _route(name, told, found["components"]["schemas"], shown)
    return "\n".join(lines).rstrip() + "\n"


def _route(
    name: str, told: dict[str, Any], schemas: dict[str, Any], shown: dict[str, str]
) -> Iterator[str]:
    needs = told.get("x-scope", "")
    key = SCOPES.get(needs, f"A key that may `{needs}`.")
    yield from (f"### {name}", "", f"{told['description']} *{key}*", "")
    given = [
        (f"`{one['name']}`", one["in"], one.get("description", ""))
        for one in told.get("parameters", [])
    ]
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _referred(body.get("schema", {}), schemas)
    required = schema.get("required", [])
    for field, about in schema.get("properties", {}).items():
        where = "body, required" if field in required else "body"
        given.append((f"`{field}`", where, about.get("description", "")))
    if given:
        yield from ("| | in | |", "|---|---|---|")
        yield from (f"| {field} | {where} | {_cell(about)} |" for field, where, about in given)
        yield ""
    example = body.get("example") or next(iter(schema.get("examples", [])), None)
    if example is not None:
        yield from ("Asked, for example:", "", "```json", _json(example), "```", "")
    for status, answer in told["responses"].items():
        for media, content in answer.get("content", {}).items() if status < "3" else ():
            yield from _answer(name, f"{status}, {media}", content, shown)


def _answer(name: str, what: str, content: dict[str, Any], shown: dict[str, str]) -> Iterator[str]:
    """Yield the example of an answer; one that another route has too stands there alone."""
    if "example" not in content:
        return
    written = _json(content["example"])
    if written in shown:
        yield from (f"Answered ({what}) as by `{shown[written]}`.", "")
        return
    shown[written] = name
    yield from (f"Answered ({what}):", "", "```json", written, "```", "")


def _referred(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schemas[name] if name else schema
    return found


def _json(value: Any, inside: str = "") -> str:
    """Return JSON with what fits into a line in one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(inside) + len(line) <= WIDTH or not value or not isinstance(value, dict | list):
        return line
    deeper = f"{inside}  "
    if isinstance(value, dict):
        named = ((f"{json.dumps(key)}: ", one) for key, one in value.items())
        parts = [f"{deeper}{key}{_json(one, deeper)}" for key, one in named]
    else:
        parts = [f"{deeper}{_json(one, deeper)}" for one in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return ",\n".join(parts).join((f"{first}\n", f"\n{inside}{last}"))


def verification_page() -> str:
    """Return verification.md: every published answer, ours and the difference."""
    from seedbed.venture.verify import page, problems
    from seedbed.venture.verify.solve import solve

    return f"# Verification\n\n{MADE}\n{page.markdown(map(solve, problems()))}"


WRITERS: dict[str, Callable[[], str]] = {
    "recipe.md": recipe_page,
    "plan.md": plan_page,
    "venture.md": venture_page,
    "cli.md": cli_page,
    "errors.md": errors_page,
    "kinds.md": kinds_page,
    "api.md": api_page,
    "verification.md": verification_page,
}


def stale() -> list[str]:
    """Return the names of the pages that are not what the objects say."""
    return [name for name, write in WRITERS.items() if _read(PAGES / name) != write()]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> None:
    """Write the pages, or check them."""
    if "--check" not in sys.argv:
        for name, write in WRITERS.items():
            (PAGES / name).write_text(write(), encoding="utf-8")
    elif names := stale():
        sys.exit(f"stale: {', '.join(names)} in docs/reference; write them anew with `make docs`")


if __name__ == "__main__":
    main()
