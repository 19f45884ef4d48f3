"""`seedbed predict`, `releases` and `models`, on a release of the `baseline` rung."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed import cli, registry
from seedbed import recipe as recipes
from seedbed.backbones.tfidf import Tfidf
from seedbed.home import Home, write_json, write_text
from seedbed.release import gate, store
from seedbed.release.store import Release
from seedbed.tasks.base import Schema

TEXTS = ["good film", "bad film", "a good day", "a bad day"]
RECIPE = "name: films\ndata: {train: /nowhere.csv, text: review}\n"


@pytest.fixture
def release(home: Home) -> Release:
    """Give a release that tells "good" from "bad"."""
    return made(home)


def made(home: Home, recipe: str = RECIPE) -> Release:
    task = registry.kind("tasks", "text-classification")(recipes.parse(recipe).data)
    exam = gate.Exam(task, Schema(("no", "yes")), "accuracy", 0.005, TEXTS, np.array([1, 0, 1, 0]))
    terms = Tfidf.fit(TEXTS)
    weight = np.zeros((2, len(terms.idf)))
    weight[0, terms.vocabulary["bad"]] = weight[1, terms.vocabulary["good"]] = 9.0
    share = {"value": 1.0, "low": 0.6, "high": 1.0}
    with store.writing(home, "films") as draft:
        terms.save(draft.folder / "model", weight, np.zeros(2))
        found = gate.run(draft.folder, exam, kind="linear", threads=1)
        write_json(draft.folder / "gate.json", found.as_dict())
        write_text(draft.folder / "recipe.yaml", recipe)
        schema = {"labels": ["no", "yes"], "multi_label": False}
        told = {"task": task.name, "schema": schema, "temperature": 1.0, "threshold": 0.8}
        write_json(draft.folder / "answer.json", told)
        report = {"metric": "accuracy", "metrics": {"accuracy": share}, "rung": "baseline"}
        write_json(draft.folder / "report.json", report | {"verdict": {"say": "hold"}})
        return draft.commit({"task": task.name, "rung": "baseline", "kind": "linear"})


def run(*words: str) -> int:
    """Return the exit code of `seedbed` with some words."""
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_texts(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("predict", "films", "a good one", "a bad one", "nothing known") == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("yes  1.000  a good")
    assert second.startswith("no  1.000  a bad")
    assert third == "no  0.500  (not sure)  nothing known"


def test_texts_as_json(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("predict", "films/1", "a good one", "", "--json", "--threads", "1") == 0
    good, empty = lines(capsys.readouterr().out)
    assert good == {
        "row": 1,
        "text": "a good one",
        "label": "yes",
        "confidence": good["scores"]["yes"],
        "sure": True,
        "scores": good["scores"],
    }
    assert empty["confidence"] == 0.5


def test_texts_from_stdin(
    release: Release, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("good\r\nbad\n"))
    assert run("predict", "films", "-", "--json") == 0
    assert [line["label"] for line in lines(capsys.readouterr().out)] == ["yes", "no"]


def test_a_file_to_a_csv_keeps_the_rows_own_columns(release: Release, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,review,answer\n7,"good, ""very""",x\n8,bad,y\n', encoding="utf-8")
    assert run("predict", "films", "--file", str(source), "--out", str(out)) == 0
    with out.open(encoding="utf-8", newline="") as handle:
        first, second = csv.DictReader(handle)
    assert first["review"] == 'good, "very"'
    assert (first["id"], first["answer"], first["seedbed_answer"]) == ("7", "x", "yes")
    assert (second["seedbed_answer"], second["sure"]) == ("no", "yes")


