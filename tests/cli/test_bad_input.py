"""`seedbed tune` on input that is of no use: one clear error each, before anything is trained."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rows

from seedbed import cli
from seedbed.home import Home

RECIPE = """\
name: small
data: {train: train.csv, validation: validation.csv, test: test.csv}
base: ./base
budget: {minutes: 5}
"""
LONG = "word " * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of rows with a recipe; what is to be wrong with it a test spoils."""
    for count, part, seed in ((60, "train", 1), (20, "validation", 2), (20, "test", 3)):
        rows.write(tmp_path / f"{part}.csv", rows.made(count, seed))
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Return the error that the command line ends with."""
    with pytest.raises(SystemExit) as stop:
        cli.main([*words, "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert stop.value.code == 1, lines[-1]
    assert not [line for line in lines if "rung" in line], "nothing was climbed"
    told: dict[str, Any] = lines[-1]["error"]
    return told


def written(part: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / f"{part}.csv").write_text(text, encoding="utf-8")


def added(part: str, text: str) -> Callable[[Path], object]:
    def add(folder: Path) -> None:
        with (folder / f"{part}.csv").open("a", encoding="utf-8") as out:
            out.write(text)

    return add


def recipe(before: str, after: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "recipe.yaml").write_text(RECIPE.replace(before, after))


def model(*, weights: str, tokenizer: bool) -> Callable[[Path], object]:
    """Return what writes a base model without its tokenizer, or with weights that are pickled."""

    def write(folder: Path) -> None:
        rows.two_layers(folder / "base")
        if not tokenizer:
            (folder / "base" / "tokenizer.json").unlink()
        if weights != "model.safetensors":
            (folder / "base" / "model.safetensors").unlink()
            (folder / "base" / weights).write_bytes(pickle.dumps({"weights": [1.0]}))

    return write


ROWS = {
    "an empty file": (written("train", ""), "SB202"),
    "a header alone": (written("train", "text,label\n"), "SB202"),
    "a label that training never had": (added("test", "where is my card,crad\n"), "SB210"),
    "a label missing": (added("train", "where is my card,\n"), "SB208"),
    "all labels missing": (written("train", "text,label\na,\nb,\n"), "SB208"),
    "broken quoting": (added("train", '"where is my card,card\n'), "SB205"),
    "a cell of 10 MB": (added("train", f"{'a' * 10_000_000},card\n"), "SB206"),
    "one class": (written("train", "text,label\na,card\nb,card\nc,card\n"), "SB209"),
    "a misspelt column": (recipe("data: {", "data: {label: lable, "), "SB207"),
    "no such file": (recipe("train.csv", "trane.csv"), "SB201"),
    "another encoding": (
        lambda folder: (folder / "train.csv").write_bytes("text,label\ncafé,a\n".encode("cp1252")),
        "SB204",
    ),
}
RECIPES = {
    "an unknown key": (recipe("budget", "bugdet"), "SB103"),
    "a wrong type": (recipe("minutes: 5", "minutes: soon"), "SB104"),
    "no time": (recipe("minutes: 5", "minutes: 0"), "SB104"),
    "endless time": (recipe("minutes: 5", "minutes: .inf"), "SB104"),
    "a time that is no number": (recipe("minutes: 5", "minutes: .nan"), "SB104"),
    "no money": (recipe("minutes: 5", "money: 0"), "SB104"),
    "endless money": (recipe("minutes: 5", "money: .inf"), "SB104"),
    "money that is no number": (recipe("minutes: 5", "money: .nan"), "SB104"),
    "money without a price": (
        recipe("budget: {minutes: 5}", "budget: {money: 1}\nvalue: {compute_hour: 0}"),
        "SB104",
    ),
}
MODELS = {
    "no base model": (lambda folder: None, "SB301"),
    "no tokenizer": (model(weights="model.safetensors", tokenizer=False), "SB302"),
    "pickles": (model(weights="pytorch_model.bin", tokenizer=True), "SB303"),
}
CASES = ROWS | RECIPES | MODELS


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_clear_error(
    case: str, folder: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, code = CASES[case]
    spoil(folder)
    told = refused(capsys, "tune", str(folder))
    assert told["code"] == code, told
    assert all(told[part] for part in ("title", "expected", "got", "do"))
    assert not list(home.root.glob("releases/*/*"))


@pytest.mark.parametrize("budget", ["0", "inf", "nan", "-5m", "soon", "9999999h"])
def test_a_budget_that_cannot_be_is_refused(
    budget: str, folder: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, "tune", str(folder), "--budget", budget)
    assert told["code"] == "SB104"
    assert told["do"]


def test_a_text_of_100_000_words_is_cut_and_told(
    folder: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    added("train", f"{LONG}card,card\n")(folder)
    with pytest.raises(SystemExit) as stop:
        cli.main(["check", str(folder), "--json"])
    assert not stop.value.code
    found = {one["kind"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert found["long_text"]["rows"][0]["row"] == 61
    base = rows.two_layers(folder / "base")

    def labelled(count: int, seed: int) -> list[tuple[str, str]]:
        return [*rows.made(count, seed), (LONG, "card")]

    context = rows.context(base, folder / "run", labelled=labelled)
    assert max(context.sizes[0]) == 32  # train.max_tokens
