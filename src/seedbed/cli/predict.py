"""`seedbed predict`: answers texts, or the rows of a file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TextIO

import typer

from seedbed.cli import show

if TYPE_CHECKING:
    from seedbed.data.read import Broken, Row
    from seedbed.release.predictor import Predictor

CHUNK = 2048
WRITTEN = 32
"""Rows that are answered at once, where answers are written: that takes seconds a row."""
SEPARATORS = {".csv": ",", ".tsv": "\t"}
NAMED = 5
"""Rows that were left out which are named, each with why."""


class Asked(NamedTuple):
    """One text to answer, and the row that it stands in."""

    number: int
    text: str
    cells: Mapping[str, str]


Write = Callable[[Asked, Mapping[str, Any]], None]


class LeftOut:
    """The rows of a file that cannot be read: how many, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Broken] = []

    def __call__(self, flaw: Broken) -> None:
        """Take one."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(flaw)

    def warn(self) -> None:
        """Say on stderr which rows have no answer, and why."""
        if not self.count:
            return
        tell = show.err().print
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        tell(f"{rows} cannot be read and {'has' if self.count == 1 else 'have'} no answer:")
        for flaw in self.first:
            tell(f"  row {flaw.number:,}: {flaw.why()}", soft_wrap=True)
        if self.count > len(self.first):
            tell(f"  and {self.count - len(self.first):,} more")


def predict(
    release: Annotated[
        str, typer.Argument(help="`name`, `name/3`, `name@latest`, or a release's folder.")
    ],
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Texts; `-` reads them from stdin, one a line."),
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option(help="Answer the rows of a csv, tsv, jsonl, parquet or Excel.")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="Column of the text. Left out: the recipe's.")
    ] = None,
    encoding: show.Encoding = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the answers to a csv, tsv or jsonl.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tables: give the columns that weighed most.")
    ] = False,
    engine: Annotated[
        str | None, typer.Option(help="Use this engine alone. Left out: the gate's choice.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads to compute with. Left out: all.")
    ] = None,
    json: show.Json = False,
) -> None:
    """Answer texts, or the rows of a file.

    Examples:
        seedbed predict bank-intents "My card has not arrived."
        seedbed predict bank-intents/3 --file new.csv --out answers.csv
        seedbed predict bank-intents --file old.csv --encoding cp1252 --out answers.csv
        seedbed predict ./copied-folder - --json < texts.txt
        seedbed predict credit --file applications.csv --out answers.csv
        seedbed predict credit '{"age": 35, "housing": "own"}' --explain
        seedbed predict digits photo.png
        seedbed predict same-request $'Where is my card?\\tMy card has not come.'

    A release that compares two texts takes them with a tab between; one that searches a collection
    gives its best answers. Rows of a file that cannot be read are named, and the others answered.
    """
    if bool(texts) == (file is not None):
        raise typer.BadParameter("Give texts, or - for stdin, or --file FILE.")
    if out is not None and out.suffix.lower() not in (*SEPARATORS, ".jsonl"):
        raise typer.BadParameter(f"--out {out} is none of .csv, .tsv, .jsonl.")
    from seedbed.home import Home
    from seedbed.release import store
    from seedbed.release.predictor import Predictor

    predictor = Predictor(store.find(Home(), release), engine=engine, threads=threads)
    if explain and predictor.columns is None:
        raise typer.BadParameter("--explain is for releases that read tables.")
    columns = predictor.text_columns if column is None else (column,)
    left_out = LeftOut()
    if file is None:
        source = _typed(texts or [])
    else:
        rows = _read(file, encoding, predictor.task.data.encoding, left_out)
        table = predictor.columns is not None
        source = _table(rows) if table else _rows(rows, file, columns, left_out)
    with _writer(out, as_json=json) as write, show.progress("Answering") as bar:
        most = WRITTEN if predictor.task.output == "text" else CHUNK
        while chunk := list(islice(source, 1 if texts == ["-"] and out is None else most)):
            bar.advance(_answer(predictor, chunk, write, file, left_out, explain=explain))
        if left_out.count and not bar.done:
            raise left_out.first[0].error
    left_out.warn()
    if out is not None and not json:
        show.err().print(f"{bar.done:,.0f} answer{'' if bar.done == 1 else 's'} in {out}")


def _answer(
    predictor: Predictor,
    chunk: list[Asked],
    write: Write,
    file: Path | None,
    left_out: LeftOut,
    *,
    explain: bool,
) -> int:
    """Answer some rows, and return how many of them could be read."""
    from seedbed.errors import ImageBroken, ImageTooLarge, RowUnreadable

    folder = Path() if file is None else file.parent
    inputs = [predictor.task.typed(one.text, folder) for one in chunk]
    try:
        # A file may have columns of its own; what is typed may not, for it may be a slip.
        predictor.check(inputs, only=file is None, numbers=[one.number for one in chunk])
        answers = predictor.answers(inputs)
    except (RowUnreadable, ImageBroken, ImageTooLarge):
        if file is None:
            raise
        chunk = [one for one in chunk if _readable(predictor, one, folder, left_out)]
        inputs = [predictor.task.typed(one.text, folder) for one in chunk]
        answers = predictor.answers(inputs)
    if predictor.task.reads == "words":  # spans are counted in this text, not in a list of words
        chunk = [one._replace(text=each.text) for one, each in zip(chunk, inputs, strict=True)]
    if explain:
        reasons = zip(answers, predictor.explained(inputs), strict=True)
        answers = [dict(answer) | {"reasons": found} for answer, found in reasons]
    for asked, answer in zip(chunk, answers, strict=True):
        write(asked, answer)
    return len(chunk)


def _readable(predictor: Predictor, one: Asked, folder: Path, left_out: LeftOut) -> bool:
    """Tell whether a row of a table, or its picture, can be read; if not, it is left out."""
    from seedbed.data.pictures import pixels
    from seedbed.data.read import Broken
    from seedbed.errors import ImageBroken, ImageTooLarge, RowUnreadable

    given = predictor.task.typed(one.text, folder)
    try:
        predictor.check([given], numbers=[one.number])
        if predictor.task.reads == "image":
            pixels(given)
    except (RowUnreadable, ImageBroken, ImageTooLarge) as cause:
        left_out(Broken(one.number, 0, cause))
        return False
    return True


def _read(file: Path, named: str | None, usual: str | None, left_out: LeftOut) -> Iterator[Row]:
    """Yield the rows that can be read, in the encoding named, else the recipe's where it fits."""
    from seedbed.data import read
    from seedbed.data.encoding import fitting, named_by

    with named_by("--encoding"):
        encoding = named or fitting(file, usual)
        yield from read.rows(file, broken=left_out, encoding=encoding)


