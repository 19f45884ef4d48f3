from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.errors import DiskFull, ReleaseDamaged, ReleaseIncompatible, ReleaseMissing
from seedbed.home import Home
from seedbed.release import store
from seedbed.release.store import MANIFEST, Release

FACTS = {"task": "text-classification", "rung": "baseline", "kind": "linear", "recipe": "0" * 64}


def write(home: Home, name: str = "demo") -> Release:
    with store.writing(home, name) as draft:
        (draft.folder / "model").mkdir()
        (draft.folder / "model" / "weights").write_bytes(bytes(range(256)))
        (draft.folder / "answer.json").write_text("{}", encoding="utf-8")
        return draft.commit(FACTS)


def begin(home: Home, step: Callable[[Path], object]) -> None:
    """Write one file, then take a step that fails."""
    with store.writing(home, "demo") as draft:
        (draft.folder / "half").write_text("made", encoding="utf-8")
        step(draft.folder)


def replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def test_releases_are_numbered_and_know_their_parent(home: Home) -> None:
    one, two = write(home), write(home)
    assert (one.number, two.number) == (1, 2)
    assert (one.manifest["parent"], two.manifest["parent"]) == (None, 1)
    assert two.folder == home.releases / "demo" / "2"
    assert two.bytes == 258


def test_a_release_is_read_only_and_reads_back(home: Home) -> None:
    made = write(home)
    assert {path.stat().st_mode & 0o777 for path in store._files(made.folder)} == {0o444}
    assert store.find(home, "demo") == made
    assert set(made.manifest["files"]) == {"model/weights", "answer.json"}


@pytest.mark.parametrize("spec", ["demo", "demo@latest", "demo/2", "demo/"])
def test_a_release_is_found_by(home: Home, spec: str) -> None:
    write(home), write(home), write(home, "other")
    assert store.find(home, spec).number == 2
    assert store.latest(home, "demo").number == 2
    assert store.latest(home, "none") is None
    assert store.names(home) == ["demo", "other"]
    folders = [home.releases / "demo/1", home.releases / "demo/2", home.releases / "other/1"]
    assert store.folders(home) == folders
    assert store.folders(home, "demo") == folders[:2]


def test_a_copy_is_found_by_its_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(write(home).folder, tmp_path / "copied")
    monkeypatch.chdir(tmp_path)
    nowhere = Home(tmp_path / "empty")
    assert store.find(nowhere, "./copied").name == "demo"
    assert store.find(nowhere, "copied").name == "demo"
    assert store.find(nowhere, str(tmp_path / "copied")).number == 1


@pytest.mark.parametrize(
    ("spec", "do"),
    [
        ("dem", "Did you mean 'demo'?"),
        ("demo/7", "The latest is demo/1."),
        ("demo/x", "The latest is demo/1."),
        ("zzzz", "Name one of these: demo."),
        ("./nowhere", "List what there is: seedbed releases."),
        ("../demo", "List what there is: seedbed releases."),
    ],
)
def test_what_is_not_there_is_named(home: Home, spec: str, do: str) -> None:
    write(home)
    with pytest.raises(ReleaseMissing) as raised:
        store.find(home, spec)
    assert raised.value.do == do


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (bytes(range(255)) + b"\x00", "…"),
        (bytes(range(200)), "200"),
        (b"", "0"),
        (None, "it is not there"),
    ],
)
def test_a_damaged_file_is_named(home: Home, content: bytes | None, got: str) -> None:
    path = write(home).folder / "model" / "weights"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReleaseDamaged) as raised:
        store.find(home, "demo")
    assert raised.value.where == str(path)
    assert raised.value.got.endswith(got)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 2}', "\xff"])
def test_a_damaged_manifest_is_named(home: Home, text: str) -> None:
    path = write(home).folder / MANIFEST
    replace(path, text.encode("latin-1"))
    with pytest.raises(ReleaseDamaged) as raised:
        store.find(home, "demo")
    assert raised.value.where == str(path)


def test_an_altered_manifest_is_found_out(home: Home) -> None:
    path = write(home).folder / MANIFEST
    told = json.loads(path.read_text(encoding="utf-8"))
    told["rung"] = "full"
    replace(path, json.dumps(told).encode())
    with pytest.raises(ReleaseDamaged, match="altered"):
        store.find(home, "demo")


def test_a_newer_format_is_said_to_be_one(home: Home) -> None:
    path = write(home).folder / MANIFEST
    told = json.loads(path.read_text(encoding="utf-8")) | {"format": 3, "seedbed": "9.0"}
    replace(path, json.dumps(told).encode())
    with pytest.raises(ReleaseIncompatible, match=r"9\.0"):
        store.find(home, "demo")


def test_what_fails_leaves_nothing_and_takes_no_number(home: Home) -> None:
    write(home)
    with pytest.raises(ZeroDivisionError):
        begin(home, lambda folder: 1 / 0)
    assert [path.name for path in (home.releases / "demo").iterdir()] == ["1"]
    assert write(home).number == 2


def test_a_full_disk_leaves_nothing_half_made(home: Home) -> None:
    before = write(home)
    with pytest.raises(DiskFull, match="No space left"):
        begin(home, lambda folder: Path("/dev/full").write_bytes(b"x"))
    assert [path.name for path in (home.releases / "demo").iterdir()] == ["1"]
    assert store.find(home, "demo") == before


def test_a_disk_that_is_full_at_the_last_step(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(DiskFull):
            write(home)
    assert list((home.releases / "demo").iterdir()) == []
    assert write(home).number == 1


def test_what_a_dead_writer_left_is_cleared_away(home: Home) -> None:
    left = home.releases / "demo" / ".making-1"
    left.mkdir(parents=True)
    (left / "half").write_text("made", encoding="utf-8")
    (left / "engines").mkdir()
    made = write(home)
    assert made.number == 1
    assert not (made.folder / "half").exists()
    assert not left.exists()


def test_two_drafts_at_once_have_different_numbers(home: Home) -> None:
    with store.writing(home, "demo") as one, store.writing(home, "demo") as two:
        assert (one.number, two.number) == (1, 2)
        assert (one.parent, two.parent) == (None, None)
        assert two.commit(FACTS).number == 2
        assert one.commit(FACTS).number == 1
    assert store.latest(home, "demo").number == 2


def test_many_writers_at_once(home: Home) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(4) as pool:
        numbers = pool.map(_write_number, [home.root] * 12)
    assert sorted(numbers) == [release.number for release in map(store.opened, _all(home))]
    assert len(set(numbers)) == 12
    assert not list((home.releases / "demo").glob(".*"))


def test_a_draft_renamed_while_another_looks(tmp_path: Path) -> None:
    """The folder comes and goes between any two steps of the one who would lock it."""
    draft, final = tmp_path / ".making-1", tmp_path / "1"

    def come_and_go() -> None:
        for _ in range(3000):
            with contextlib.suppress(FileExistsError):
                draft.mkdir()
            draft.rename(final)
            final.rmdir()

    other = threading.Thread(target=come_and_go)
    other.start()
    while other.is_alive():
        if (lock := store._held(draft)) is not None:
            os.close(lock)
    other.join()
    lock = store._held(draft)
    assert lock is not None
    os.close(lock)


def _write_number(root: Path) -> int:
    return write(Home(root)).number


def _all(home: Home) -> list[Path]:
    return store.folders(home)