def test_a_file_to_json_lines_streams_in_order(release: Release, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    words = ["good" if i % 3 else "bad" for i in range(5000)]
    rows = (json.dumps({"said": f"{word} {i}"}) for i, word in enumerate(words))
    source.write_text("\n".join(rows), encoding="utf-8")
    options = ["--file", str(source), "--column", "said", "--out", str(out)]
    assert run("predict", "films", *options) == 0
    found = lines(out.read_text(encoding="utf-8"))
    assert [line["row"] for line in found] == list(range(1, 5001))
    assert [line["label"] == "yes" for line in found] == [word == "good" for word in words]


def test_a_column_that_is_not_there_is_named(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,reviews\n1,good\n", encoding="utf-8")
    assert run("predict", "films", "--file", str(source), "--out", str(out), "--json") == 1
    failed = lines(capsys.readouterr().out)[-1]["error"]
    assert failed["code"] == "SB207"
    assert failed["do"] == "Did you mean --column reviews?"
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def answered(out: Path) -> dict[str, str]:
    with out.open(encoding="utf-8", newline="") as handle:
        return {row["review"]: row["answer"] for row in csv.DictReader(handle)}


def test_a_files_encoding_can_be_named(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("review\ngood café\nbad “é”\n", encoding="cp1252")
    asked = ["predict", "films", "--file", str(source), "--out", str(out), "--json"]
    assert run(*asked) == 1
    failed = lines(capsys.readouterr().out)[-1]["error"]
    assert failed["code"] == "SB204"
    assert failed["do"].endswith("such as `--encoding cp1252`.")
    assert run(*asked, "--encoding", "cp1253x") == 1
    failed = lines(capsys.readouterr().out)[-1]["error"]
    assert failed["expected"].startswith("--encoding: an encoding")
    assert run(*asked, "--encoding", "cp1252") == 0
    assert answered(out) == {"good café": "yes", "bad “é”": "no"}


@pytest.mark.parametrize("written", ["cp1252", "utf-8", "utf-8-sig"])
def test_the_recipes_encoding_is_used_where_it_fits(
    home: Home, tmp_path: Path, written: str
) -> None:
    made(home, RECIPE.replace("}", ", encoding: cp1252}"))
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("review\ngood “café”\n", encoding=written)
    assert run("predict", "films", "--file", str(source), "--out", str(out)) == 0
    assert answered(out) == {"good “café”": "yes"}


def test_rows_that_cannot_be_read_are_named_and_the_others_answered(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,review\n1,good\n2,a,b\n3,bad\n4,"open\n', encoding="utf-8")
    assert run("predict", "films", "--file", str(source), "--out", str(out)) == 0
    assert answered(out) == {"good": "yes", "bad": "no"}
    told = capsys.readouterr().err
    assert "2 rows cannot be read and have no answer:" in told
    assert "row 2: expected 2 cells, as in the header; got 3" in told
    assert "row 4: " in told
    assert "2 answers in" in told


def test_of_many_rows_that_cannot_be_read_the_first_are_named(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.jsonl"
    bad = ['{"review": ', '{"said": "good"}', "[]", "7", "{}", "nothing", "null"]
    source.write_text("\n".join(['{"review": "good"}', *bad]), encoding="utf-8")
    assert run("predict", "films", "--file", str(source), "--json") == 0
    told = capsys.readouterr()
    assert [line["row"] for line in lines(told.out)] == [1]
    assert "7 rows cannot be read" in told.err
    assert "row 3: expected a column named 'review'; got columns said" in told.err
    assert "and 2 more" in told.err


def test_a_file_of_no_row_that_can_be_read_is_refused(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,review\n1,a,b\n2,c,d\n", encoding="utf-8")
    assert run("predict", "films", "--file", str(source), "--out", str(out), "--json") == 1
    assert lines(capsys.readouterr().out)[-1]["error"]["code"] == "SB205"
    assert not out.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["films"],
        ["films", "text", "--file", "in.csv"],
        ["films", "--file", "in.csv", "--out", "out.xlsx"],
        ["films", "text", "--threads", "0"],
    ],
)
def test_wrong_use_is_exit_code_two(release: Release, words: list[str]) -> None:
    assert run("predict", *words) == 2


def test_failures_are_exit_code_one(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("predict", "film", "text") == 1
    assert "Did you mean 'films'?" in capsys.readouterr().err
    assert run("predict", "films", "text", "--engine", "torch-bf16") == 1
    assert "expected  one of linear" in capsys.readouterr().err
    copied = Path(shutil.copytree(release.folder, tmp_path / "copied"))
    (copied / "model" / "linear.safetensors").unlink()
    assert run("predict", str(copied), "text") == 1
    assert "SB502" in capsys.readouterr().err


def test_releases(release: Release, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("releases", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert one == {
        "release": "films/1",
        "verdict": "hold",
        "metric": "accuracy",
        "value": 1.0,
        "low": 0.6,
        "high": 1.0,
        "rung": "baseline",
        "bytes": release.bytes,
        "engines": {"latency": "linear", "throughput": "linear", "kept": ["linear"]},
        "parent": None,
        "made": release.manifest["made"],
    }
    assert run("releases", "films") == 0
    assert "films/1" in capsys.readouterr().out
    assert run("releases", "film") == 1


def test_a_damaged_release_does_not_hide_the_others(
    release: Release, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = home.releases / "films" / "2"
    shutil.copytree(release.folder, spoilt)
    (spoilt / "manifest.json").unlink()
    (spoilt / "manifest.json").write_text("{", encoding="utf-8")
    assert run("releases", "--json") == 0
    one, two = json.loads(capsys.readouterr().out)
    assert one["verdict"] == "hold"
    assert two["damaged"].startswith("SB502")
    assert run("releases") == 0
    assert "damaged" in capsys.readouterr().out


def test_a_home_without_releases(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("releases") == 0
    assert "seedbed tune RECIPE" in capsys.readouterr().err
    assert run("releases", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "--json") == 0
    found = {one["alias"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["minilm"]["installed"]
    assert found["minilm"]["licence"] == "Apache-2.0"
    assert run("models") == 0
    assert "minilm" in capsys.readouterr().out
