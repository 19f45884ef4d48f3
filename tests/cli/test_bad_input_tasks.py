"""The same for files of other tasks: spans, numbers, pairs, answers, pictures, tables, chats."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
from PIL import Image

from seedbed import cli
from seedbed.home import Home

Spoil = Callable[[Path], object]
TASKS: dict[str, str] = {
    "spans": "task: token-classification\ndata: {train: rows.jsonl, text: tokens, label: tags}",
    "numbers": "task: text-regression\ndata: {train: rows.csv, label: score}",
    "pairs": "task: text-matching\ndata: {train: rows.csv, label: same}",
    "scores": "task: text-matching\ndata: {train: rows.csv, label: score, match: score}",
    "answers": "task: text-matching\ndata: {train: rows.csv, match: answer}",
    "archive": "task: image-classification\nbase: cnn\ndata: {train: rows.npz}",
    "folders": "task: image-classification\nbase: cnn\ndata: {train: rows}",
    "table": "task: tabular-classification\ndata: {train: rows.csv, label: same}",
    "amounts": "task: tabular-regression\ndata: {train: rows.csv, label: score}",
    "chat": "task: text-generation\ndata: {train: rows.jsonl, text: text, answer: answer}",
    "messages": "task: text-generation\ndata: {train: rows.jsonl, messages: messages}",
}
COUNT = 60


def lines(i: int, text: str) -> dict[str, Any]:
    """Return a row of every task whose rows are lines."""
    turns = [{"role": "user", "content": text}, {"role": "assistant", "content": text[::-1]}]
    words = text.split()
    return {
        "text": text,
        "answer": text[::-1],
        "messages": turns,
        "tokens": words,
        "tags": ["B-thing", *["O"] * (len(words) - 1)],
    }


def cells(i: int, text: str) -> dict[str, Any]:
    """Return a row of every task whose rows are cells."""
    return {"text": text, "text_b": text[::-1], "same": "yn"[i % 2], "score": i / 10, "size": i % 7}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with rows of every task; what is to be wrong with them a test spoils."""
    texts = [text for text, _ in rows.made(COUNT, 1)]
    jsonl = (json.dumps(lines(i, text)) for i, text in enumerate(texts))
    (tmp_path / "rows.jsonl").write_text("\n".join(jsonl), encoding="utf-8")
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(cells(0, "")))
        writer.writeheader()
        writer.writerows(cells(i, text) for i, text in enumerate(texts))
    images, labels = pixels(COUNT)
    np.savez(tmp_path / "rows.npz", images=images, labels=labels)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        target = tmp_path / "rows" / str(label) / f"{i}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(target)
    return tmp_path


def pixels(count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    draw = np.random.default_rng(0)
    return draw.integers(0, 255, (count, 9, 9)).astype("u1"), np.arange(count) % 2


def first(**changes: Any) -> Spoil:
    """Return what changes keys of the first line; `None` takes one away."""

    def spoil(folder: Path) -> None:
        path = folder / "rows.jsonl"
        head, *rest = path.read_text(encoding="utf-8").split("\n")
        told = {k: v for k, v in (json.loads(head) | changes).items() if v is not None}
        path.write_text("\n".join([json.dumps(told), *rest]), encoding="utf-8")

    return spoil


def every(**changes: Any) -> Spoil:
    """Return what changes keys of all lines; `None` takes one away."""

    def spoil(folder: Path) -> None:
        path = folder / "rows.jsonl"
        told = (json.loads(line) | changes for line in path.read_text("utf-8").split("\n"))
        kept = ({k: v for k, v in one.items() if v is not None} for one in told)
        path.write_text("\n".join(map(json.dumps, kept)), encoding="utf-8")

    return spoil


def cell(column: str, value: str, row: int | None = 3) -> Spoil:
    """Return what changes a cell of one row, or of all."""

    def spoil(folder: Path) -> None:
        with (folder / "rows.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        for i, one in enumerate(found):
            one[column] = value if row in (None, i) else one[column]
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(found[0]))
            writer.writeheader()
            writer.writerows(found)

    return spoil


def bytes_of(name: str, content: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content)


def cut(name: str) -> Spoil:
    """Return what leaves the first half of a file."""

    def spoil(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])

    return spoil


def added(name: str, text: str) -> Spoil:
    def spoil(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as out:
            out.write(text)

    return spoil


def empty(folder: Path) -> None:
    """Leave no picture."""
    shutil.rmtree(folder / "rows")
    (folder / "rows" / "0").mkdir(parents=True)


def archive(**arrays: Any) -> Spoil:
    return lambda folder: np.savez(folder / "rows.npz", **arrays)


def keys(before: str, after: str) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "recipe.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")

    return spoil


