"""A run that starts from another release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import rows
from safetensors.torch import load_file

from seedbed import recipe as recipes
from seedbed.errors import ReleaseDamaged, ReleaseMissing, TooFewRows, WrongValue
from seedbed.home import Home, read_json
from seedbed.recipe import Recipe
from seedbed.release import build as build_module
from seedbed.release import seen, store
from seedbed.release.build import build
from seedbed.release.store import Release
from seedbed.tune.events import Event, Events

CHEAP: dict[str, Any] = {
    "gate": {"engines": ["torch-float32"]},
    "judge": {"robustness_rows": 5, "explained_rows": 0},
}


NEXT: dict[str, Any] = {"transfer": "first", "ladder__only": "probe", "base": None}
LAST = NEXT | {"ladder__only": "baseline"}  # where only the rows are looked at


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    rows.two_layers(made / "base")
    for count, part, seed in ((120, "train", 1), (45, "validation", 2), (60, "test", 3)):
        rows.write(made / f"{part}.csv", rows.made(count, seed))
    for count, part, seed in ((90, "train", 7), (45, "validation", 8)):
        rows.write(made / f"next-{part}.csv", rows.made(count, seed))
    return made


@pytest.fixture(scope="module")
def home(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a home with a release `first`, tuned on the rows, and `words`, which has no encoder."""
    found = Home(tmp_path_factory.mktemp("home"))
    made(folder, found, name="first", ladder__only="top", ladder__epochs={"top": 1})
    made(folder, found, name="words", ladder__only="baseline")
    return found


def files(folder: Path, train: str, validation: str, test: str) -> dict[str, str]:
    names = {"train": train, "validation": validation, "test": test}
    return {part: str(folder / f"{name}.csv") for part, name in names.items()}


def asked(folder: Path, **changes: Any) -> Recipe:
    """Return the recipe of a release; where it starts from another, with other rows."""
    if "transfer" in changes:
        changes = {"data": files(folder, "next-train", "next-validation", "test")} | changes
    base = changes.pop("base", folder / "base")
    found = rows.recipe(base or folder / "base", folder, **CHEAP | changes)
    if base:
        return found
    return recipes.validate(found.model_dump(mode="json", exclude={"base"}, exclude_unset=True))


def made(folder: Path, home: Home, told: Any = None, **changes: Any) -> Release:
    return build(asked(folder, **changes), home, Events(*([told] if told else [])))


def test_the_encoder_is_that_of_the_other_release(folder: Path, home: Home) -> None:
    release = made(folder, home, **NEXT | {"name": "second"})
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
    try:
        release = made(folder, home, **NEXT | {"name": "third"})
        # Nor where it was learnt by the release that the other one started from.
        rows.write(folder / "own.csv", rows.made(90, 17))
        rows.write(folder / "held.csv", rows.made(45, 18))
        data = files(folder, "own", "held", "test")
        later = made(folder, home, **LAST | {"name": "fourth", "transfer": "third", "data": data})
    finally:
        shutil.move(folder / "kept.csv", folder / "test.csv")
    for one in (release, later):
        assert leaks(one).startswith("30 test rows also stand")
        assert "those of the releases that it builds on" in leaks(one)
    assert seen.seen(later.folder, [text for text, _ in rows.made(120, 1)]).all()


def leaks(release: Release) -> str:
    reasons = release.read("report.json")["verdict"]["reasons"]
    (found,) = (one for one in reasons if one["kind"] == "leaks")
    said: str = found["said"]["en"]
    return said


def test_nothing_is_chosen_by_rows_that_were_learnt_before(folder: Path, home: Home) -> None:
    rows.write(folder / "mixed.csv", [*rows.made(45, 8), *rows.made(120, 1)[:40]])
    told: list[Event] = []
    data = files(folder, "next-train", "mixed", "test")
    release = made(folder, home, told.append, **LAST | {"name": "mixed", "data": data})
    report = release.read("report.json")
    assert report["data"]["validation"] == 45
    (found,) = (one for one in report["check"]["findings"] if one["kind"] == "learnt_before")
    assert (found["count"], found["severity"]) == (40, "warning")
    assert "40 validation rows are among" in found["said"]["en"]
    assert "40 条验证行" in found["said"]["zh"]
    assert any("40 validation rows are among" in str(event.told) for event in told)


def test_nothing_is_measured_by_rows_that_were_learnt_before(folder: Path, home: Home) -> None:
    """Of the training rows 50 are the earlier release's: their answers out of fold are memory."""
    whole = [*rows.made(120, 1)[:50], *rows.made(60, 7)]
    rows.write(folder / "again.csv", whole)
    seen_by: list[int] = []
    data = files(folder, "again", "next-validation", "test")
    with pytest.MonkeyPatch.context() as patch:
        real = build_module.calibrate

        def calibrate(task: Any, schema: Any, logits: Any, *others: Any) -> Any:
            seen_by.append(len(logits))
            return real(task, schema, logits, *others)

        patch.setattr(build_module, "calibrate", calibrate)
        release = made(folder, home, **NEXT | {"name": "again", "data": data})
    assert seen_by == [60 + 45]
    found = {one["kind"]: one for one in release.read("report.json")["check"]["findings"]}
    assert found["learnt_train"]["count"] == 50
    assert "50 training rows are among" in found["learnt_train"]["said"]["en"]
    assert "50 条训练行" in found["learnt_train"]["said"]["zh"]
    errors = read_json(release.folder / "check.json")["findings"]
    doubted = [
        (row["text"], row["label"], row["row"])
        for one in errors
        if one["kind"] == "label_error"
        for row in one["rows"]
        if row["split"] == "train"
    ]
    assert doubted, "a tenth of the labels is wrong"
    assert all(row > 50 and whole[row - 1] == (text, label) for text, label, row in doubted)


def test_without_other_validation_rows_there_is_no_start(folder: Path, home: Home) -> None:
    data = files(folder, "next-train", "validation", "test")
    with pytest.raises(TooFewRows, match=r"other validation rows .*data\.validation") as caught:
        made(folder, home, **NEXT | {"name": "none", "data": data})
    assert "got 0 of 45" in str(caught.value)


def test_a_base_model_beside_it_must_be_its_own(folder: Path, home: Home) -> None:
    with pytest.raises(WrongValue, match="which first/1 began with, or none; got minilm"):
        made(folder, home, **NEXT | {"name": "none", "base": "minilm"})


def test_a_run_goes_on_from_the_release_that_it_began_with(
    folder: Path, home: Home, tmp_path: Path
) -> None:
    own = Home(tmp_path)
    shutil.copytree(home.releases / "first" / "1", own.releases / "first" / "1")
    recipe = asked(folder, **NEXT | {"name": "resumed", "distill": ["first"]})

    class Stop(Exception): ...

    def stop(event: Event) -> None:
        if event.told.get("stage") == "climb":
            raise Stop

    with pytest.raises(Stop):
        build(recipe, own, Events(stop), resume=False)
    made(folder, own, name="first", ladder__only="baseline")  # a newer one
    with pytest.raises(Stop):
        build(recipe, own, Events(stop), resume=True)
    kept = recipes.load(own.last_run("resumed") / "recipe.yaml")
    assert (kept.transfer, kept.distill) == ("first/1", ("first/1",))


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
