"""`seedbed tune`, `up` and `judge`: a run killed, interrupted, refused, and gone on with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import processes
import pytest
import rows

from seedbed import cli
from seedbed.cli.tune import minutes
from seedbed.errors import WrongValue
from seedbed.home import Home, read_json, sha256

RECIPE = """\
name: small
data: {{train: train.csv, validation: validation.csv, test: test.csv}}
base: {base}
budget: {{minutes: 30}}
ladder: {{only: top, epochs: {{top: 3}}}}
train: {{max_tokens: 32, top_layers: 1, batch_rows: 8}}
judge: {{bootstrap: 100, robustness_rows: 60, explained_rows: 4}}
gate: {{engines: [torch-float32]}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with rows, a recipe and a base model; copy it before changing it."""
    made = tmp_path_factory.mktemp("project")
    rows.two_layers(made / "base")
    for count, part, seed in ((120, "train", 1), (40, "validation", 2), (60, "test", 3)):
        rows.write(made / f"{part}.csv", rows.made(count, seed))
    (made / "recipe.yaml").write_text(RECIPE.format(base=made / "base"))
    return made


def work(home: Path, *words: str) -> None:
    """Run the command line; the state is saved at nearly every step."""
    from seedbed.tune import loop

    loop.SAVE_SECONDS = 0.05
    os.environ["SEEDBED_HOME"] = str(home)
    cli.main(["tune", *words])


def tune(home: Path, *words: str) -> BaseProcess:
    return processes.begin(work, home, *words, log=home.with_suffix(".log"))


def ended(process: BaseProcess, home: Path, code: int = 0) -> str:
    process.join(120)
    said = home.with_suffix(".log").read_text()
    assert process.exitcode == code, said
    return said


def events(home: Path) -> list[dict[str, Any]]:
    """Return the events of the only run."""
    files = list(home.glob("runs/*/events.jsonl"))
    lines = files[0].read_text().splitlines() if files else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def models(home: Path) -> dict[str, str]:
    return hashes(home / "releases" / "small" / "1" / "model")


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in folder.iterdir()}


def figures(home: Path) -> dict[str, Any]:
    report = read_json(home / "releases" / "small" / "1" / "report.json")
    kept = ("metrics", "calibration", "reject", "confusion", "worst", "robustness", "rung", "data")
    return {part: report[part] for part in kept}


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the home of a run that nobody killed."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    said = ended(tune(home, str(folder)), home)
    assert "HOLD  small/1: top" in said or "SHIP  small/1: top" in said
    return home


def test_what_is_shown(undisturbed: Path) -> None:
    shown = undisturbed.with_suffix(".log").read_text()
    at = 0
    for part in (
        "Reading and checking the rows",
        "Climbing the ladder",
        "top epoch 3: ",
        "✔ top       accuracy",
        "The ladder was climbed to its top.",
        "Exporting and testing the engines",
        "Judging on the test rows, read once",
        "Writing the report",
        "small/1: top, accuracy",
        "on 60 test rows",
        "report.html",
        "seedbed predict small",
    ):
        assert part in shown[at:], part
        at = shown.index(part, at)


def test_tensorboard_logs(undisturbed: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (folder,) = undisturbed.glob("runs/*/tensorboard")
    told = EventAccumulator(str(folder)).Reload()
    assert [event.step for event in told.Scalars("top/metric")] == [15, 30, 45]
    losses = told.Scalars("top/loss")
    assert [event.step for event in losses] == list(range(1, 46))
    assert all(event.value > 0 for event in losses)


STAGES = [("epoch", "top", 0.1), ("stage", "gate", 0.02), ("stage", "judge", 0.1)]


def test_kill_9_at_every_stage(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    at: list[str] = []
    for i, (kind, name, wait) in enumerate(STAGES):
        before = len(events(home))
        process = tune(home, str(folder), *(["--resume"] if i else []))

        def reached(before: int = before, kind: str = kind, name: str = name) -> bool:
            return any(
                e["event"] == kind and name in (e.get("stage"), e.get("rung"))
                for e in events(home)[before:]
            )

        if processes.until(reached, process):
            process.join(wait)
        if process.exitcode is None:
            process.kill()
            process.join()
            at.append(name)
    ended(tune(home, str(folder), "--resume"), home)
    assert {"top", "gate", "judge"} <= set(at), "a stage was over too soon"
    assert len(list(home.glob("runs/*"))) == 1
    assert [path.name for path in (home / "releases" / "small").iterdir()] == ["1"]
    assert models(home) == models(undisturbed)
    assert figures(home) == figures(undisturbed)


def test_ctrl_c_says_how_to_go_on(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = tune(home, str(folder))
    processes.until(lambda: bool(list(home.glob("runs/*/rungs/top/state.safetensors"))), process)
    os.kill(process.pid or 0, signal.SIGINT)
    said = ended(process, home, code=130)
    assert "Ctrl-C at step" in " ".join(said.split())
    assert "--resume" in said
    process = tune(home, str(folder), "--resume")
    candidate = "runs/*/rungs/top/candidate.json"
    assert processes.until(lambda: bool(list(home.glob(candidate))), process)
    process.kill()
    ours, theirs = (next(each.glob(candidate)).parent / "model" for each in (home, undisturbed))
    assert hashes(ours) == hashes(theirs)


def test_ctrl_c_while_the_rows_are_read(folder: Path, tmp_path: Path, undisturbed: Path) -> None:
    home = tmp_path / "home"
    process = tune(home, str(folder))
    processes.until(lambda: bool(list(home.glob("runs/*/events.jsonl"))), process)
    os.kill(process.pid or 0, signal.SIGINT)
    assert "--resume" in ended(process, home, code=130)
    ended(tune(home, str(folder), "--resume"), home)
    assert len(list(home.glob("runs/*"))) == 1, "it went on with the run that was stopped"
    assert models(home) == models(undisturbed)


def _linked(source: str, to: str) -> None:
    """Link what is large, which is never written to; copy the rest."""
    (os.link if Path(source).stat().st_size > 1_000_000 else shutil.copy2)(source, to)


@pytest.fixture
def begun(undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home with a run in it, named by `SEEDBED_HOME`."""
    home = tmp_path / "begun"
    shutil.copytree(undisturbed, home, copy_function=_linked)
    monkeypatch.setenv("SEEDBED_HOME", str(home))
    return home


@pytest.fixture
def stopped(begun: Path) -> Path:
    """Give a home whose run was killed just before it left a release."""
    shutil.rmtree(begun / "releases")
    return begun


@pytest.fixture
def project(folder: Path, tmp_path: Path) -> Iterator[Path]:
    """Give the recipe's own folder, put back as it was afterwards."""
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    yield folder
    for path, told in before.items():
        path.write_bytes(told)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


def error(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])["error"]
    return told


