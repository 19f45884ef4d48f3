"""The home: one writer at a time, files whole or not at all, a full disk said plainly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seedbed.errors import DiskFull, HomeLocked, NotWritable, RunMissing
from seedbed.home import Home, disk, read_json, sha256, write_json, write_text, written_aside

HOLDER = """
import sys, time
from seedbed.home import Home
with Home(sys.argv[1]).lock():
    print("held", flush=True)
    time.sleep(60)
"""

WRITER = """
import os, signal, sys
from pathlib import Path
from seedbed.home import written_aside
with written_aside(Path(sys.argv[1])) as aside:
    aside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _fail_midway(path: Path) -> None:
    with written_aside(path) as aside:
        aside.write_text("new")
        raise ZeroDivisionError


def test_a_second_process_is_told_who_holds_the_lock(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HomeLocked) as caught, home.lock():
            pass
        assert str(holder.pid) in caught.value.got
        holder.send_signal(signal.SIGKILL)
    with home.lock():
        assert (home.root / "lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_again_after_a_failure(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), home.lock():
        1 / 0  # noqa: B018
    with home.lock():
        pass


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError):
        _fail_midway(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "old")
    ended = subprocess.run([sys.executable, "-c", WRITER, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    write_text(path, "new")
    assert path.read_text() == "new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "old")
    with pytest.raises(DiskFull) as caught, written_aside(path):
        Path("/dev/full").write_text("new")
    assert "--resume" in caught.value.do
    assert caught.value.where == str(tmp_path)
    assert path.read_text() == "old"


def test_other_failures_of_the_disk_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk(tmp_path):
        (tmp_path / "missing").read_text()


@pytest.mark.parametrize("place", ["file/new.txt", "folder"])
def test_what_stands_in_the_way_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotWritable) as caught:
        write_text(tmp_path / place, "new")
    assert str(tmp_path) in caught.value.got
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_json_is_read_back_as_written(tmp_path: Path) -> None:
    value = {"b": [1, 2.5, None, True], "a": {"苗床": "seedbed"}}
    write_json(tmp_path / "deep" / "value.json", value)
    assert read_json(tmp_path / "deep" / "value.json") == value


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(tmp_path / "abc") == known


def test_runs_of_one_second_get_folders_of_their_own(home: Home) -> None:
    assert len({home.new_run("bank") for _ in range(5)}) == 5


def test_the_last_run_is_the_newest_that_has_a_recipe(home: Home) -> None:
    with pytest.raises(RunMissing):
        home.last_run("bank")
    first, second, bare = (home.new_run("bank") for _ in range(3))
    for age, run in ((200, first), (100, second)):
        write_text(run / "recipe.yaml", "name: bank")
        then = bare.stat().st_mtime - age
        os.utime(run / "recipe.yaml", (then, then))
    other = home.new_run("bank-intents")
    write_text(other / "recipe.yaml", "name: bank-intents")
    assert home.last_run("bank") == second
    assert home.last_run("bank-intents") == other


def test_the_home_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "there"))
    assert Home().releases == tmp_path / "there" / "releases"
    monkeypatch.delenv("SEEDBED_HOME")
    monkeypatch.chdir(tmp_path)
    assert Home().root == tmp_path / ".seedbed"
