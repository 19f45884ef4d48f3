"""From a blueprint to answers, by the command line: one blueprint of each task, with few rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedbed import cli, registry
from seedbed import recipe as recipes
from seedbed.data import read
from seedbed.home import Home
from seedbed.recipe.blueprints import known

ROWS = 120
# blueprint → its quickest rung, and what an answer has
CASES = {
    "intents": ("baseline", "label"),
    "news-score": ("baseline", "value"),
    "entities": ("tagger", "entities"),
    "medical-qa": ("bm25", "answers"),
    "digits": ("baseline", "label"),
    "credit": ("baseline", "label"),
    "disease-progression": ("baseline", "value"),
    "house-style": ("prompted", "tokens"),
}


def test_there_is_one_of_every_task() -> None:
    tried = {known()[name].recipe.get("task", "text-classification") for name in CASES}
    assert tried == set(registry.names("tasks"))


@pytest.mark.parametrize("name", CASES)
def test_a_blueprint_ends_in_answers(
    name: str,
    tmp_path: Path,
    home: Home,
    shared_data: Callable[[str], Path],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    published = known()[name].set
    if published:
        monkeypatch.setenv("SEEDBED_DATA", str(shared_data(published.folder).parent))
    folder = tmp_path / "mine"
    ran("new", str(folder), "--blueprint", name)
    writing = known()[name].recipe.get("task") == "text-generation"
    cut(folder, 16 if writing else ROWS)
    if writing:  # two layers of the base model: the whole takes a minute
        asked = (folder / "recipe.yaml").read_text(encoding="utf-8")
        asked = asked.replace("base: smollm2", f"base: {request.getfixturevalue('writer')}")
        asked = asked.replace("written_rows: 20", "written_rows: 1")
        asked = asked.replace("answer_tokens: 96", "answer_tokens: 8")
        (folder / "recipe.yaml").write_text(asked, encoding="utf-8")
    rung, part = CASES[name]
    ran("tune", str(folder), "--only", rung)
    train = recipes.load(folder).data.train
    some = [row.cells for row in read.rows(Path(train))][:3]
    (folder / "asked.jsonl").write_text("\n".join(map(json.dumps, some)), encoding="utf-8")
    capsys.readouterr()
    ran("predict", "mine", "--file", str(folder / "asked.jsonl"), "--json")
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == 3
    assert all(part in answer for answer in answers)
    if writing:
        return  # to write takes seconds
    ran("predict", "mine", "--file", str(folder / "asked.jsonl"))
    assert capsys.readouterr().out.strip()
    out = tmp_path / "answers.csv"
    ran("predict", "mine", "--file", str(folder / "asked.jsonl"), "--out", str(out))
    with out.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == 3
    assert {"answer", "seedbed_answer"} & set(told[0])
    if name == "entities":  # spans are counted in the text that is given back
        for answer in answers:
            for one in answer["entities"]:
                assert answer["text"][one["start"] : one["end"]] == one["text"]


def ran(*words: str) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert not stop.value.code, words


def cut(folder: Path, most: int) -> None:
    """Leave so many rows of each file."""
    for path in folder.iterdir():
        if path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            path.write_text("\n".join(lines[:most]), encoding="utf-8")
        if path.suffix == ".csv":
            csv_cut(path, most)


def csv_cut(path: Path, most: int) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rest = csv.reader(file)
    places = np.linspace(0, len(rest) - 1, min(most, len(rest))).astype(int)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(rest[i] for i in places)])
