"""From a recipe to a release: with a test file and without one, twice, and on a full disk."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rows

from seedbed import recipe as recipes
from seedbed.backbones.head import Linear
from seedbed.errors import DiskFull, SeedbedError, TestAlreadyRead
from seedbed.home import Home, read_json, sha256, write_json
from seedbed.recipe import Recipe
from seedbed.release import gate, store
from seedbed.release.build import _Build, build
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.tune.events import Event, Events
from seedbed.tune.rungs.base import Candidate, Held, keep_start

REPORT = """format name number task made seedbed base rung seconds budget_minutes machine data
metric bar currency ladder stop metrics metrics_without_leaks compared seeds calibration reject
confusion labels worst robustness groups explained fairness importance scorecard
learning_curve more_rows check engines
cost verdict"""
FILES = {"manifest.json", "answer.json", "recipe.yaml", "gate.json", "report.json", "report.html"}
FILES |= {"card.md", "cost.json", "check.json", "seen.npy"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a base model and rows."""
    made = tmp_path_factory.mktemp("project")
    rows.two_layers(made / "base")
    for count, part, seed in ((210, "train", 1), (60, "validation", 2), (90, "test", 3)):
        rows.write(made / f"{part}.csv", rows.made(count, seed))
    rows.write(made / "all.csv", rows.made(300, 4))
    return made


def recipe(folder: Path, **changes: Any) -> Recipe:
    return rows.recipe(folder / "base", folder, ladder__upto="probe", **changes)


def made(recipe: Recipe, home: Home, *, resume: bool = False) -> tuple[Release, list[Event]]:
    told: list[Event] = []
    return build(recipe, home, Events(told.append), resume=resume), told


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Release]:
    """Give a release of every rung up to `probe`, and its home."""
    home = Home(tmp_path_factory.mktemp("home"))
    return home, made(recipe(folder, ladder__stop=False), home)[0]


def test_the_release_is_whole(first: tuple[Home, Release]) -> None:
    home, release = first
    assert release.folder == home.releases / "small" / "1"
    names = {path.relative_to(release.folder).as_posix() for path in release.folder.rglob("*")}
    assert names >= FILES
    assert {name for name in names if name.startswith("model/")} <= set(release.manifest["files"])
    assert release.manifest["rung"] in ("baseline", "probe")
    assert release.manifest["parent"] is None
    told = sha256(release.folder / "recipe.yaml")
    assert release.manifest["recipe"] == told
    assert release.manifest["run"] == next(home.runs.iterdir()).name
    assert release.manifest["task"] == "text-classification"
    store.find(home, "small").verify()


