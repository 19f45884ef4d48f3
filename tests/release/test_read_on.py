"""A run that reads on in texts without labels first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rows
import torch

from seedbed import recipe as recipes
from seedbed.errors import FileMissing, ResumeMismatch
from seedbed.home import Home, sha256
from seedbed.release import seen
from seedbed.release.build import build
from seedbed.tune import pretrain
from seedbed.tune.events import Event, Events

MODEL = "model/model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows.two_layers(tmp_path / "base")
    for count, part, seed in ((60, "train", 1), (30, "validation", 2), (45, "test", 3)):
        rows.write(tmp_path / f"{part}.csv", rows.made(count, seed))
    rows.write(tmp_path / "more.csv", [*rows.made(120, 9), *rows.made(45, 3)[:4]])
    return tmp_path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Compute with one thread throughout: an engine would leave another number behind."""
    before, change = torch.get_num_threads(), torch.set_num_threads
    change(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "set_num_threads", lambda _: None)
        yield
    change(before)


def recipe(folder: Path, **changes: object) -> recipes.Recipe:
    return rows.recipe(
        folder / "base",
        folder,
        ladder__only="probe",
        judge__robustness_rows=5,
        judge__explained_rows=0,
        pretrain={"rows": str(folder / "more.csv"), "passes": 1.0, "minutes": 5.0} | changes,
    )


class Enough(Exception):
    """What was to be seen has been seen."""


def until_the_gate(event: Event) -> None:
    if event.told.get("stage") == "gate":
        raise Enough


@pytest.mark.usefixtures("one_thread")
def test_the_release_tells_and_is_made_again(
    folder: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kept for certain, as the model that the ladder climbs with is what is looked at.
    monkeypatch.setattr(pretrain, "_probed", lambda one: 0.25 if one.start is None else 0.75)
    told: list[Event] = []
    release = build(recipe(folder), home, Events(told.append))
    run = home.last_run("small")
    assert sha256(release.folder / MODEL) == sha256(run / "pretrain" / MODEL)
    facts = release.read("report.json")["pretrain"]
    assert facts["kept"]
    assert facts["aside"] == {"validation": 0, "test": 4}
    assert (facts["base"], facts["value"], facts["texts"]) == (0.25, 0.75, 120)
    assert seen.seen(release.folder, [text for text, _ in rows.made(120, 9)]).all()
    page = (release.folder / "report.html").read_text(encoding="utf-8")
    assert "accuracy 0.7500 on it, 0.2500 on the base model." in page
    assert facts["said"]["en"] in (release.folder / "card.md").read_text(encoding="utf-8")
    (warned,) = (e.told["warning"] for e in told if "without labels, word" in str(e.told))
    assert warned.startswith("4 texts of test rows stood among those without labels")
    stages = [event.told["stage"] for event in told if event.kind == "stage"]
    assert stages[:3] == ["check", "pretrain", "climb"]

    full = recipes.load(release.folder / "recipe.yaml")
    assert full.pretrain is not None
    assert (full.pretrain.passes, full.pretrain.minutes) == (facts["passes"], None)
    with pytest.raises(Enough):
        build(full, home, Events(until_the_gate))
    again = home.last_run("small") / "rungs" / "probe"
    for name in (MODEL, "model/head.safetensors"):
        assert sha256(again / name) == sha256(release.folder / name)

    rows.write(folder / "more.csv", rows.made(120, 8))
    with pytest.raises(ResumeMismatch, match="the files of rows"):
        build(full, home, Events(), resume=True)


def test_a_file_that_is_missing_ends_the_run_before_it_begins(folder: Path, home: Home) -> None:
    with pytest.raises(FileMissing):
        build(recipe(folder, rows=str(folder / "none.csv")), home, Events())
    assert not (home.last_run("small") / "run.json").exists(), "it may go on with another file"
