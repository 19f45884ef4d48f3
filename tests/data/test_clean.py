from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from rows_sample import make, sentence, write_jsonl, write_parquet

from seedbed.data import read
from seedbed.data.check import inspect
from seedbed.data.clean import Cleaned, clean
from seedbed.data.load import load
from seedbed.recipe import Recipe
from seedbed.tasks.base import Task

TRAIN = [(sentence(i), "yes" if i % 2 else "no") for i in range(60)]
VALIDATION = [(sentence(i), "yes" if i % 2 else "no") for i in range(100, 130)]
TEST = [(sentence(i), "yes" if i % 2 else "no") for i in range(200, 230)]


def run(recipe: Recipe, task: Task, out: Path | None = None) -> dict[str, Cleaned]:
    loaded = load(recipe, task, lenient=True)
    check = inspect(loaded, task, task.schema(loaded.train))
    return {one.split: one for one in clean(recipe, task, check, out)}


def changes(one: Cleaned) -> dict[int, dict[str, str]]:
    with one.changes.open(encoding="utf-8", newline="") as file:
        return {int(row["row"]): row for row in csv.DictReader(file)}


def reasons(one: Cleaned) -> dict[int, str]:
    return {row: change["reason"].split(":")[0] for row, change in changes(one).items()}


def test_clean_files_get_no_copy(tmp_path: Path) -> None:
    assert run(*make(tmp_path, TRAIN, test=TEST)) == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test.csv", "train.csv"]


def test_every_kind_of_row_is_taken_out_and_listed(tmp_path: Path) -> None:
    train = [
        *TRAIN,
        (TRAIN[0][0].upper(), "no"),  # 61 repeats row 1
        ("  ", "yes"),  # 62 empty
        ("no label", ""),  # 63
        (TEST[0][0], "no"),  # 64 in test
        (VALIDATION[0][0] + " please", "no"),  # 65 near validation row 1
        (TRAIN[1][0], "no"),  # 66 against row 2: no majority
        (TRAIN[2][0], "yes"),  # 67 against rows 3 and 68
        (TRAIN[2][0], "no"),  # 68
    ]
    recipe, task = make(tmp_path, train, validation=VALIDATION, test=TEST)
    with (tmp_path / "train.csv").open("a", encoding="utf-8") as file:
        file.write("one,two,three\n")
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in tmp_path.iterdir()}
    done = run(recipe, task)
    assert set(done) == {"train"}
    assert reasons(done["train"]) == {
        2: "conflicting_label",
        61: "exact_duplicate",
        62: "empty_text",
        63: "missing_label",
        64: "leak_exact",
        65: "leak_near",
        66: "conflicting_label",
        67: "conflicting_label",
        68: "exact_duplicate",
        69: "broken_row",
    }
    assert {path: hashlib.sha256(path.read_bytes()).digest() for path in before} == before
    kept = read.table(done["train"].copy)
    assert len(kept) == done["train"].kept == 59
    assert sum(done["train"].removed.values()) == 10
    assert kept.columns["text"] == [text for i, (text, _) in enumerate(TRAIN) if i != 1]


def test_the_change_list_shows_the_whole_row(tmp_path: Path) -> None:
    done = run(*make(tmp_path, [*TRAIN, ("", "yes")], test=TEST))
    change = changes(done["train"])[61]
    assert change["action"] == "removed"
    assert json.loads(change["before"]) == {"text": "", "label": "yes"}
    assert change["after"] == ""


def test_a_cleaned_copy_is_clean(tmp_path: Path) -> None:
    train = [*TRAIN, TRAIN[3], (TEST[0][0] + " now", "no"), (TEST[0][0] + " now", "no"), ("", "no")]
    recipe, task = make(tmp_path, train, test=TEST)
    copy = run(recipe, task)["train"].copy
    again = recipe.model_copy(update={"data": recipe.data.model_copy(update={"train": str(copy)})})
    assert run(again, task) == {}


def test_validation_loses_what_is_in_test_and_test_loses_nothing_readable(tmp_path: Path) -> None:
    validation = [*VALIDATION, (TEST[3][0], "yes"), ("", "no")]
    recipe, task = make(tmp_path, TRAIN, validation=validation, test=[*TEST, ("", "no"), TEST[0]])
    done = run(recipe, task)
    assert reasons(done["validation"]) == {31: "leak_exact", 32: "empty_text"}
    assert set(done) == {"validation"}


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_copies_of_any_format_are_csv_with_all_columns(suffix: str, tmp_path: Path) -> None:
    recipe, task = make(tmp_path, TRAIN)
    rows = [*TRAIN, ("", "yes")]
    path = tmp_path / f"rows{suffix}"
    if suffix == ".jsonl":
        write_jsonl(path, rows)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"text": "late", "label": "no", "extra": "键"}) + "\n")
    else:
        texts, labels = zip(*rows, strict=True)
        write_parquet(path, {"text": texts, "label": labels, "extra": ["键"] * len(rows)})
    data = recipe.data.model_copy(update={"train": str(path)})
    done = run(recipe.model_copy(update={"data": data}), task, tmp_path / "out" / "deep")
    copy = done["train"].copy
    assert copy == tmp_path / "out" / "deep" / "rows.clean.csv"
    assert read.table(copy).columns["extra"][-1] == "键"
    assert reasons(done["train"]) == {61: "empty_text"}


def test_rows_with_several_labels_agree_whatever_their_order(tmp_path: Path) -> None:
    rows = [(sentence(i), ["a", "b", "a|b", ""][i % 4]) for i in range(60)]
    recipe, task = make(tmp_path, [*rows, (rows[2][0], "b | a")])
    data = recipe.data.model_copy(update={"label_separator": "|"})
    done = run(recipe.model_copy(update={"data": data}), type(task)(data))
    assert reasons(done["train"]) == {61: "exact_duplicate"}
