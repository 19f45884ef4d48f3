"""Texts without labels, read beside a run's rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rows

from seedbed.data import unlabelled
from seedbed.data.load import Loaded, load
from seedbed.errors import ColumnMissing, FileMissing, TooFewRows
from seedbed.tasks.base import Task
from seedbed.tasks.settle import settled

NEW = [f"a new text of number {i}" for i in range(60)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, Task]:
    folder = tmp_path_factory.mktemp("rows")
    for part, seed in (("train", 1), ("validation", 2), ("test", 3)):
        rows.write(folder / f"{part}.csv", rows.made(60, seed))
    recipe, task = settled(rows.recipe("minilm", folder))
    return load(recipe, task), task


def read(path: Path, run: tuple[Loaded, Task]) -> unlabelled.Unlabelled:
    return unlabelled.load(path, *run, seed=0)


def test_every_text_once_and_none_that_is_set_aside(
    run: tuple[Loaded, Task], tmp_path: Path
) -> None:
    train, validation, test = ([text for text, _ in rows.made(60, seed)] for seed in (1, 2, 3))
    texts = [*NEW, "", NEW[0].upper(), train[0], *validation[:2], *test[:3], f" {test[0]} "]
    (tmp_path / "more.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    found = read(tmp_path / "more.txt", run)
    assert found.texts == [*NEW, train[0]]
    assert found.aside == {"validation": 2, "test": 3}


def test_as_rows_are_read(run: tuple[Loaded, Task], tmp_path: Path) -> None:
    rows.write(tmp_path / "more.csv", [(text, "") for text in NEW])
    lines = [*(json.dumps({"text": text}) for text in NEW), "{broken"]
    (tmp_path / "more.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert read(tmp_path / "more.csv", run).texts == read(tmp_path / "more.jsonl", run).texts == NEW


def test_too_many_are_drawn(
    run: tuple[Loaded, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlabelled, "MOST", 55)
    (tmp_path / "more.txt").write_text("\n".join(NEW), encoding="utf-8")
    found = read(tmp_path / "more.txt", run).texts
    assert len(found) == 55
    assert found == [text for text in NEW if text in found]
    assert found != unlabelled.load(tmp_path / "more.txt", *run, seed=1).texts


def test_what_is_of_no_use(run: tuple[Loaded, Task], tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read(tmp_path / "none.txt", run)
    (tmp_path / "few.txt").write_text("\n".join(NEW[:49]) + "\n" + NEW[0], encoding="utf-8")
    with pytest.raises(TooFewRows, match="49 that differ"):
        read(tmp_path / "few.txt", run)
    (tmp_path / "other.csv").write_text("words\n" + "\n".join(NEW), encoding="utf-8")
    with pytest.raises(ColumnMissing, match=r"data\.text"):
        read(tmp_path / "other.csv", run)