def _table(rows: Iterator[Row]) -> Iterator[Asked]:
    """Yield the rows of a table, each as JSON."""
    for row in rows:
        yield Asked(row.number, dumps(row.cells, ensure_ascii=False), row.cells)


def _typed(texts: list[str]) -> Iterator[Asked]:
    lines = (line.rstrip("\r\n") for line in sys.stdin) if texts == ["-"] else iter(texts)
    for number, text in enumerate(lines, start=1):
        yield Asked(number, text, {"text": text})


def _rows(
    rows: Iterator[Row], file: Path, columns: Sequence[str], left_out: LeftOut
) -> Iterator[Asked]:
    from seedbed.data.read import Broken
    from seedbed.errors import ColumnMissing
    from seedbed.recipe import nearest

    known = False
    for row in rows:
        gone = next((column for column in columns if column not in row.cells), None)
        if gone is not None:
            near = nearest(gone, row.cells)
            lacking = ColumnMissing(
                expected=f"a column named {gone!r}",
                got=f"columns {', '.join(row.cells)}",
                do=f"Did you mean --column {near}?" if near else "Name it with --column.",
                where=f"{file}, row {row.number}",
            )
            if not known:  # it is the name that is wrong, not the row
                raise lacking
            left_out(Broken(row.number, 0, lacking))
            continue
        known = True
        text = "\t".join(row.cells[column] for column in columns)
        yield Asked(row.number, text, row.cells)