@pytest.mark.parametrize("encoder", [True, False])
def test_which_model_the_gate_examines(
    encoder: bool, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encoder's engines are built files, so they sit the exam themselves, with a head apart."""
    asked: list[gate.Exam] = []

    def run(_: Path, exam: gate.Exam, **__: Any) -> None:
        asked.append(exam)
        raise InterruptedError

    monkeypatch.setattr(gate, "run", run)
    context = rows.context(folder / "base", tmp_path, rows=6, held=6)
    (tmp_path / "apart" / "model").mkdir(parents=True)
    if encoder:
        keep_start(tmp_path, Linear(np.zeros((3, 4), np.float32), np.zeros(3, np.float32)))
    nothing = Held(*(np.empty(0),) * 4)
    winner = Candidate("any", "", tmp_path / "model", 1, 0, 0, np.empty(0, np.float32), nothing)
    building = SimpleNamespace(recipe=context.recipe, _stage=lambda _: None)
    with pytest.raises(InterruptedError):
        _Build._gate(building, tmp_path, context, winner)  # type: ignore[arg-type]
    (exam,) = asked
    assert (exam.head is not None) == encoder
    assert exam.apart == (None if encoder else tmp_path / "apart")


def test_it_answers(first: tuple[Home, Release], folder: Path) -> None:
    predictor = Predictor(store.find(first[0], "small"))
    asked = ["my card and its chip", "the exchange rate of euros", "a transfer to a payee"]
    assert [answer["label"] for answer in predictor.answers(asked)] == ["card", "rate", "transfer"]


def test_the_report_has_every_part(first: tuple[Home, Release]) -> None:
    _, release = first
    report = release.read("report.json")
    assert set(report) == set(REPORT.split())
    assert report["verdict"]["say"] in ("ship", "hold")
    assert report["verdict"]["reasons"]
    assert report["data"]["test"] == 90
    assert report["data"]["train"] == 210
    assert report["data"]["labels"] == ["card", "rate", "transfer"]
    assert [row["rung"] for row in report["ladder"]] == ["baseline", "probe"]
    assert sum(row["chosen"] for row in report["ladder"]) == 1
    value = report["metrics"]["accuracy"]
    assert 0.6 < value["low"] <= value["value"] <= value["high"] <= 1
    assert report["stop"]["en"]
    assert report["stop"]["zh"]
    assert report["cost"] == release.read("cost.json")
    assert report["check"] == release.read("check.json")
    assert [row["rows"] for row in report["learning_curve"]] == [21, 52, 105, 210]
    assert all(row["low"] <= row["value"] <= row["high"] for row in report["learning_curve"])
    assert not report["more_rows"]["known"]
    assert "210 training rows" in report["more_rows"]["said"]["en"]
    kinds = {finding["kind"] for finding in report["check"]["findings"]}
    assert "label_error" in kinds  # a tenth of the labels are wrong, and the probe says so
    doubts = [one for one in report["check"]["findings"] if one["kind"] == "label_error"]
    assert all("(probe)" in one["said"]["en"] for one in doubts)
    assert report["metrics"]["accuracy"]["value"] == pytest.approx(
        sum(report["confusion"]["matrix"][i][i] for i in range(3)) / 90
    )


def test_the_test_rows_were_opened_once(first: tuple[Home, Release], folder: Path) -> None:
    run = next(first[0].runs.iterdir())
    record = read_json(run / "test-read.json")
    assert record["sha256"] == sha256(folder / "test.csv")
    assert record["rows"] == 90


def test_the_run_keeps_what_happened(first: tuple[Home, Release]) -> None:
    run = next(first[0].runs.iterdir())
    assert recipes.load(run / "recipe.yaml").name == "small"
    events = (run / "events.jsonl").read_text().splitlines()
    assert '"event": "run"' in events[0]
    assert '"event": "released"' in events[-1]
    assert not any('"event": "progress"' in line for line in events)


def test_the_full_recipe_gives_the_same_release(
    first: tuple[Home, Release], tmp_path: Path
) -> None:
    release = first[1]
    again = recipes.load(release.folder / "recipe.yaml")
    assert again.ladder.rungs == ("baseline", "probe")
    other, _ = made(again, Home(tmp_path))
    ours, theirs = (
        {name: told["sha256"] for name, told in each.manifest["files"].items() if "model/" in name}
        for each in (release, other)
    )
    assert ours == theirs
    assert other.read("report.json")["metrics"] == release.read("report.json")["metrics"]
    assert (other.folder / "recipe.yaml").read_text() == (
        release.folder / "recipe.yaml"
    ).read_text()


def test_a_release_never_changes(first: tuple[Home, Release], folder: Path) -> None:
    home, release = first
    before = dict(release.manifest["files"])
    for path in release.folder.rglob("*"):
        assert path.is_dir() or not path.stat().st_mode & 0o222
    second, _ = made(recipe(folder, ladder__only="probe"), home)
    assert second.folder.name == "2"
    assert second.manifest["parent"] == 1
    assert store.find(home, "small/1").verify().manifest["files"] == before
    rivals = {told["with"] for told in second.read("report.json")["compared"]}
    assert "release 1" in rivals
    kinds = {told["kind"] for told in second.read("report.json")["verdict"]["reasons"]}
    assert "previous" in kinds


def test_without_a_test_file(folder: Path, tmp_path: Path) -> None:
    given = recipe(
        folder, data__train=str(folder / "all.csv"), data__test=None, data__validation=None
    )
    release, told = made(given, Home(tmp_path))
    counts = release.read("report.json")["data"]
    assert counts["train"] + counts["validation"] + counts["test"] == 300
    assert counts["test"] == pytest.approx(60, abs=6)
    assert counts["test_file"] == counts["train_file"] == "all.csv"
    steps: dict[str, list[tuple[int, int]]] = {}
    for event in told:
        if event.kind == "progress":
            at = (event.told["done"], event.told["total"])
            steps.setdefault(event.told["what"], []).append(at)
    assert steps["rows compared"] == [(counts["train"] + counts["validation"],) * 2]
    answered = [done for done, _ in steps["rows answered"]]
    assert answered == sorted(answered)
    assert answered[0] == 0
    assert counts["test"] < answered[-1] <= steps["rows answered"][0][1]
    assert steps["points of the learning curve"] == [(done, 4) for done in range(5)]
    assert steps["pages written"] == [(0, 2), (1, 2)]
    (engine,) = [event.told for event in told if "engine" in event.told]
    assert (engine["done"], engine["total"]) == (0, 1)
    assert {event.told["stage"] for event in told if event.kind == "stage"} >= {
        "check",
        "climb",
        "gate",
        "judge",
        "report",
    }


def full(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the disk be full from where a file of that name is to be brought to its place."""
    replace = os.replace

    def refuses(source: Any, target: Any, **rest: Any) -> None:
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        replace(source, target, **rest)

    monkeypatch.setattr(os, "replace", refuses)


@pytest.mark.parametrize("name", ["run.json", "held.npz", "answer.json", "report.json"])
def test_a_full_disk_leaves_nothing_half_made(
    folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    given = recipe(folder, ladder__only="baseline")
    with monkeypatch.context() as patch:
        full(patch, name)
        with pytest.raises(DiskFull, match="--resume"):
            made(given, home)
    root = home.releases / "small"
    assert not root.is_dir() or not list(root.iterdir())
    assert not list(tmp_path.rglob(f".{name}.*"))
    release, _ = made(given, home, resume=True)
    assert release.number == 1
    assert len(list(home.runs.iterdir())) == 1
    assert Predictor(release).answers(["my card"])[0]["label"] == "card"


def test_a_model_chosen_after_the_test_rows_were_seen_is_not_judged(
    folder: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    given = recipe(folder, ladder__only="baseline")
    made(given, home)
    shutil.rmtree(home.releases)  # as if killed before it left one
    record = next(home.runs.iterdir()) / "test-read.json"
    told = read_json(record)
    write_json(record, told | {"candidate": "0" * 64})
    with pytest.raises(TestAlreadyRead):
        made(given, home, resume=True)
    assert not list((home.releases / "small").iterdir())


def test_a_previous_release_that_is_damaged_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    given = recipe(folder, ladder__only="baseline")
    before, _ = made(given, home)
    model = before.folder / "model" / "linear.safetensors"
    model.chmod(0o644)
    model.write_bytes(model.read_bytes()[:-8])
    release, told = made(given, home)
    assert release.number == 2
    warnings = [event.told["warning"] for event in told if event.kind == "warning"]
    assert any("cannot be compared with" in warning for warning in warnings)


def test_the_spread_over_seeds_is_told_where_it_was_measured(folder: Path, tmp_path: Path) -> None:
    home, found = Home(tmp_path), []
    for seed, bar in ((0, 0.5), (0, 0.6), (1, 0.6), (2, 0.6)):
        # Without a file of test rows each seed draws its own, of which the values are not alike.
        given = recipe(
            folder,
            data__train=str(folder / "all.csv"),
            data__validation=None,
            data__test=None,
            quality__bar=bar,
            ladder__only="baseline",
            seed=seed,
        )
        found.append(made(given, home)[0].read("report.json"))
    assert [report["seeds"] for report in found[:2]] == [None, None]
    told = found[-1]["seeds"]
    assert told["seeds"] == [0, 1, 2]
    assert told["values"] == [report["metrics"]["accuracy"]["value"] for report in found[1:]]
    assert told["spread"] == pytest.approx(np.std(told["values"], ddof=1))


def test_rows_of_one_label_end_clearly(folder: Path, tmp_path: Path) -> None:
    one = rows.write(tmp_path / "one.csv", [(text, "card") for text, _ in rows.made(60)])
    with pytest.raises(SeedbedError, match="two labels"):
        made(recipe(folder, data__train=str(one)), Home(tmp_path / "home"))


def test_a_multi_label_release(folder: Path, tmp_path: Path) -> None:
    for part, count, seed in (("train", 150, 1), ("validation", 60, 2), ("test", 60, 3)):
        pairs = zip(rows.made(count, seed), rows.made(count, seed + 9)[::-1], strict=True)
        joined = [
            (f"{a} {b}", "|".join(sorted({x, y}))) if i % 3 else (a, x)
            for i, ((a, x), (b, y)) in enumerate(pairs)
        ]
        rows.write(tmp_path / f"{part}.csv", joined)
    given = rows.recipe(
        folder / "base",
        tmp_path,
        data__label_separator="|",
        quality__metric="micro_f1",
        ladder__only="probe",
        train__class_weights="balanced",
    )
    release, _ = made(given, Home(tmp_path / "home"))
    report = release.read("report.json")
    assert report["metrics"]["micro_f1"]["value"] > 0.5
    assert release.read("answer.json")["schema"]["multi_label"]
    answer = Predictor(release).answers(["my card and its chip; the transfer to a payee"])[0]
    assert set(answer["labels"]) <= {"card", "rate", "transfer"}


def test_rows_that_a_release_learnt_from_are_leaks(folder: Path, tmp_path: Path) -> None:
    from seedbed.release.rejudge import rejudge

    def leaks(report: dict[str, Any]) -> dict[str, Any]:
        return next(one for one in report["verdict"]["reasons"] if one["kind"] == "leaks")

    release, _ = made(recipe(folder, ladder__only="baseline"), Home(tmp_path))
    report = rejudge(release, folder / "train.csv")
    assert "210 test rows also stand" in leaks(report)["said"]["en"]
    assert not leaks(report)["passed"]
    assert report["verdict"]["say"] == "hold"
    assert report["data"]["test_file"] == "train.csv"
    rows.write(
        tmp_path / "fresh.csv", [(f"{text} {i}", y) for i, (text, y) in enumerate(rows.made(60, 9))]
    )
    assert leaks(rejudge(release, tmp_path / "fresh.csv"))["passed"]


def test_a_release_that_learnt_the_test_rows_is_no_rival(folder: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    made(recipe(folder, ladder__only="baseline"), home)
    given = recipe(folder, ladder__only="baseline")
    swapped = given.model_copy(
        update={
            "data": given.data.model_copy(
                update={"test": given.data.train, "train": given.data.test}
            )
        }
    )
    release, told = made(swapped, home)
    assert any(
        "learnt from 100% of the test rows" in str(event.told.get("warning")) for event in told
    )
    assert [one["with"] for one in release.read("report.json")["compared"]] == ["commonest label"]
