"""A run that starts from another release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import rows
from safetensors.torch import load_file

from seedbed import recipe as recipes
from seedbed.errors import ReleaseDamaged, ReleaseMissing, WrongValue
from seedbed.home import Home
from seedbed.release import store
from seedbed.release.build import build
from seedbed.release.store import Release
from seedbed.tune.events import Events

CHEAP: dict[str, Any] = {
    "gate": {"engines": ["torch-float32"]},
    "judge": {"robustness_rows": 5, "explained_rows": 0},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    rows.two_layers(made / "base")
    for count, part, seed in ((120, "train", 1), (45, "validation", 2), (60, "test", 3)):
        rows.write(made / f"{part}.csv", rows.made(count, seed))
    return made


@pytest.fixture(scope="module")
def home(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a home with a release `first`, tuned on the rows, and `words`, which has no encoder."""
    found = Home(tmp_path_factory.mktemp("home"))
    made(folder, found, name="first", ladder__only="top", ladder__epochs={"top": 1})
    made(folder, found, name="words", ladder__only="baseline")
    return found


def made(folder: Path, home: Home, base: str = "", **changes: Any) -> Release:
    recipe = rows.recipe(base or folder / "base", folder, **CHEAP | changes)
    return build(recipe, home, Events(), resume=False)


def test_the_encoder_is_that_of_the_other_release(folder: Path, home: Home) -> None:
    release = made(folder, home, "minilm", name="second", transfer="first", ladder__only="probe")
    first = store.find(home, "first")
    ours, theirs = (load_file(one.folder / "model/model.safetensors") for one in (release, first))
    assert ours.keys() == theirs.keys()
    assert all((ours[name] == theirs[name]).all() for name in ours)
    told = recipes.load(release.folder / "recipe.yaml")
    assert (told.transfer, told.base) == ("first/1", str(folder / "base"))


def test_what_was_learnt_before_is_no_test(folder: Path, home: Home) -> None:
    shutil.copyfile(folder / "test.csv", folder / "kept.csv")
    known = rows.made(120, 1)[:30]
    rows.write(folder / "test.csv", [*rows.made(60, 3), *known])
    rows.write(folder / "other.csv", rows.made(90, 7))
    data = {"train": "other", "validation": "validation", "test": "test"}
    changes = {"data": {part: str(folder / f"{name}.csv") for part, name in data.items()}}
    try:
        release = made(
            folder, home, name="third", transfer="first", ladder__only="probe", **changes
        )
    finally:
        shutil.move(folder / "kept.csv", folder / "test.csv")
    reasons = release.read("report.json")["verdict"]["reasons"]
    (leaks,) = (one for one in reasons if one["kind"] == "leaks")
    assert leaks["said"]["en"].startswith("30 test rows also stand")


@pytest.mark.parametrize(
    ("named", "wrong", "said"),
    [
        ("words", WrongValue, "made by `baseline`"),
        ("frist", ReleaseMissing, "Did you mean 'first'"),
        ("first/7", ReleaseMissing, "The latest is first/1"),
    ],
)
def test_what_cannot_be_started_from(
    named: str, wrong: type[Exception], said: str, folder: Path, home: Home
) -> None:
    with pytest.raises(wrong, match=said):
        made(folder, home, name="none", transfer=named, ladder__only="probe")


def test_a_table_has_nothing_to_start_from(folder: Path, home: Home) -> None:
    with pytest.raises(WrongValue, match="whose rows an encoder reads"):
        made(folder, home, name="none", transfer="first", task="tabular-classification")


def test_a_folder_is_counted_from_the_recipe(tmp_path: Path) -> None:
    text = "name: a\ntransfer: ../others/first\ndata: {train: train.csv}\n"
    (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
    assert recipes.load(tmp_path).transfer == str(tmp_path / ".." / "others" / "first")


def test_an_altered_release_is_refused(folder: Path, home: Home, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(store.find(home, "first").folder, copy)
    path = copy / "model" / "config.json"
    path.chmod(0o600)
    path.write_text(path.read_text() + " ")
    with pytest.raises(ReleaseDamaged):
        made(folder, home, name="none", transfer=str(copy), ladder__only="probe")
