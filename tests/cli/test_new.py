"""`seedbed new --blueprint B --data F`: the blueprint's task and settings, the user's own rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed import cli
from seedbed import recipe as recipes
from seedbed.data.load import load
from seedbed.data.pictures import data_url
from seedbed.recipe import Recipe
from seedbed.recipe.blueprints import known
from seedbed.tasks.settle import settled

LABELS = ("yes", "no")


def exits(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


def write(path: Path, head: Sequence[str], rows: int = 40) -> Path:
    """Write rows whose cells say column and place; labels and numbers take turns."""
    told = {"label": LABELS, "score": ("1.5", "-2"), "creditability": ("good", "bad")}
    told |= {"repaid": ("paid", "lost")}
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(head)
        for row in range(rows):
            table.writerow(
                [told[name][row % 2] if name in told else f"{name} {row}" for name in head]
            )
    return path


def made(folder: Path, name: str, data: Path, *more: str) -> Recipe:
    assert exits("new", str(folder), "--blueprint", name, "--data", str(data), *more) == 0
    return recipes.load(folder)


def loaded(recipe: Recipe) -> Any:
    full, task = settled(recipe)
    return load(full, task)


@pytest.mark.parametrize(
    ("name", "head", "more"),
    [
        ("bank-intents", ("text", "label"), ()),
        ("spam", ("body", "label"), ("--text", "body")),
        ("news-score", ("text", "score"), ()),
        ("credit", ("age_in_years", "purpose", "creditability"), ()),
        ("credit", ("purpose", "repaid"), ("--label", "repaid")),
        ("equipment-failure", ("heat", "label"), ("--label", "label")),
        ("fraud", ("V1", "label"), ("--label", "label")),
        ("medical-qa", ("question", "answer"), ()),
        ("house-style", ("asked", "said"), ("--text", "asked", "--label", "said")),
    ],
)
def test_a_blueprint_takes_rows_of_ones_own(
    name: str, head: tuple[str, ...], more: tuple[str, ...], tmp_path: Path
) -> None:
    rows = write(tmp_path / "rows.csv", head)
    recipe = made(tmp_path / "mine", name, rows, *more)
    theirs = known()[name].recipe
    assert recipe.task == theirs.get("task", "text-classification")
    assert recipe.quality.bar == theirs.get("quality", {}).get("bar")
    assert recipe.budget.minutes == theirs["budget"]["minutes"]
    assert Path(recipe.data.train).resolve() == rows
    assert recipe.data.test is recipe.data.validation is None
    found = loaded(recipe)  # it can be run: every file and column that it names is there
    assert len(found.train) + len(found.validation) + len(found.test) == 40
    assert {found.validation.path, found.test.path} == {Path(recipe.data.train)}


def test_tags_and_spans_are_taken(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    spans = [{"start": 0, "end": 3, "type": "person"}]
    lines = [json.dumps({"note": f"Ann met {row}", "who": spans}) for row in range(40)]
    rows.write_text("\n".join(lines))
    recipe = made(tmp_path / "mine", "entities", rows, "--text", "note", "--label", "who")
    assert len(loaded(recipe).train) > 20


def test_what_the_file_has_not_is_left_out_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = write(tmp_path / "rows.csv", ("sex", "repaid"))
    recipe = made(tmp_path / "mine", "credit", rows, "--label", "repaid")
    told = " ".join(capsys.readouterr().out.split())
    assert recipe.data.sensitive == ("sex",)
    assert recipe.data.positive is None
    for part in ("sensitive: age_in_years", "sensitive: foreign_worker", "positive: good"):
        assert f"data.{part}" in told
    options = ("--blueprint", "fraud", "--data", str(rows), "--label", "repaid", "--json")
    assert exits("new", str(tmp_path / "other"), *options) == 0
    assert "data.time: Time" in json.loads(capsys.readouterr().out)["left_out"]


def test_what_the_file_has_stays(tmp_path: Path) -> None:
    head = ("sex", "age_in_years", "foreign_worker", "creditability")
    data = made(tmp_path / "mine", "credit", write(tmp_path / "rows.csv", head)).data
    assert data.sensitive == ("sex", "age_in_years", "foreign_worker")
    assert data.positive == "good"


@pytest.mark.parametrize(
    ("name", "more", "missed"),
    [
        ("medical-qa", (), "'question' (data.text)"),
        ("medical-qa", ("--text", "body"), "'answer' (data.text_b)"),
        ("bank-intents", ("--text", "body", "--label", "tipic"), "'tipic' (data.label)"),
        ("credit", (), "'creditability' (data.label)"),
        ("blank", (), "'text' (data.text)"),
    ],
)
def test_a_column_that_is_not_there_names_those_that_are(
    name: str,
    more: tuple[str, ...],
    missed: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows, mine = write(tmp_path / "rows.csv", ("body", "topic")), tmp_path / "mine"
    options = ("--blueprint", name, "--data", str(rows), *more, "--json")
    assert exits("new", str(mine), *options) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["got"]) == ("SB207", "columns body, topic")
    assert missed in error["expected"]
    assert "--text" in error["do"] or "--label" in error["do"]
    assert not mine.exists()


def test_a_folder_of_pictures_and_a_part_of_an_archive(tmp_path: Path) -> None:
    from PIL import Image

    draw = np.random.default_rng(0)
    pictures = draw.integers(0, 255, (40, 8, 8, 3), dtype=np.uint8)
    for row, pixels in enumerate(pictures):
        file = tmp_path / "photos" / LABELS[row % 2] / f"{row}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
    recipe = made(tmp_path / "parts", "quality-inspection", tmp_path / "photos")
    assert Path(recipe.data.train).resolve() == tmp_path / "photos"
    assert len(loaded(recipe).train) > 20
    np.savez(tmp_path / "rows.npz", x_train=pictures, y_train=np.arange(40) % 2)
    recipe = made(tmp_path / "cells", "medical-images", tmp_path / "rows.npz#train")
    assert recipe.data.test is recipe.data.validation is None
    assert len(loaded(recipe).train) > 20
    assert exits("new", str(tmp_path / "no"), "--data", str(tmp_path / "none.npz#train")) == 1
    assert exits("new", str(tmp_path / "no"), "--data", str(tmp_path / "photos")) == 1  # no texts


def test_pictures_in_a_column_of_another_name(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    picture = data_url(np.zeros((8, 8, 1), dtype=np.uint8))
    rows.write_text("scan,what\n" + "".join(f'"{picture}",{one}\n' for one in LABELS))
    data = made(tmp_path / "mine", "digits", rows, "--text", "scan", "--label", "what").data
    assert (data.image, data.label) == ("scan", "what")


def test_columns_of_nothing_are_wrong_use(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", ("purpose", "creditability"))
    mine = str(tmp_path / "mine")
    assert exits("new", mine, "--blueprint", "spam", "--text", "body") == 2  # no --data
    assert exits("new", mine, "-b", "credit", "--data", str(rows), "--text", "purpose") == 2
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("quality-inspection", "mine/train, with a folder in it for each label"),
        ("entities", "test.jsonl, with columns tokens and tags"),
        ("medical-qa", "test.jsonl, with columns question and answer"),
        ("house-style", "test.jsonl, with columns question and answer"),
        ("news-score", "news_editorials.csv, with columns text and score"),
        ("credit", "test.csv, with the label in the column creditability"),
        ("spam", "test.csv, with columns text and label"),
        ("medical-images", "pneumoniamnist.npz: its arrays"),
        ("blank", "train.csv, with columns text and label."),
    ],
)
def test_where_rows_are_not_it_says_in_which_form_they_are_read(
    name: str,
    wanted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("SEEDBED_DATA", raising=False)
    assert exits("new", str(tmp_path / "mine"), "--blueprint", name) == 0
    assert wanted in " ".join(capsys.readouterr().out.split())


def test_a_set_that_is_a_folder_of_pictures_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "sets" / "concrete_cracks" / "train" / "Positive"
    there.mkdir(parents=True)
    (there / "1.jpg").touch()
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path / "sets"))
    assert exits("new", str(tmp_path / "mine"), "--blueprint", "quality-inspection") == 0
    assert (tmp_path / "mine" / "train" / "Positive" / "1.jpg").is_file()
