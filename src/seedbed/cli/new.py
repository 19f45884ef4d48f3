"""`seedbed new`: a folder with a commented recipe (or venture), ready to run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seedbed.cli import show
from seedbed.cli.own_rows import Fitted, fitted
from seedbed.errors import FolderTaken
from seedbed.home import write_text
from seedbed.recipe import Recipe, parse, validate
from seedbed.recipe.blueprints import Blueprint, find, folder

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
        Path | None,
        typer.Option("--data", "-d", help="Your labelled rows: a file, or a folder of pictures."),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            help="Its column of texts (or of pictures), with --data. Left out: the blueprint's.",
            show_default=False,
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            help="Its column of labels (or of answers), with --data. Left out: the blueprint's.",
            show_default=False,
        ),
    ] = None,
    json: show.Json = False,
) -> None:
    """Make a folder with a commented recipe, ready to run.

    Without --blueprint it starts from `blank` where --data is given, else from `sentiment`. With
    both, the recipe has the blueprint's task and settings and your rows, of which validation and
    test rows are split off. The blueprint `venture` makes a `venture.yaml` for `seedbed plan`
    instead.

    Examples:
        seedbed new brands --blueprint sentiment
        seedbed new shop --data reviews.csv --text review --label stars
        seedbed new loans --blueprint credit --data loans.csv --label repaid
        seedbed new brands-plan --blueprint venture
    """
    if data is None and (text is not None or label is not None):
        raise typer.BadParameter("--text and --label name columns of --data FILE: give it too")
    target = Path(name)
    plan = find(blueprint or ("blank" if data else "sentiment"))
    _refuse_taken(target)
    if plan.venture:
        if data:
            raise typer.BadParameter("--data is for recipes, not for a venture")
        _new_venture(target, plan, json=json)
        return
    values = dict(plan.recipe, name=target.name)
    own = fitted(values, target, data, text, label) if data else None
    about = "" if own else _about(plan)
    written = commented(own.values if own else values, HEADER.format(name=name) + about)
    parse(written, where=f"a recipe named {target.name!r}")
    rows = None if data else _rows(plan, target)
    write_text(target / "recipe.yaml", written)
    _report(target, plan, rows or data, own, json=json)


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


def _about(plan: Blueprint) -> str:
    """Return what a blueprint says of itself, its rows and their licence, as comments."""
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


def _rows(plan: Blueprint, target: Path) -> Path | None:
    """Write the rows that come with a blueprint, if any do."""
    from seedbed.cli.samples import write_sample

    if plan.sample:
        return write_sample(target, sample=plan.sample)
    if plan.set and (here := plan.set.here()):
        target.mkdir(parents=True, exist_ok=True)
        for file in plan.set.files.values():
            whole = here / file
            (shutil.copytree if whole.is_dir() else shutil.copyfile)(whole, target / file)
        return target / plan.set.files["train"]
    if plan.rows:
        target.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(folder() / plan.rows, target / "train.csv"))
    return None


def _report(
    target: Path, plan: Blueprint, rows: Path | None, own: Fitted | None, *, json: bool
) -> None:
    recipe = target / "recipe.yaml"
    if json:
        made = {"folder": str(target), "recipe": str(recipe), "blueprint": plan.name}
        left_out = {"left_out": list(own.left_out)} if own else {}
        show.emit(made | {"rows": str(rows) if rows else None} | left_out)
        return
    out = show.out()
    out.print(f"{recipe}: made from {plan.name}")
    if rows:
        out.print(f"{rows}: the rows")
    else:
        out.print(_wanted(target, plan), soft_wrap=True)
    if own and own.left_out:
        said = "; ".join(own.left_out)
        out.print(f"Not in your rows, so left out of the recipe: {said}.", soft_wrap=True)
    out.print(f"Next: seedbed check {target}, then seedbed tune {target}", style="bold")
    if own and own.foreign:
        out.print("Its letters are mainly not Latin, so the recipe has base: e5-small.")


def _wanted(target: Path, plan: Blueprint) -> str:
    """Return where rows are to be had, and where and in what form the recipe reads them."""
    form = _form(plan)
    if plan.set is None:
        return f"Put your rows into {target / plan.recipe['data']['train']}{form}."
    files = " and ".join(str(target / file) for file in plan.set.files.values())
    return (
        f"Get {plan.set.name} from {plan.set.url} ({plan.set.license}),\n"
        f"write it into {files}{form}: {plan.set.columns}."
    )


def _form(plan: Blueprint) -> str:
    """Return which columns or folders a blueprint's recipe reads; an archive has its own."""
    from seedbed.tasks.settle import settled

    made, task = settled(validate(dict(plan.recipe, name=plan.name)))
    file = Path(made.data.train.partition("#")[0])
    if not file.suffix:
        return ", with a folder in it for each label"
    if file.suffix == ".npz":
        return ""
    columns = task.columns()
    if columns is None:
        return f", with the label in the column {made.data.label}"
    return f", with columns {' and '.join(columns)}"
