"""`seedbed label`: the rows most worth labelling next, to Label Studio and back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import show

if TYPE_CHECKING:
    from seedbed.data.readers.base import Row
    from seedbed.recipe import Data, Recipe
    from seedbed.release.store import Release
    from seedbed.release.worth import Left, Pool, Worth

CHOOSES = ("text-classification", "text-matching (data.match: label)")
"""Tasks whose rows it chooses: their answers say how sure they are."""
READS_BACK = (
    *CHOOSES,
    "text-matching (data.match: score)",
    "text-regression",
    "token-classification",
)
"""Tasks whose rows it puts beside one another: told apart by their texts, with a label each."""
SHOWN = 20
ADDED = ("rank", "row", "answer", "confidence", "doubt")

Picks = Sequence[tuple["Worth", "Row"]]


def label(
    recipe: show.RecipePath = show.HERE,
    *,
    rows: Annotated[Path | None, typer.Option("--rows", help="Unlabelled rows.")] = None,
    release: Annotated[
        str, typer.Option("--release", help="Who asks. Left out: the recipe's latest release.")
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, help="How many rows to choose.")] = 100,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write them to a csv, tsv or jsonl.")
    ] = None,
    studio: Annotated[
        Path | None,
        typer.Option("--label-studio", help="Folder for a Label Studio import: tasks and page."),
    ] = None,
    read: Annotated[
        Path | None,
        typer.Option("--read", help="Labelled rows, such as an export of Label Studio (.json)."),
    ] = None,
    json: show.Json = False,
) -> None:
    """Choose the rows most worth labelling next, and read them back once labelled.

    With --rows it chooses, for recipes of text-classification and of text-matching with labels.
    With --read it writes the recipe's training rows and the newly labelled ones to --out, as CSV;
    for text-regression, token-classification and pairs with a score too.

    Examples:
        seedbed label bank --rows mails.csv --most 100 --out queue.csv
        seedbed label bank --rows mails.csv --label-studio to-label
        seedbed label bank --read project-1-at-2026-11-23.json --out bank/train-2.csv
    """
    from seedbed import recipe as recipes

    if (rows is None) == (read is None):
        raise typer.BadParameter("give --rows FILE to choose, or --read FILE to read back")
    loaded = recipes.load(recipe)
    _check_task(loaded, CHOOSES if read is None else READS_BACK)
    if read is not None:
        _read_back(loaded, read, out, json=json)
    elif rows is not None:
        _check_suffix(out, (".csv", ".tsv", ".jsonl"))
        _choose(loaded, rows, release, most, out, studio, json=json)


def _check_task(recipe: Recipe, known: Sequence[str]) -> None:
    """Refuse a task whose rows it cannot choose, or read back, and say what to do instead."""
    from seedbed.errors import WrongValue

    pairs = recipe.task == "text-matching"
    name = f"{recipe.task} (data.match: {recipe.data.match})" if pairs else recipe.task
    if name in known:
        return
    instead = (
        f"Let `seedbed predict {recipe.name} --file ROWS --out answers.csv` answer the rows and"
        " label by hand those that look wrong or least sure"
        if known == CHOOSES
        else "Write them in the recipe's columns yourself"
    )
    raise WrongValue(
        expected=f"a recipe of {', '.join(known)}",
        got=f"one of {name}",
        do=f"{instead}; then put them beside the rows of data.train.",
        where="task",
    )


def _choose(
    recipe: Recipe,
    rows: Path,
    name: str,
    most: int,
    out: Path | None,
    studio: Path | None,
    *,
    json: bool,
) -> None:
    from seedbed.home import Home
    from seedbed.release import store
    from seedbed.release.worth import worth_labelling

    found = store.find(Home(), name or recipe.name)
    some = list(_rows(rows, recipe.data, _texts(recipe)))
    pool = _pool(rows, some, recipe)
    with show.progress("Answering", len(some)) as bar:
        worth, left = worth_labelling(found, pool, most, seed=recipe.seed, told=bar.advance)
    picks = [(one, some[one.at]) for one in worth]
    if out is not None:
        _write(out, picks, recipe)
    if studio is not None:
        _to_studio(studio, picks, recipe, found)
    if json:
        asked = [_told(rank, *pick) for rank, pick in enumerate(picks, start=1)]
        show.emit({"release": f"{found.name}/{found.number}", "rows": asked} | _left(left))
    else:
        _show(picks, recipe, found, left, [path for path in (out, studio) if path])


def _texts(recipe: Recipe) -> Mapping[str, str]:
    """Return the columns of what is read, with the recipe's keys that name them."""
    pairs = {recipe.data.text_b: "data.text_b"} if recipe.task == "text-matching" else {}
    return {recipe.data.text: "data.text"} | pairs


def _pool(path: Path, rows: Sequence[Row], recipe: Recipe) -> Pool:
    import numpy as np

    from seedbed import registry
    from seedbed.data.table import Table
    from seedbed.release.worth import Pool

    task = registry.kind("tasks", recipe.task)(recipe.data)
    columns = {name: [row.cells[name] for row in rows] for name in _texts(recipe)}
    table = Table(path, columns, np.array([row.number for row in rows], dtype=np.int64))
    return Pool(task.inputs(table), task.texts(table), task.blank(table))


