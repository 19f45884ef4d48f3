"""`seedbed new`: a folder with a commented recipe (or venture), ready to run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seedbed.cli import show
from seedbed.errors import FileMissing, FolderTaken, SeedbedError
from seedbed.home import write_text
from seedbed.recipe import Recipe, parse
from seedbed.recipe.blueprints import Blueprint, find, folder

LOOKED_AT = 1000
"""Rows by which the language of a file is told."""
HEADER = """\
# The whole truth of a run. A line such as '#seed: 0' shows a default; to change it, take the '#'
# away, also from the part that it stands in. Every key: docs/reference/recipe.md.
#
#   seedbed check {name}    what is wrong with the rows
#   seedbed tune {name}     the ladder, the verdict, a release

"""


def new(
    name: Annotated[str, typer.Argument(help="Folder to make; its last part names the releases.")],
    *,
    blueprint: Annotated[
        str, typer.Option("--blueprint", "-b", help="What to start from; see `blueprints`.")
    ] = "",
    data: Annotated[
        Path | None, typer.Option("--data", "-d", help="Your file of labelled rows.")
    ] = None,
    text: Annotated[str, typer.Option(help="Its column of texts, with --data.")] = "text",
    label: Annotated[str, typer.Option(help="Its column of labels, with --data.")] = "label",
    json: show.Json = False,
) -> None:
    """Make a folder with a commented recipe, ready to run.

    Without --blueprint it starts from `blank` where --data is given, else from `sentiment`. The
    blueprint `venture` makes a `venture.yaml` for `seedbed plan` instead.

    Examples:
        seedbed new brands --blueprint sentiment
        seedbed new shop --data reviews.csv --text review --label stars
        seedbed new brands-plan --blueprint venture
    """
    target = Path(name)
    plan = find(blueprint or ("blank" if data else "sentiment"))
    _refuse_taken(target)
    if plan.venture:
        if data:
            raise typer.BadParameter("--data is for recipes, not for a venture")
        _new_venture(target, plan, json=json)
        return
    values = dict(plan.recipe, name=target.name)
    foreign = data is not None and "base" not in values and _beyond_latin(data, text)
    if foreign:
        values["base"] = "e5-small"
    if data:
        values["data"] = values["data"] | {
            "train": _seen_from(target, data),
            "text": text,
            "label": label,
        }
    written = commented(values, HEADER.format(name=name) + _about(plan if not data else None))
    parse(written, where=f"a recipe named {target.name!r}")
    rows = None if data else _rows(plan, target)
    write_text(target / "recipe.yaml", written)
    _report(target, plan, rows or data, json=json)
    if foreign and not json:
        show.out().print("Its letters are mainly not Latin, so the recipe has base: e5-small.")


def _beyond_latin(data: Path, text: str) -> bool:
    """Tell whether the first texts are mainly in Chinese or another script that is not Latin.

    What cannot be read yet is for `seedbed check` to say: the recipe is where an encoding is named.
    """
    from seedbed.data import read
    from seedbed.data.profile import FOREIGN, beyond_latin, scripts

    try:
        rows = list(islice(read.rows(data, broken=lambda _: None), LOOKED_AT))
    except SeedbedError:
        return False
    return beyond_latin(scripts([row.cells.get(text, "") for row in rows])) >= FOREIGN


def commented(values: Mapping[str, Any], header: str = "") -> str:
    """Return a recipe as YAML: the values given, and every other key with its default, commented.

    Args:
        values: Keys to set, nested as in the recipe.
        header: Comment lines to begin with.
    """
    return header + "\n".join(_lines(Recipe, values, "")) + "\n"


def _lines(part: type[BaseModel], values: Mapping[str, Any], indent: str) -> Iterator[str]:
    after_part = False
    for key, field in part.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            mark = "" if key in values else "#"
            yield f"\n{indent}# {inner.__doc__}\n{indent}{mark}{key}:"
            yield from _lines(inner, values.get(key, {}), indent + "  ")
            after_part = True
        else:
            yield ("\n" if after_part else "") + f"{indent}# {field.description}"
            after_part = False
            yield indent + _line(key, field, values)


def _line(key: str, field: FieldInfo, values: Mapping[str, Any]) -> str:
    if key in values:
        return f"{key}: {_flow(values[key])}"
    return f"#{key}: {_flow(field.get_default(call_default_factory=True))}"


def _flow(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=1000)
    return re.sub(r"\n(\.\.\.\n)?$", "", text)


def _about(plan: Blueprint | None) -> str:
    """Return what a blueprint says of itself, its rows and their licence, as comments."""
    if plan is None:
        return ""
    told = [plan.about, *plan.notes.splitlines()]
    if plan.set:
        told += [f"Rows: {plan.set.name}, {plan.set.url}", f"Licence: {plan.set.license}."]
    return "".join(f"# {line}\n" for line in told) + "\n"


def _new_venture(target: Path, plan: Blueprint, *, json: bool) -> None:
    """Write a commented venture file, ready for `seedbed plan`."""
    from datetime import date

    from seedbed.venture import file

    today = date.today()
    start = f"{today.year + today.month // 12}-{today.month % 12 + 1:02}"
    text = (folder() / str(plan.venture)).read_text(encoding="utf-8")
    filled = {"NAME": target.name, "PATH": str(target), "START": start, "DATE": f"{today}"}
    for word, value in filled.items():
        text = text.replace(f"@{word}@", value)
    file.parse(text, where=f"a venture named {target.name!r}")
    path = target / file.FILE
    write_text(path, text)
    if json:
        show.emit({"folder": str(target), "venture": str(path), "blueprint": plan.name})
        return
    show.out().print(f"{path}: made from {plan.name}")
    show.out().print(f"Next: seedbed plan check {target}", style="bold")


def _refuse_taken(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FolderTaken(
            expected=f"a name that is free, or an empty folder {target}",
            got="a file" if target.is_file() else "a folder with something in it",
            do="Choose another name; nothing was changed.",
            where=str(target.absolute()),
        )


def _seen_from(target: Path, data: Path) -> str:
    """Return the path of the rows as the recipe in `target` must write it."""
    if not data.is_file():
        raise FileMissing(
            expected="a file of labelled rows",
            got=f"no file {data}",
            do="Check the path given with --data.",
        )
    return Path(os.path.relpath(data.absolute(), target.absolute())).as_posix()


def _rows(plan: Blueprint, target: Path) -> Path | None:
    """Write the rows that come with a blueprint, if any do."""
    from seedbed.cli.samples import write_sample

    if plan.sample:
        return write_sample(target, sample=plan.sample)
    if plan.set and (here := plan.set.here()):
        target.mkdir(parents=True, exist_ok=True)
        for file in plan.set.files.values():
            shutil.copyfile(here / file, target / file)
        return target / plan.set.files["train"]
    if plan.rows:
        target.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(folder() / plan.rows, target / "train.csv"))
    return None


def _report(target: Path, plan: Blueprint, rows: Path | None, *, json: bool) -> None:
    recipe = target / "recipe.yaml"
    if json:
        made = {"folder": str(target), "recipe": str(recipe), "blueprint": plan.name}
        show.emit(made | {"rows": str(rows) if rows else None})
        return
    out = show.out()
    out.print(f"{recipe}: made from {plan.name}")
    if rows:
        out.print(f"{rows}: the rows")
    elif plan.set:
        files = " and ".join(str(target / file) for file in plan.set.files.values())
        out.print(f"Get {plan.set.name} from {plan.set.url} ({plan.set.license}),", soft_wrap=True)
        table = str(plan.recipe.get("task")).startswith("tabular")
        form = "" if table else ", with columns text and label"
        out.print(f"write it into {files}{form}: {plan.set.columns}.")
    else:
        out.print(f"Put your rows into {target / 'train.csv'}, with columns text and label.")
    out.print(f"Next: seedbed check {target}, then seedbed tune {target}", style="bold")