def only(label: str) -> Spoil:
    """Return what leaves the pictures of one label."""

    def spoil(folder: Path) -> None:
        for path in (folder / "rows").iterdir():
            if path.name != label:
                for file in path.iterdir():
                    file.unlink()
                path.rmdir()

    return spoil


IMAGES, LABELS = pixels(COUNT)
FRENCH = "text,text_b,same,score,size\ncafé,thé,y,1,1\n".encode("cp1252")
CASES: dict[str, tuple[str, Spoil, str]] = {
    # spans
    "no tags": ("spans", every(tags=None), "SB207"),
    "tags missing in a row": ("spans", first(tags=None), "SB214"),
    "fewer tags than words": ("spans", first(tags=["O"]), "SB214"),
    "a tag that is none": ("spans", first(tokens=["a"], tags=["thing"]), "SB214"),
    "a tag that is a number": ("spans", first(tokens=["a"], tags=[1]), "SB214"),
    "tags in a broken list": ("spans", first(tokens=["a"], tags="[B-thing"), "SB214"),
    "a span out of the text": (
        "spans", first(tokens="a b", tags=[{"start": 0, "end": 99, "type": "t"}]), "SB214"),
    "a span turned round": (
        "spans", first(tokens="a b", tags=[{"start": 2, "end": 1, "type": "t"}]), "SB214"),
    "a span below zero": (
        "spans", first(tokens="a b", tags=[{"start": -3, "end": 1, "type": "t"}]), "SB214"),
    "a span between words": (
        "spans", first(tokens="a  b", tags=[{"start": 1, "end": 2, "type": "t"}]), "SB214"),
    "a span without a type": ("spans", first(tokens="a b", tags=[{"start": 0, "end": 1}]), "SB214"),
    "a span in words": (
        "spans", first(tokens="a b", tags=[{"start": "one", "end": 1, "type": "t"}]), "SB214"),
    "an object for tags": ("spans", first(tags={"start": 0}), "SB214"),
    "a number for tags": ("spans", first(tags=7), "SB214"),
    "a number for words": ("spans", first(tokens=7), "SB214"),
    "words that are lists": ("spans", first(tokens=[["a"], ["b"]], tags=["O", "O"]), "SB214"),
    "no span anywhere": ("spans", every(tokens=["a", "b"], tags=["O", "O"]), "SB209"),
    "a line that is no JSON": ("spans", bytes_of("rows.jsonl", b'{"tokens": ["a"'), "SB205"),
    "a line that is a list": ("spans", bytes_of("rows.jsonl", b"[1, 2]\n"), "SB205"),
    "an empty file of lines": ("spans", bytes_of("rows.jsonl", b""), "SB202"),
    # numbers
    "a word for a number": ("numbers", cell("score", "many"), "SB212"),
    "NaN for a number": ("numbers", cell("score", "nan"), "SB212"),
    "no end for a number": ("numbers", cell("score", "inf"), "SB212"),
    "a number beyond float": ("numbers", cell("score", "1e999"), "SB212"),
    "no number": ("numbers", cell("score", ""), "SB208"),
    "one number in all rows": ("numbers", cell("score", "3", None), "SB209"),
    "numbers too large to be squared": ("numbers", cell("score", "1e200"), "SB212"),
    "a score that is not there": ("numbers", keys("label: score", "label: scores"), "SB207"),
    "scores in an unknown encoding": ("numbers", bytes_of("rows.csv", FRENCH), "SB204"),
    # pairs
    "no second text": ("pairs", keys("label: same", "label: same, text_b: other"), "SB207"),
    "pairs of one label": ("pairs", cell("same", "y", None), "SB209"),
    "a pair without a label": ("pairs", cell("same", ""), "SB208"),
    "a word for a pair's score": ("scores", cell("score", "much"), "SB212"),
    "NaN for a pair's score": ("scores", cell("score", "NaN"), "SB212"),
    "pairs with an empty half": ("pairs", cell("text_b", "", None), "SB211"),
    "no answers": ("answers", cell("text_b", "", None), "SB211"),
    "no questions": ("answers", cell("text", "", None), "SB211"),
    "a collection that is not there": (
        "answers", keys("match: answer", "match: answer, collection: gone.csv"), "SB201"),
    "a way of matching that is none": ("answers", keys("match: answer", "match: anser"), "SB104"),
    # pictures
    "an empty archive": ("archive", bytes_of("rows.npz", b""), "SB203"),
    "an archive cut short": ("archive", cut("rows.npz"), "SB203"),
    "an archive of other arrays": ("archive", archive(pictures=IMAGES), "SB203"),
    "an archive of pickles": (
        "archive", archive(images=IMAGES, labels=np.array([{}] * COUNT)), "SB203"),
    "fewer labels than pictures": ("archive", archive(images=IMAGES, labels=LABELS[:9]), "SB205"),
    "several labels a picture": (
        "archive", archive(images=IMAGES, labels=np.zeros((COUNT, 2))), "SB205"),
    "pictures that are flat": (
        "archive", archive(images=IMAGES.reshape(COUNT, 81), labels=LABELS), "SB205"),
    "pictures of five colours": (
        "archive", archive(images=np.zeros((COUNT, 9, 9, 5)), labels=LABELS), "SB205"),
    "pictures of words": (
        "archive", archive(images=np.full((COUNT, 9, 9), "a"), labels=LABELS), "SB205"),
    "complex pictures": (
        "archive", archive(images=np.zeros((COUNT, 9, 9), complex), labels=LABELS), "SB205"),
    "an archive without pictures": (
        "archive", archive(images=IMAGES[:0], labels=LABELS[:0]), "SB202"),
    "an archive of one class": ("archive", archive(images=IMAGES, labels=LABELS * 0), "SB209"),
    "labels that are no numbers": (
        "archive", archive(images=IMAGES, labels=np.full(COUNT, np.nan)), "SB208"),
    "a part that is not there": ("archive", keys("rows.npz", "rows.npz#test"), "SB203"),
    "an archive of one number": (
        "archive", archive(images=np.array(1), labels=np.array(1)), "SB205"),
    "a label that is no number": (
        "archive", archive(images=IMAGES, labels=np.where(LABELS, np.nan, 1.0)), "SB208"),
    "a folder without pictures": ("folders", empty, "SB202"),
    "one folder of pictures": ("folders", only("1"), "SB209"),
    "a picture cut short": ("folders", cut("rows/0/0.png"), "SB217"),
    "a picture that is a text": ("folders", bytes_of("rows/0/0.png", b"not a picture"), "SB217"),
    "a folder that is not there": ("folders", keys("train: rows", "train: row"), "SB201"),
    # tables
    "a table of one class": ("table", cell("same", "y", None), "SB209"),
    "a table without its label": ("table", keys("label: same", "label: sane"), "SB207"),
    "a label alone": ("table", bytes_of("rows.csv", b"same\ny\nn\ny\nn\ny\nn\ny\nn\n"), "SB211"),
    "a column to leave out that is not there": (
        "table", keys("label: same", "label: same, leave_out: [sise]"), "SB207"),
    "a sensitive column that is not there": (
        "table", keys("label: same", "label: same, sensitive: [sex]"), "SB207"),
    "a group that is not there": (
        "table", keys("label: same", "label: same, group: shop"), "SB207"),
    "groups of pictures": ("archive", keys("rows.npz", "rows.npz, sensitive: [sex]"), "SB207"),
    "a row with too many cells": (
        "table", added("rows.csv", "a,b,y,1,1,1\n"), "SB205"),
    "a table in an unknown encoding": ("table", bytes_of("rows.csv", FRENCH), "SB204"),
    "a word for an amount": ("amounts", cell("score", "much"), "SB212"),
    "no end for an amount": ("amounts", cell("score", "-inf"), "SB212"),
    "one amount": ("amounts", cell("score", "5", None), "SB209"),
    # chats
    "no column of answers": ("chat", every(answer=None), "SB207"),
    "answers that are empty": ("chat", every(answer=""), "SB211"),
    "messages that are a text": ("messages", first(messages="hello"), "SB219"),
    "messages that are numbers": ("messages", first(messages=[1, 2]), "SB219"),
    "no messages": ("messages", first(messages=[]), "SB219"),
    "nobody's role": (
        "messages", first(messages=[{"role": "boss", "content": "a"}]), "SB219"),
    "messages that the user ends": (
        "messages", first(messages=[{"role": "user", "content": "a"}]), "SB219"),
    "content that is a list": (
        "messages", first(messages=[{"role": "user", "content": ["a"]}]), "SB219"),
    "an object for messages": ("messages", first(messages={"role": "user"}), "SB219"),
    "no column of messages": ("messages", every(messages=None), "SB207"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_of_every_task_is_one_clear_error(
    case: str, folder: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    task, spoil, code = CASES[case]
    (folder / "recipe.yaml").write_text(f"name: small\n{TASKS[task]}\n", encoding="utf-8")
    spoil(folder)
    with pytest.raises(SystemExit) as stop:
        cli.main(["tune", str(folder), "--json"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert stop.value.code == 1, told[-1]
    assert not [line for line in told if "rung" in line], "nothing was climbed"
    error = told[-1]["error"]
    assert error["code"] == code, error
    assert all(error[part] for part in ("title", "expected", "got", "do"))
    assert not list(home.root.glob("releases/*/*"))