@contextmanager
def _writer(out: Path | None, *, as_json: bool) -> Iterator[Write]:
    """Give what takes the answers; a file is written aside and appears when it is whole."""
    from seedbed.home import written_aside

    if out is None:
        yield _to_json_lines(sys.stdout) if as_json else _to_terminal
        return
    with (
        written_aside(out) as aside,
        aside.open("w", encoding="utf-8", newline="") as handle,
    ):
        if out.suffix.lower() == ".jsonl":
            yield _to_json_lines(handle)
        else:
            yield _to_table(handle, SEPARATORS[out.suffix.lower()])


def _to_terminal(asked: Asked, answer: Mapping[str, Any]) -> None:
    text = _short(asked.text, 80)
    if "answers" in answer:
        typer.echo(text)
        for one in answer["answers"]:
            typer.echo(f"  {one['score']:.3f}  {_short(' '.join(one['text'].split()), 160)}")
        return
    if "finish" in answer:
        typer.echo(f"{_short(asked.text, 80)}\n{answer['text']}\n")
        return
    if "entities" in answer:
        typer.echo(f"{_entities(answer)}  {text}")
        return
    unsure = "" if answer.get("sure", True) else "  (not sure)"
    sure = f"  {answer['confidence']:.3f}" if "confidence" in answer else ""
    typer.echo(f"{_label(answer)}{sure}{unsure}  {text}")
    for one in answer.get("reasons", ()):
        typer.echo(f"  {one['weight']:+.3f}  {one['column']}: {_short(one['cell'], 60)}")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _to_json_lines(handle: TextIO) -> Write:
    def write(asked: Asked, answer: Mapping[str, Any]) -> None:
        given = "prompt" if "finish" in answer else "text"  # what is written is a text too
        told = {"row": asked.number, given: asked.text, **answer}
        handle.write(dumps(told, ensure_ascii=False) + "\n")

    return write


def _to_table(handle: TextIO, separator: str) -> Write:
    """Give a writer of the row's own columns and, to their right, the answer's."""
    table = csv.writer(handle, delimiter=separator, lineterminator="\n")
    columns: list[str] = []

    def write(asked: Asked, answer: Mapping[str, Any]) -> None:
        if not columns:
            columns.extend(asked.cells)
            added = _columns(answer)
            table.writerow(
                [*columns, *(f"seedbed_{name}" if name in columns else name for name in added)]
            )
        cells = [asked.cells.get(name, "") for name in columns]
        table.writerow([*cells, *_cells(answer)])

    return write


def _columns(answer: Mapping[str, Any]) -> tuple[str, ...]:
    if "answers" in answer:
        return ("answer", "score")
    if "finish" in answer:
        return ("answer", "tokens", "finish")
    if "value" in answer:
        return ("answer", "low", "high")
    if "entities" in answer:
        return ("answer", "entities")
    return ("answer", "confidence", "sure")


def _cells(answer: Mapping[str, Any]) -> tuple[Any, ...]:
    if "answers" in answer:
        first = answer["answers"][:1]
        return (first[0]["text"], first[0]["score"]) if first else ("", "")
    if "finish" in answer:
        return answer["text"], answer["tokens"], answer["finish"]
    if "value" in answer:
        return answer["value"], answer["low"], answer["high"]
    if "entities" in answer:
        return _entities(answer), dumps(answer["entities"], ensure_ascii=False)
    return _label(answer), answer["confidence"], "yes" if answer["sure"] else "no"


def _entities(answer: Mapping[str, Any]) -> str:
    return " · ".join(f"{one['type']}: {one['text']}" for one in answer["entities"]) or "(none)"


def _label(answer: Mapping[str, Any]) -> str:
    if "value" in answer:
        around = "" if answer["low"] is None else f" ({answer['low']:g} to {answer['high']:g})"
        return f"{answer['value']:g}{around}"
    return str(answer["label"]) if "label" in answer else "; ".join(answer["labels"]) or "(none)"