def _rows(path: Path, data: Data, columns: Mapping[str, str]) -> Iterable[Row]:
    from seedbed.data import read
    from seedbed.data.encoding import fitting
    from seedbed.errors import ColumnMissing
    from seedbed.recipe import nearest

    for row in read.rows(path, encoding=fitting(path, data.encoding)):
        for column, key in columns.items():
            if column not in row.cells:
                near = nearest(column, row.cells)
                raise ColumnMissing(
                    expected=f"a column named {column!r}, as the recipe's {key}",
                    got=f"columns {', '.join(row.cells)}",
                    do=f"Rename the column {near!r}?" if near else "Rename the column of texts.",
                    where=f"{path}, row {row.number}",
                )
        yield row


def _answer(answer: Mapping[str, Any]) -> list[str]:
    return [str(answer["label"])] if "label" in answer else list(map(str, answer["labels"]))


def _told(rank: int, one: Worth, row: Row) -> dict[str, Any]:
    told = {"rank": rank, "row": row.number, "cells": row.cells, "answer": dict(one.answer)}
    return told | {"doubt": one.doubt}


def _left(left: Left) -> dict[str, int]:
    return {"empty": left.empty, "repeated": left.repeated, "learnt": left.learnt}


def _write(path: Path, picks: Picks, recipe: Recipe) -> None:
    """Write the rows with what the release says of them; the label's column is left to fill in."""
    from seedbed.home import written_aside

    label, between = recipe.data.label, recipe.data.label_separator or "; "
    columns = dict.fromkeys(name for _, row in picks for name in row.cells) | {label: None}
    added = [f"seedbed_{name}" for name in ADDED]
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        separator = "\t" if path.suffix.lower() == ".tsv" else ","
        table = csv.DictWriter(file, [*columns, *added], restval="", delimiter=separator)
        lines = path.suffix.lower() == ".jsonl"
        if not lines:
            table.writeheader()
        for rank, (one, row) in enumerate(picks, start=1):
            said = between.join(_answer(one.answer))
            values = (rank, row.number, said, one.answer["confidence"], one.doubt)
            cells = row.cells | {label: ""} | dict(zip(added, values, strict=True))
            if lines:
                file.write(dumps(cells, ensure_ascii=False) + "\n")
            else:
                table.writerow(cells)


def _to_studio(folder: Path, picks: Picks, recipe: Recipe, release: Release) -> None:
    from seedbed.data import label_studio
    from seedbed.home import read_json, write_json, write_text

    schema = read_json(release.folder / "answer.json")["schema"]
    names = {"text": recipe.data.text, "label": recipe.data.label}
    model = f"{release.name}/{release.number}"
    tasks = [
        label_studio.task(
            row.cells,
            _answer(one.answer),
            score=float(one.answer["confidence"]),
            model=model,
            **names,
        )
        for one, row in picks
    ]
    _, *other = _texts(recipe)
    several = schema["multi_label"]
    page = label_studio.config(schema["labels"], several=several, other=other, **names)
    write_json(folder / "tasks.json", tasks)
    write_text(folder / "config.xml", page)


def _read_back(recipe: Recipe, path: Path, out: Path | None, *, json: bool) -> None:
    from seedbed.data.labelled import merge

    if out is None:
        raise typer.BadParameter("--read needs --out FILE.csv, for the rows old and new")
    _check_suffix(out, (".csv",))
    found = merge(recipe.data, path, out, texts=list(_texts(recipe)))
    if json:
        show.emit(found._asdict() | {"out": str(out)})
        return
    again = f", {found.replaced:,} of them labelled anew" if found.replaced else ""
    counts = f"{found.old:,} rows as before and {found.new:,} new ones{again}"
    show.out().print(f"{out}: {counts}", soft_wrap=True)
    show.out().print(f"Name it in the recipe: data: {{train: {out.name}}}", style="bold")


def _check_suffix(out: Path | None, known: Sequence[str]) -> None:
    if out is not None and out.suffix.lower() not in known:
        raise typer.BadParameter(f"--out {out} is none of {', '.join(known)}")


def _show(
    picks: Picks, recipe: Recipe, release: Release, left: Left, written: Sequence[Path]
) -> None:
    tell = show.out()
    gone = ", ".join(f"{count:,} {why}" for why, count in _left(left).items() if count)
    asks = f"{release.name}/{release.number} asks for {len(picks):,} labels"
    tell.print(asks + (f"; passed over: {gone}" if gone else "") + ".")
    table = show.table("#", "row", "doubt", "it would say", "text", right=("#", "row", "doubt"))
    for rank, (one, row) in enumerate(picks[:SHOWN], start=1):
        said = "; ".join(_answer(one.answer)) or "(none)"
        parts = [" ".join(row.cells[name].split()) for name in _texts(recipe)]
        text = " · ".join(part[: 80 // len(parts)] for part in parts)
        table.add_row(f"{rank}", f"{row.number:,}", f"{one.doubt:.2f}", said, text)
    tell.print(table)
    if len(picks) > SHOWN and not written:
        tell.print(f"and {len(picks) - SHOWN:,} more: give --out FILE or --label-studio FOLDER")
    for path in written:
        tell.print(f"written  {path}", soft_wrap=True)
