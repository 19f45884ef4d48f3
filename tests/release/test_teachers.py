"""Releases that learnt from others, from rows without labels, and with a larger base model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rows

from seedbed import recipe as recipes
from seedbed.errors import DataError, ReleaseMissing, WrongValue
from seedbed.home import Home
from seedbed.release import seen, store
from seedbed.release.build import LEARN_UNLABELED, build
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.tune.events import Event, Events

CHEAP: dict[str, Any] = {
    "gate": {"engines": ["torch-float32"]},
    "judge": {"robustness_rows": 5, "explained_rows": 0, "bootstrap": 100},
    "ladder__stop": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    rows.two_layers(made / "base")
    for count, part, seed in ((90, "train", 1), (45, "validation", 2), (45, "test", 3)):
        rows.write(made / f"{part}.csv", rows.made(count, seed))
    return made


@pytest.fixture(scope="module")
def home(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a home with a release `words` of a linear model."""
    found = Home(tmp_path_factory.mktemp("home"))
    made(folder, found, name="words", ladder__only="baseline")
    return found


def made(folder: Path, home: Home, *told: Any, **changes: Any) -> Release:
    recipe = rows.recipe(folder / "base", folder, **CHEAP | changes)
    return build(recipe, home, Events(*told), resume=False)


def test_a_release_that_learnt_from_others(folder: Path, home: Home) -> None:
    # Of its test rows the teacher has learnt twelve.
    test = rows.write(folder / "seen.csv", [*rows.made(45, 3), *rows.made(90, 1)[:12]])
    train = rows.write(folder / "new.csv", rows.made(60, 8))
    data = {"train": str(train), "validation": str(folder / "validation.csv"), "test": str(test)}
    changes = {"distill": ["words"], "data": data, "ladder__rungs": ["probe", "distill"]}
    release = made(folder, home, name="pupil", ladder__epochs={"distill": 1}, **changes)
    assert recipes.load(release.folder / "recipe.yaml").distill == ("words/1",)
    report = release.read("report.json")
    assert [row["state"] for row in report["ladder"]] == ["climbed", "climbed"]
    leaks = [one for one in report["verdict"]["reasons"] if one["kind"] == "leaks"]
    assert leaks[0]["said"]["en"].startswith("12 test rows also stand")
    # It has learnt all validation rows; without them there would be none.
    assert kinds(release) == {"taught_before": 45}
    assert report["data"]["validation"] == 45


def test_what_a_teacher_has_learnt_chooses_nothing(folder: Path, home: Home) -> None:
    held = rows.write(folder / "held.csv", [*rows.made(40, 9), *rows.made(90, 1)[:12]])
    train = rows.write(folder / "new.csv", rows.made(60, 8))
    data = {"train": str(train), "validation": str(held), "test": str(folder / "test.csv")}
    release = made(
        folder, home, name="apart", distill=["words"], data=data, ladder__only="baseline"
    )
    assert kinds(release) == {"learnt_before": 12}
    assert release.read("report.json")["data"]["validation"] == 40


def kinds(release: Release) -> dict[str, int]:
    """Return what was found of rows that teachers have learnt: kind → count."""
    found = release.read("report.json")["check"]["findings"]
    told = {"learnt_before", "taught_before", "learnt_train"}
    return {one["kind"]: one["count"] for one in found if one["kind"] in told}


@pytest.mark.parametrize(
    ("named", "wrong", "said"),
    [("wrods", ReleaseMissing, "Did you mean 'words'"), ("words/4", ReleaseMissing, "words/1")],
)
def test_teachers_that_are_not_there(
    named: str, wrong: type[Exception], said: str, folder: Path, home: Home
) -> None:
    with pytest.raises(wrong, match=said):
        made(folder, home, name="none", distill=[named], ladder__only="baseline")


def test_a_teacher_of_other_labels_is_refused(folder: Path, home: Home) -> None:
    other = [(text, label.upper()) for text, label in rows.made(60, 4)]
    data = {
        part: str(rows.write(folder / f"other-{part}.csv", other)) for part in ("train", "test")
    }
    with pytest.raises(WrongValue, match="with the labels of the rows: CARD, RATE"):
        made(folder, home, name="none", distill=["words"], data=data, ladder__only="baseline")


def test_rows_without_labels_and_a_larger_model(folder: Path, home: Home) -> None:
    known = [text for text, _ in rows.made(45, 3)][:5]  # of the test rows
    lines = ["text", *(text for text, _ in rows.made(60, 21)), *known, ""]
    (folder / "more.csv").write_text("\n".join(lines), encoding="utf-8")
    data = {part: str(folder / f"{part}.csv") for part in ("train", "validation", "test")}
    told: list[Event] = []
    changes = {
        "data": data | {"unlabeled": str(folder / "more.csv")},
        "larger": "minilm",
        "ladder__epochs": {"larger": 1, "pseudo": 1},
        "ladder__rungs": ["probe", "larger", "pseudo"],
        "train__learning_rate": 1e-6,  # so that it stays what it was
    }
    release = made(folder, home, told.append, name="both", **changes)
    report = release.read("report.json")
    (finding,) = (one for one in report["check"]["findings"] if one["kind"] == "known_text")
    assert (finding["count"], finding["severity"]) == (5, "note")
    rungs = {row["rung"]: row for row in report["ladder"]}
    assert {row["state"] for row in rungs.values()} == {"climbed"}
    chosen = report["rung"]
    texts = [text for text, _ in rows.made(60, 21)]
    assert seen.seen(release.folder, texts).all() == (chosen in LEARN_UNLABELED)
    assert report["base"] == ("minilm" if chosen == "larger" else str(folder / "base"))
    assert Predictor(store.find(home, "both").folder).answers(["my card and my pin"])
    facts = (Path(release.read("manifest.json")["run"]), home.runs)
    run = facts[1] / facts[0] / "run.json"
    assert str(folder / "more.csv") in run.read_text(encoding="utf-8")


def test_a_file_without_rows_is_refused(folder: Path, home: Home) -> None:
    (folder / "none.csv").write_text("text\n", encoding="utf-8")
    data = {part: str(folder / f"{part}.csv") for part in ("train", "validation", "test")}
    data["unlabeled"] = str(folder / "none.csv")
    with pytest.raises(DataError, match=r"none\.csv"):
        made(folder, home, name="none", data=data, ladder__only="baseline")
