"""A blueprint's recipe, made to fit rows of the user's own: `seedbed new --data`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from seedbed.errors import ColumnMissing, FileMissing, SeedbedError

if TYPE_CHECKING:
    from seedbed.data.readers.base import Row
    from seedbed.tasks.base import Task

LOOKED_AT = 1000
"""Rows by which the columns of a file, and its language, are told."""
OTHER_FILES = ("validation", "test", "unlabeled", "collection")
"""Keys of `data` that name files of the blueprint's own set beside the training rows."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Fitted:
    """A recipe's values for rows of the user's own.

    Attributes:
        values: As the blueprint has them, with the user's file and its columns.
        left_out: What of the blueprint speaks of columns that the file has not.
        foreign: Whether the base model was chosen by letters that are not Latin.
    """

    values: dict[str, Any]
    left_out: tuple[str, ...]
    foreign: bool


def fitted(values: Values, target: Path, data: Path, text: str | None, label: str | None) -> Fitted:
    """Return a blueprint's values with the user's file in the place of its own.

    Validation and test rows are split off the file. What is told names the columns; else they are
    the blueprint's, which the file must have.

    Args:
        values: Of a recipe, nested as in it.
        target: The recipe's folder.
        data: The user's file, a folder of pictures, or a part of an archive (`rows.npz#train`).
        text: Its column of what is read; None: as the blueprint has it.
        label: Its column of labels or answers; None: as the blueprint has it.

    Raises:
        FileMissing: there is no such file.
        ColumnMissing: the file has no such column; its columns are named.
        typer.BadParameter: `text` is given with a blueprint that reads every column of a table.
    """
    own = {key: cell for key, cell in values["data"].items() if key not in OTHER_FILES}
    values = {**values, "data": own | {"train": _seen_from(target, data)}}
    keys = _keys(_task(values))
    if text is not None and keys[0] == keys[-1]:
        raise typer.BadParameter("--text: this blueprint reads a table, every column of it")
    told = {keys[0]: text, keys[-1]: label}
    values["data"] |= {key: name for key, name in told.items() if name is not None}
    rows = _some(data)
    left_out: tuple[str, ...] = ()
    if rows:
        columns = dict.fromkeys(name for row in rows for name in row.cells)
        _demand(_task(values), columns, data)
        values["data"], left_out = _known(values["data"], own, keys[-1], columns)
    column = values["data"].get("text", "text")
    foreign = "base" not in values and keys[0] == "text" and _beyond_latin(rows, column)
    return Fitted(values | ({"base": "e5-small"} if foreign else {}), left_out, foreign)


def _seen_from(target: Path, data: Path) -> str:
    """Return the path of the rows as the recipe in `target` must write it."""
    archive, part, _ = str(data).partition(".npz#")
    if not (data.exists() or (part and Path(f"{archive}.npz").is_file())):
        raise FileMissing(
            expected="a file of labelled rows, or a folder of pictures",
            got=f"no file {data}",
            do="Check the path given with --data.",
        )
    return Path(os.path.relpath(data.absolute(), target.absolute())).as_posix()


def _task(values: Values) -> Task:
    from seedbed.recipe import validate
    from seedbed.tasks.settle import settled

    return settled(validate(values, where=f"a recipe named {values['name']!r}"))[1]


def _keys(task: Task) -> list[str]:
    """Return the keys of `data` that name the columns read: inputs first, labels or answers last.

    A table is read whole, so that only its label has a key.
    """
    columns = task.columns()
    return ["label"] if columns is None else [key.partition(".")[2] for key in columns.values()]


def _some(data: Path) -> Sequence[Row]:
    """Return the first rows of a file; none where it cannot be read.

    What cannot be read yet is for `seedbed check` to say: the recipe is where an encoding is named.
    """
    from seedbed.data import read

    most = 1 if data.is_dir() else LOOKED_AT  # a picture is unpacked, and all have two columns
    try:
        return list(islice(read.rows(data, broken=lambda _: None), most))
    except SeedbedError:
        return []


def _demand(task: Task, columns: Collection[str], data: Path) -> None:
    """Refuse a file that lacks a column which the recipe reads."""
    asked = list((task.columns() or {task.data.label: "data.label"}).items())
    options = {0: "--text", len(asked) - 1: "--label"}  # what is read stands first, answers last
    for place, (name, key) in enumerate(asked):
        if name not in columns:
            named = f"Name it with {options[place]}" if place in options else "Rename yours"
            raise ColumnMissing(
                expected=f"a column named {name!r} ({key})",
                got=f"columns {', '.join(list(columns)[:20])}",
                do=f"{named}, or begin with another blueprint: seedbed blueprints.",
                where=str(data),
            )


def _known(
    data: Values, own: Values, answer: str, columns: Collection[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the part `data` without what the file knows nothing of, and what that was."""
    found, gone = dict(data), []
    for key in ("sensitive", "leave_out"):
        if key in found:
            gone += [f"data.{key}: {name}" for name in found[key] if name not in columns]
            found[key] = [name for name in found[key] if name in columns]
    for key in ("group", "time"):
        if found.get(key) is not None and found[key] not in columns:
            gone.append(f"data.{key}: {found.pop(key)}")
    if "positive" in found and found[answer] != own.get(answer, answer):
        gone.append(f"data.positive: {found.pop('positive')}")  # a label of another column
    return {key: value for key, value in found.items() if value != []}, tuple(gone)


def _beyond_latin(rows: Sequence[Row], column: str) -> bool:
    """Tell whether texts are mainly in Chinese or another script that is not Latin."""
    from seedbed.data.profile import FOREIGN, beyond_latin, scripts

    return beyond_latin(scripts([row.cells.get(column, "") for row in rows])) >= FOREIGN
