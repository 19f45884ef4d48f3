"""From rows of a table to a release, its report and its answers on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed import cli
from seedbed import recipe as recipes
from seedbed.errors import ColumnMissing, DataError, EncodingUnknown, OneClass, WrongValue
from seedbed.home import Home
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.release.rejudge import rejudge
from seedbed.release.store import Release
from seedbed.tune.events import Events

Rows = list[dict[str, str]]


def applicants(count: int, seed: int = 0) -> Rows:
    """Rows of people who pay back or do not, by income and housing."""
    draw = np.random.default_rng(seed)
    found = []
    for i in range(count):
        income, housing = draw.normal(50, 15), str(draw.choice(["own", "rent"]))
        good = income + 12 * (housing == "own") + draw.normal(0, 6) > 55
        found.append(
            {
                "id": str(i),
                "income": f"{income:.1f}" if i % 11 else "",
                "housing": housing,
                "sex": str(draw.choice(["f", "m"])),
                "outcome": "good" if good else "bad",
            }
        )
    return found


def write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def recipe(train: Path, rungs: list[str], **data: Any) -> recipes.Recipe:
    return recipes.validate(
        {
            "name": "loans",
            "task": "tabular-classification",
            "data": {"train": str(train), "label": "outcome"} | data,
            "ladder": {"rungs": rungs},
            "judge": {"bootstrap": 100, "explained_rows": 6},
            "value": {"error_cost": 10},
        }
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("loans")
    train = write(folder / "train.csv", applicants(500))
    asked = recipe(train, ["baseline"], sensitive=["sex"], positive="good")
    return build(asked, Home(folder / "home"), Events())


def test_the_report_has_what_only_tables_have(made: Release) -> None:
    told = made.read("report.json")
    assert told["base"] is None
    assert told["metrics"]["auc"]["value"] > 0.9
    assert {one["column"] for one in told["importance"]} == {"income", "housing"}
    assert told["scorecard"]["released"] is True
    assert {one["column"] for one in told["scorecard"]["columns"]} == {"income", "housing"}
    (sex,) = told["fairness"]
    assert {one["group"] for one in sex["groups"]} == {"f", "m"}
    assert all(part["text"].split(":")[0] in ("income", "housing")
               for one in told["explained"] for part in one["parts"])  # fmt: skip
    (unused,) = [f for f in told["check"]["findings"] if f["kind"] == "column_unused"]
    assert [row["column"] for row in unused["rows"]] == ["id"]
    assert [point["rows"] for point in told["learning_curve"]][-1] == told["data"]["train"]
    assert told["more_rows"]["rung"] == "baseline"
    page = (made.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="fairness"' in page
    assert 'id="learning"' in page
    assert 'id="scorecard"' in page
    assert "income" in (made.folder / "card.md").read_text(encoding="utf-8")


def test_a_release_answers_rows_and_gives_reasons(made: Release) -> None:
    predictor = Predictor(made)
    rich, poor = ({"income": x, "housing": "own"} for x in (90, "10"))
    answers = predictor.answers([rich, poor])
    assert [one["label"] for one in answers] == ["good", "bad"]
    reasons = predictor.explained([rich, poor])
    assert reasons[0][0]["column"] == "income"
    assert reasons[0][0]["weight"] > 0
    assert reasons[1][0]["cell"] == "10"
    assert predictor.answers([{"income": None, "housing": "tent"}])[0]["label"] in ("good", "bad")


def test_it_is_judged_again_on_other_rows(made: Release, tmp_path: Path) -> None:
    told = rejudge(made, write(tmp_path / "new.csv", applicants(80, seed=5)))
    assert told["metrics"]["auc"]["value"] > 0.85


def test_the_encoding_of_other_rows_can_be_named(made: Release, tmp_path: Path) -> None:
    file = write(tmp_path / "new.csv", applicants(80, seed=5))
    file.write_text(file.read_text(encoding="utf-8").replace("own", "Häuschen"), encoding="cp1252")
    with pytest.raises(EncodingUnknown, match="such as `--encoding cp1252`"):
        rejudge(made, file)
    assert rejudge(made, file, encoding="cp1252")["data"]["test"] == 80


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


def test_the_command_line_answers_a_file_and_a_row(
    made: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = str(made.folder), write(tmp_path / "new.csv", applicants(5, seed=1))
    assert run("predict", folder, "--file", str(file), "--out", str(tmp_path / "out.csv")) == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as out:
        rows = list(csv.DictReader(out))
    assert len(rows) == 5
    assert set(rows[0]) >= {"id", "income", "answer", "confidence", "sure"}
    capsys.readouterr()
    row = json.dumps({"income": 80, "housing": "own"})
    assert run("predict", folder, row, "--explain", "--json") == 0
    assert json.loads(capsys.readouterr().out)["reasons"][0]["column"] == "income"
    for wrong, said in (
        ('{"income": "80 EUR", "housing": "own"}', "a number in column 'income'"),
        ('{"income": 80}', "a column named 'housing'"),
        ('{"income": 80, "housing": "own", "hosing": 1}', "Did you mean 'housing'"),
        ("some words", "a row of a table"),
    ):
        assert run("predict", folder, wrong) == 1
        assert said in " ".join(capsys.readouterr().err.split())


def test_a_row_of_a_file_that_holds_no_number_is_named(
    made: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, out = applicants(5, seed=1), tmp_path / "out.csv"
    rows[3]["income"] = "80 EUR"
    file = write(tmp_path / "new.csv", rows)
    assert run("predict", str(made.folder), "--file", str(file), "--out", str(out)) == 0
    with out.open(encoding="utf-8", newline="") as handle:
        assert [row["id"] for row in csv.DictReader(handle)] == ["0", "1", "2", "4"]
    told = capsys.readouterr().err
    assert "1 row cannot be read and has no answer:" in told
    assert "row 4: expected a number in column 'income'" in told


@pytest.mark.parametrize(
    ("rows", "data", "error"),
    [
        (applicants(60), {"positive": "god"}, WrongValue),
        (applicants(60), {"leave_out": ["nope"]}, ColumnMissing),
        (applicants(60), {"sensitive": ["nope"]}, ColumnMissing),
        (applicants(60), {"columns": {"nope": "number"}}, ColumnMissing),
        ([row | {"outcome": "good"} for row in applicants(60)], {}, OneClass),
        ([row | {"income": "", "housing": "x"} for row in applicants(60)], {}, DataError),
        (applicants(1), {}, DataError),
    ],
)
def test_tables_of_no_use_are_refused(
    rows: Rows, data: dict[str, Any], error: type[Exception], tmp_path: Path
) -> None:
    asked = recipe(write(tmp_path / "train.csv", rows), ["baseline"], **data)
    if error is DataError:
        asked = recipes.override(asked, {"data.leave_out": ["sex", "id"]} if len(rows) > 1 else {})
    with pytest.raises(error):
        build(asked, Home(tmp_path / "home"), Events())


def test_a_test_file_must_have_the_columns(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", applicants(60))
    test = [{k: v for k, v in row.items() if k != "housing"} for row in applicants(30, 2)]
    asked = recipe(train, ["baseline"], test=str(write(tmp_path / "test.csv", test)))
    with pytest.raises(ColumnMissing, match="housing"):
        build(asked, Home(tmp_path / "home"), Events())


def test_values_are_compared_by_a_sensitive_column(tmp_path: Path) -> None:
    known = [row for row in applicants(200) if str(row["income"])]
    train = write(tmp_path / "train.csv", known)
    asked = recipe(train, ["baseline"], sensitive=["sex"], label="income")
    asked = recipes.override(asked, {"task": "tabular-regression"})
    release = build(asked, Home(tmp_path / "home"), Events())
    (sex,) = release.read("report.json")["fairness"]
    assert {one["group"] for one in sex["groups"]} == {"f", "m"}
    assert all(one["error"]["value"] > 0 for one in sex["groups"])
    assert "各组回答得怎样" in (release.folder / "report.html").read_text(encoding="utf-8")