def test_a_changed_recipe_is_another_run(
    stopped: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = project / "recipe.yaml"
    recipe.write_text(recipe.read_text() + "seed: 5\n")
    assert run("tune", str(recipe), "--resume", "--json") == 1
    assert error(capsys)["code"] == "SB403"
    assert run("tune", str(recipe), "--resume") == 1
    assert "the recipe changed since" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_changed_rows_are_another_run(
    stopped: Path, project: Path, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with (project / f"{part}.csv").open("a") as out:
        out.write("one more about a card,card\n")
    assert run("tune", str(project), "--resume", "--json") == 1
    told = error(capsys)
    assert told["code"] == "SB403"
    assert "rows" in told["got"]


def test_another_budget_is_the_same_run(stopped: Path, folder: Path) -> None:
    before = len(events(stopped))
    process = tune(stopped, str(folder), "--resume", "--budget", "20m", "--json")
    candidate = {"event": "rung", "rung": "top", "state": "climbed"}

    def climbed() -> bool:
        return any(candidate.items() <= event.items() for event in events(stopped)[before:])

    assert processes.until(climbed, process), stopped.with_suffix(".log").read_text()
    process.kill()
    process.join()
    lines = [json.loads(line) for line in stopped.with_suffix(".log").read_text().splitlines()[:5]]
    assert [line["event"] for line in lines[:2]] == ["run", "stage"]
    assert not [line for line in lines if line["event"] in ("progress", "epoch") and "rung" in line]
    assert len(list((stopped / "runs").iterdir())) == 1


def test_two_at_once(begun: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Home(begun).lock():
        assert run("tune", str(project), "--json") == 1
    told = error(capsys)
    assert told["code"] == "SB401"
    assert str(os.getpid()) in told["got"]


def test_nothing_to_go_on_with(
    home: Home, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("tune", str(folder), "--resume", "--json") == 1
    assert error(capsys)["code"] == "SB402"


def test_a_run_that_came_to_its_end_is_not_gone_on_with(
    begun: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("tune", str(folder), "--resume", "--json") == 1
    told = error(capsys)
    assert told["code"] == "SB402"
    assert told["got"].endswith("which ended in the release small/1")
    assert len(list((begun / "releases" / "small").iterdir())) == 1


def test_a_rung_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("tune", str(folder), "--only", "tob", "--json") == 1
    assert error(capsys)["code"] == "SB104"


def test_times() -> None:
    assert [minutes(text) for text in ("90s", "10m", "2h", "7", "0.5h")] == [1.5, 10, 120, 7, 30]
    for text in ("", "m", "-3m", "0", "ten", "1d", "nan"):
        with pytest.raises(WrongValue, match="--budget"):
            minutes(text)


def test_judge_shows_the_verdict_again(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("judge", "small", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == read_json(begun / "releases" / "small" / "1" / "report.json")
    assert run("judge", "small/1") == 0
    assert "small/1: top, accuracy" in " ".join(capsys.readouterr().out.split())


def test_judge_on_other_rows(
    begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = rows.write(tmp_path / "other.csv", rows.made(45, 9))
    before, out = models(begun), tmp_path / "out"
    assert run("judge", "small", "--data", str(other), "--out", str(out), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["data"]["test"] == 45
    assert 0.3 < told["metrics"]["accuracy"]["value"] <= 1
    assert read_json(out / "report.json") == told
    assert "<html" in (out / "report.html").read_text()
    assert models(begun) == before


def test_judge_the_answers_of_one_engine(
    begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(rows.write(tmp_path / "other.csv", rows.made(45, 9)))
    gate = read_json(begun / "releases" / "small" / "1" / "gate.json")
    kept = {row["engine"] for row in gate["engines"] if row["kept"]}
    one = min(kept)
    assert run("judge", "small", "--data", other, "--engine", one, "--json") == 0
    assert json.loads(capsys.readouterr().out)["data"]["test"] == 45
    assert run("judge", "small", "--data", other, "--engine", "torch-float64", "--json") == 1
    assert set(error(capsys)["expected"].removeprefix("one of ").split(", ")) == kept
    assert run("judge", "small", "--engine", one) == 2
    assert "--data" in capsys.readouterr().err


def test_a_second_up_serves_at_once(
    home: Home, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from seedbed.release.build import build
    from seedbed.tune.events import Events

    given = rows.recipe(folder / "base", folder, name="first-light", ladder__only="baseline")
    build(given, home, Events())
    assert run("up", "--once") == 0
    said = capsys.readouterr().out
    assert "Admin key, shown this once: sb_live_" in said, "no later start can show it"
    assert "Thank you, my order arrived" in said
    assert "metered: 3 answers" in said
    assert "seedbed new shop --data FILE --text COLUMN --label COLUMN" in said
    assert "report.html" in "".join(said.split())
    assert run("up", "--once", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["release"] == "first-light/1"
    assert told["admin_key"] is None
    assert len(told["answers"]) == 3
    assert {answer["label"] for answer in told["answers"]} <= {"card", "rate", "transfer"}
    assert run("usage", "--calls", "--json") == 0
    calls = json.loads(capsys.readouterr().out)
    assert told["call"] in json.dumps(calls), "the call stands in the ledger"
    assert len(list((home.releases / "first-light").iterdir())) == 1


def test_up_serves_until_it_is_stopped(home: Home, folder: Path) -> None:
    from seedbed.release.build import build
    from seedbed.tune.events import Events

    given = rows.recipe(folder / "base", folder, name="first-light", ladder__only="baseline")
    build(given, home, Events())
    env = os.environ | {"SEEDBED_HOME": str(home.root)}
    command = [sys.executable, "-m", "seedbed", "up", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as up:
        assert up.stdout is not None
        told = json.loads(up.stdout.readline())
        asked = ["bash", "-c", told["curl"]]
        shown = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        admin = {"x-api-key": told["admin_key"]}
        assert httpx.get(f"{told['address']}/v1/admin/customers", headers=admin).status_code == 200
        up.send_signal(signal.SIGINT)
        assert up.wait(20) == 0
    assert json.loads(shown)["answer"]["label"] in {"card", "rate", "transfer"}


def test_up_goes_on_where_it_was_stopped(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from seedbed.cli import up
    from seedbed.release.build import _Build

    gate, stopped = _Build._gate, False

    def once(*given: Any) -> Any:
        nonlocal stopped
        if not stopped:
            stopped = True
            raise KeyboardInterrupt
        return gate(*given)

    monkeypatch.setattr(_Build, "_gate", once)
    monkeypatch.setattr(up, "ROWS", 300)
    monkeypatch.setattr(up, "RECIPE", up.RECIPE + "ladder: {only: baseline}\n")
    assert run("up", "--once") == 130
    assert "seedbed up" in capsys.readouterr().err
    assert run("up", "--once", "--json") == 0
    assert len(list(home.runs.glob("first-light-*"))) == 1
    assert len(list(home.runs.glob("*/rungs/baseline/candidate.json"))) == 1
