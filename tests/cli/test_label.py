"""`seedbed label`, on a release that tells "good" from "bad"."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed import cli, registry
from seedbed import recipe as recipes
from seedbed.backbones.overlap import Overlap
from seedbed.backbones.tfidf import Tfidf
from seedbed.data import read
from seedbed.home import Home, write_json, write_text
from seedbed.release import gate, seen, store
from seedbed.release.store import Release
from seedbed.tasks.base import Schema

TEXTS = ["good film", "bad film", "a good day", "a bad day"]
RECIPE = "name: films\ndata: {train: train.csv, text: review, label: stars}\n"
POOL = [
    *(f"good {word} {i}" for i in range(30) for word in ("plot", "cast")),
    *("film about the sea", "day at the zoo", "a film of a day"),
    *("", "bad film", "FILM about the sea "),
]


@pytest.fixture
def release(home: Home) -> Release:
    """Give a release that is sure of "good" and "bad", and has learnt "bad film"."""
    task = registry.kind("tasks", "text-classification")(recipes.parse(RECIPE).data)
    exam = gate.Exam(task, Schema(("no", "yes")), "accuracy", 0.005, TEXTS, np.array([1, 0, 1, 0]))
    terms = Tfidf.fit(TEXTS)
    weight = np.zeros((2, len(terms.idf)))
    weight[0, terms.vocabulary["bad"]] = weight[1, terms.vocabulary["good"]] = 9.0
    with store.writing(home, "films") as draft:
        terms.save(draft.folder / "model", weight, np.zeros(2))
        seen.keep(draft.folder, TEXTS)
        found = gate.run(draft.folder, exam, kind="linear", threads=1)
        write_json(draft.folder / "gate.json", found.as_dict())
        write_text(draft.folder / "recipe.yaml", RECIPE)
        schema = {"labels": ["no", "yes"], "multi_label": False}
        told = {"task": task.name, "schema": schema, "temperature": 1.0, "threshold": 0.8}
        write_json(draft.folder / "answer.json", told)
        return draft.commit({"task": task.name, "rung": "baseline", "kind": "linear"})


@pytest.fixture
def folder(tmp_path: Path, release: Release) -> Path:
    """Give a folder with the recipe, its training rows and unlabelled ones."""
    write_text(tmp_path / "recipe.yaml", RECIPE)
    _write(tmp_path / "train.csv", ["review", "stars"], zip(TEXTS, "yn" * 2, strict=True))
    _write(tmp_path / "pool.csv", ["id", "review"], enumerate(POOL))
    return tmp_path


def _write(path: Path, names: list[str], found: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *found])


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(["label", *map(str, words)])
    return int(stop.value.code or 0)


def test_it_asks_for_what_it_is_unsure_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--rows", folder / "pool.csv", "--most", 3, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["release"] == "films/1"
    assert (told["empty"], told["repeated"], told["learnt"]) == (1, 1, 1)
    assert {row["row"] for row in told["rows"]} == {61, 62, 63}
    assert all(row["doubt"] == 1 for row in told["rows"])
    assert run(folder, "--rows", folder / "pool.csv", "--most", 40) == 0
    shown = capsys.readouterr().out
    assert "films/1 asks for 40 labels; passed over: 1 empty, 1 repeated, 1 learnt." in shown
    assert "and 20 more" in shown


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_the_queue_is_a_file_of_rows_to_fill_in(suffix: str, folder: Path) -> None:
    out = folder / f"queue{suffix}"
    assert run(folder, "--rows", folder / "pool.csv", "--most", 5, "--out", out) == 0
    found = read.table(out).columns
    assert list(found)[:4] == ["id", "review", "stars", "seedbed_rank"]
    assert set(found["stars"]) == {""}
    assert found["seedbed_rank"] == ["1", "2", "3", "4", "5"]
    assert {"61", "62", "63"} < set(found["seedbed_row"])


def test_to_label_studio_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studio = folder / "studio"
    assert run(folder, "--rows", folder / "pool.csv", "--most", 4, "--label-studio", studio) == 0
    assert '<Choice value="yes" />' in (studio / "config.xml").read_text(encoding="utf-8")
    tasks = json.loads((studio / "tasks.json").read_text(encoding="utf-8"))
    for task, label in zip(tasks, ("yes", "no", "yes", None), strict=True):
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == "films/1"
        result = prediction["result"][0] | {"value": {"choices": [label]}}
        task["annotations"] = [{"result": [result], "was_cancelled": False}] if label else []
    again = {"data": {"review": "A  good film", "id": "99"}, "predictions": []}
    tasks.append(again | {"annotations": tasks[1]["annotations"]})
    write_json(folder / "export.json", tasks)
    capsys.readouterr()
    out = folder / "train-2.csv"
    assert run(folder, "--read", folder / "export.json", "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "old": 4,
        "new": 4,
        "replaced": 0,
        "out": str(out),
    }
    found = read.table(out).columns
    assert list(found) == ["review", "stars"]
    assert found["stars"] == [*"ynyn", "yes", "no", "yes", "no"]
    assert run(folder, "--read", out, "--out", folder / "train-3.csv") == 0
    assert "4 of them labelled anew" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--rows", "pool.csv", "--read", "pool.csv"],
        ["--read", "pool.csv"],
        ["--read", "pool.csv", "--out", "x.jsonl"],
        ["--rows", "pool.csv", "--out", "x.xlsx"],
    ],
)
def test_wrong_use(words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert run("recipe.yaml", *words) == 2


def test_rows_without_the_column_and_no_release(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(folder / "other.csv", ["reviews"], [["x"]])
    assert run(folder, "--rows", folder / "other.csv") == 1
    assert "Rename the column 'reviews'?" in capsys.readouterr().err
    assert run(folder, "--rows", folder / "pool.csv", "--release", "film") == 1
    assert "Did you mean 'films'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "task", ["text-regression", "token-classification", "tabular-classification"]
)
def test_a_task_whose_rows_it_cannot_choose_is_told_what_to_do(
    task: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_text(folder / "recipe.yaml", f"task: {task}\n{RECIPE}")
    assert run(folder, "--rows", folder / "pool.csv", "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["got"]) == ("SB104", f"one of {task}")
    assert "seedbed predict films --file" in error["do"]
    assert "data.train" in error["do"]


def test_numbers_and_spans_are_read_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "more.csv"
    for task, labels in (
        ("text-regression", ["1.5", "-2"]),
        ("token-classification", ['[{"start": 0, "end": 4, "type": "film"}]', "[]"]),
    ):
        write_text(folder / "recipe.yaml", f"task: {task}\n{RECIPE}")
        new = zip(["good film", "another film"], labels, strict=True)
        _write(folder / "new.csv", ["review", "stars"], new)
        assert run(folder, "--read", folder / "new.csv", "--out", out) == 0
        assert read.table(out).columns["stars"] == ["n", "y", "n", *labels]
    write_text(folder / "recipe.yaml", f"task: tabular-regression\n{RECIPE}")
    capsys.readouterr()
    assert run(folder, "--read", folder / "new.csv", "--out", out) == 1
    assert "in the recipe's columns" in " ".join(capsys.readouterr().err.split())


PAIRS = (
    "name: same\ntask: text-matching\ndata: {train: t.csv, text: one, text_b: other, label: is}\n"
)
TOLD = [("a red card", "a red card", "1"), ("a red card", "the sea", "0")] * 3


@pytest.fixture
def pairs(home: Home, tmp_path: Path) -> Path:
    """Give a folder with a recipe of pairs, whose release says 1 where words are shared."""
    task = registry.kind("tasks", "text-matching")(recipes.parse(PAIRS).data)
    known = [(one, other) for one, other, _ in TOLD]
    truth = np.array([int(same) for _, _, same in TOLD])
    exam = gate.Exam(task, Schema(("0", "1")), "accuracy", 0.005, known, truth)
    shared = Overlap.fit(known, task)
    with store.writing(home, "same") as draft:
        shared.save(draft.folder / "model", np.array([[0.0, 0, 0], [2.0, 2, 0]]), np.zeros(2))
        seen.keep(draft.folder, [f"{one}\n{other}" for one, other in known])
        found = gate.run(draft.folder, exam, kind="linear", threads=1)
        write_json(draft.folder / "gate.json", found.as_dict())
        write_text(draft.folder / "recipe.yaml", PAIRS)
        schema = {"labels": ["0", "1"], "multi_label": False}
        told = {"task": task.name, "schema": schema, "temperature": 1.0, "threshold": 0.8}
        write_json(draft.folder / "answer.json", told)
        draft.commit({"task": task.name, "rung": "baseline", "kind": "linear"})
    write_text(tmp_path / "recipe.yaml", PAIRS)
    _write(tmp_path / "t.csv", ["one", "other", "is"], TOLD[:2])
    pool = [("a red card", "the card is red"), ("a red card", "THE SEA"), ("the sea", ""),
            ("the sea", "the sea"), ("a red", "a card"), ("the sea", "the sea")]  # fmt: skip
    _write(tmp_path / "pool.csv", ["one", "other"], pool)
    return tmp_path


def test_pairs_are_asked_for_and_read_back(pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studio, out = pairs / "studio", pairs / "more.csv"
    given = ("--rows", pairs / "pool.csv", "--most", 2, "--label-studio", studio, "--json")
    assert run(pairs, *given) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["empty"], told["repeated"], told["learnt"]) == (1, 1, 1)
    doubts = {row["cells"]["other"]: row["doubt"] for row in told["rows"]}
    assert set(doubts) < {"the card is red", "the sea", "a card"}
    page = (studio / "config.xml").read_text(encoding="utf-8")
    assert '<Text name="one" value="$one" />' in page
    assert '<Text name="other" value="$other" />' in page
    tasks = json.loads((studio / "tasks.json").read_text(encoding="utf-8"))
    for task in tasks:
        task["annotations"] = task.pop("predictions")
    tasks.append({"data": {"one": "A red card", "other": "the sea"}})
    tasks[-1]["annotations"] = tasks[0]["annotations"]
    write_json(pairs / "export.json", tasks)
    assert run(pairs, "--read", pairs / "export.json", "--out", out, "--json") == 0
    merged = json.loads(capsys.readouterr().out)
    # The pair that was labelled anew gave way; the other with the same first text did not.
    assert (merged["old"], merged["new"], merged["replaced"]) == (1, 3, 1)
    assert list(read.table(out).columns) == ["one", "other", "is"]


def test_questions_with_answers_are_not(pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_text(pairs / "recipe.yaml", PAIRS.replace("label: is", "match: answer"))
    assert run(pairs, "--rows", pairs / "pool.csv", "--json") == 1
    assert "data.match: answer" in json.loads(capsys.readouterr().out)["error"]["got"]
