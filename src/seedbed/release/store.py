"""The store of releases: numbered folders that are written aside, renamed once, and never change.

    with store.writing(home, "bank-intents") as draft:
        ...                                    # write into draft.folder; draft.number is settled
        release = draft.commit({"task": "text-classification", ...})

A draft lies in `.making-<number>`, locked by its writer; what a dead writer left is cleared away by
the next. Each file's size and SHA-256 stand in `manifest.json` and are checked on every load.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256 as digest_of
from pathlib import Path
from typing import Any

from seedbed import __version__
from seedbed.errors import ReleaseDamaged, ReleaseIncompatible, ReleaseMissing
from seedbed.home import Home, disk, read_json, sha256, write_json
from seedbed.recipe import nearest

FORMAT = 2
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Release:
    """A release in a folder, its own or a copy.

    Attributes:
        folder: Where it lies.
        manifest: What `manifest.json` says.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The recipe's name."""
        return str(self.manifest["name"])

    @property
    def number(self) -> int:
        """Its number among the releases of the name."""
        return int(self.manifest["number"])

    @property
    def bytes(self) -> int:
        """Size of all its files."""
        return sum(told["bytes"] for told in self.manifest["files"].values())

    def read(self, part: str) -> dict[str, Any]:
        """Return one of its JSON files, such as `answer.json`.

        Raises:
            ReleaseDamaged: the file is not there or is not JSON.
        """
        try:
            found: dict[str, Any] = read_json(self.folder / part)
        except (OSError, ValueError) as cause:
            raise _damaged(self.folder / part, "a JSON file", str(cause)) from None
        return found

    def verify(self) -> Release:
        """Compare every file with the manifest, sizes first, and return the release.

        Raises:
            ReleaseDamaged: a file is missing, cut short or altered; it is named.
        """
        files: Mapping[str, Mapping[str, Any]] = self.manifest["files"]
        for name, told in files.items():
            path = self.folder / name
            if not path.is_file():
                raise _damaged(path, "the file", "it is not there")
            if (size := path.stat().st_size) != told["bytes"]:
                raise _damaged(path, f"{told['bytes']:,} bytes", f"{size:,}")
        for name, told in files.items():
            path = self.folder / name
            if (found := sha256(path)) != told["sha256"]:
                raise _damaged(path, f"SHA-256 {told['sha256'][:12]}…", f"{found[:12]}…")
        return self


@dataclass(frozen=True)
class Draft:
    """A release in the making.

    Attributes:
        folder: Where its files are written.
        name: Of the release.
        number: The number it will have.
        parent: The number of the release before it, if there is one.
    """

    folder: Path
    name: str
    number: int
    parent: int | None

    def take(self, candidate: Path) -> Path:
        """Copy a candidate folder to `model/` and return that."""
        with disk(self.folder):
            return Path(shutil.copytree(candidate, self.folder / "model"))

    def commit(self, facts: Mapping[str, Any]) -> Release:
        """Write the manifest, make all files read-only, and rename the draft: it is a release.

        Args:
            facts: `task`, `rung`, `kind`, `recipe` (the SHA-256), and whatever else is to be known.
        """
        manifest = {
            **facts,
            "format": FORMAT,
            "name": self.name,
            "number": self.number,
            "parent": self.parent,
            "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seedbed": __version__,
            "files": _inventory(self.folder),
        }
        final = self.folder.with_name(str(self.number))
        with disk(final):
            write_json(self.folder / MANIFEST, manifest | {"seal": _seal(manifest)})
            for path in _files(self.folder):
                _settle(path)
            self.folder.rename(final)
            _sync(final.parent)
        return Release(final, manifest)


@contextmanager
def writing(home: Home, name: str) -> Iterator[Draft]:
    """Give a draft with the next number; unless it is committed, nothing of it stays.

    Raises:
        DiskFull: there was no room; nothing half-made is left.
    """
    root = home.releases / name
    with disk(root):
        root.mkdir(parents=True, exist_ok=True)
        folder, number, lock = _reserve(root)
    try:
        before = [n for n in _numbers(root) if n < number]
        with disk(folder):
            yield Draft(folder, name, number, max(before, default=None))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def opened(folder: Path) -> Release:
    """Return the release in a folder, not yet verified.

    Raises:
        ReleaseMissing: there is none.
        ReleaseDamaged: its manifest is cut short or altered.
        ReleaseIncompatible: a newer Seedbed made it.
    """
    path = folder / MANIFEST
    try:
        told = read_json(path)
    except FileNotFoundError:
        raise ReleaseMissing(
            expected=f"a release: a folder with {MANIFEST}",
            got="none",
            do="List what there is: seedbed releases.",
            where=str(folder),
        ) from None
    except (OSError, ValueError) as cause:
        raise _damaged(path, "the manifest, in JSON", str(cause)) from None
    if not isinstance(told, dict) or "format" not in told:
        raise _damaged(path, "the manifest of a release", "other JSON")
    if told["format"] != FORMAT:
        raise ReleaseIncompatible(
            expected=f"format {FORMAT}",
            got=f"format {told['format']}, made by Seedbed {told.get('seedbed', 'unknown')}",
            do="Install that version of Seedbed, or a newer one.",
            where=str(path),
        )
    seal = told.pop("seal", None)
    if seal != _seal(told):
        raise _damaged(path, "the manifest as it was written", "an altered one")
    return Release(folder, told)


def find(home: Home, spec: str, *, within: Path | None = None) -> Release:
    """Return a verified release by `name` (the latest), `name@latest`, `name/3`, or its folder.

    Args:
        home: Where releases lie.
        spec: Which one.
        within: What the path of a folder counts from; by default the working folder.

    Raises:
        ReleaseMissing: there is none; the nearest name is given.
        ReleaseDamaged: a file is missing, cut short or altered.
    """
    folder = (within or Path()) / Path(spec).expanduser()
    if (folder / MANIFEST).is_file() or spec.startswith((".", "/", "~")):
        return opened(folder).verify()
    name, _, number = spec.removesuffix("@latest").rstrip("/").partition("/")
    root = home.releases / name
    numbers = _numbers(root) if name else []
    if not numbers:
        raise missing(home, spec)
    wanted = int(number) if number.isdecimal() else max(numbers) if not number else -1
    if wanted not in numbers:
        raise ReleaseMissing(
            expected=f"one of {', '.join(f'{name}/{n}' for n in numbers)}",
            got=repr(spec),
            do=f"The latest is {name}/{max(numbers)}.",
        )
    return opened(root / str(wanted)).verify()


def named(home: Home, release: Release) -> str:
    """Return `name/3` by which `find` finds a release again; its folder where it is elsewhere."""
    kept = release.folder.is_relative_to(home.releases)
    return f"{release.name}/{release.number}" if kept else str(release.folder.resolve())


def missing(home: Home, name: str) -> ReleaseMissing:
    """Return the error that there is no release of that name; the nearest name is given."""
    known = names(home)
    near = nearest(name, known)
    have = f"Name one of these: {', '.join(known)}." if known else "Make one: seedbed tune RECIPE."
    return ReleaseMissing(
        expected=f"a release in {home.releases}",
        got=repr(name),
        do=f"Did you mean {near!r}?" if near else have,
    )


def names(home: Home) -> list[str]:
    """Return the names that have a release, sorted."""
    if not home.releases.is_dir():
        return []
    return sorted(root.name for root in home.releases.iterdir() if _numbers(root))


def folders(home: Home, name: str | None = None) -> list[Path]:
    """Return the folders of the releases, of one name or all, by name and number."""
    return [
        home.releases / each / str(number)
        for each in (names(home) if name is None else [name])
        for number in _numbers(home.releases / each)
    ]


def latest(home: Home, name: str) -> Release | None:
    """Return the newest release of a name, verified, if there is one."""
    return find(home, name) if _numbers(home.releases / name) else None


def of_run(home: Home, name: str, run: str) -> Release | None:
    """Return the release of a name that a run made, by the run's name, if there is one."""
    root = home.releases / name
    made = (opened(root / str(number)) for number in reversed(_numbers(root)))
    return next((release for release in made if release.manifest.get("run") == run), None)


def _numbers(root: Path) -> list[int]:
    if not root.is_dir():
        return []
    found = (path for path in root.iterdir() if re.fullmatch(r"[1-9]\d*", path.name))
    return sorted(int(path.name) for path in found if (path / MANIFEST).is_file())


def _reserve(root: Path) -> tuple[Path, int, int]:
    """Return an empty draft folder of the lowest free number, and the lock on it."""
    number = max(_numbers(root), default=0) + 1
    while (lock := _held(root / f".making-{number}")) is None:
        number += 1
    folder = root / f".making-{number}"
    if (root / str(number)).exists():  # committed by another while we looked
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        return _reserve(root)
    for left in folder.iterdir():  # by a writer that died
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return folder, number, lock


def _held(folder: Path) -> int | None:
    """Lock a folder, made if need be; nothing if another holds it or has just renamed it."""
    import fcntl

    with suppress(FileExistsError):  # `exist_ok` raises where another renames it as we look
        folder.mkdir()
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_ino == folder.stat().st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _inventory(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.relative_to(folder).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in _files(folder)
    }


def _settle(path: Path) -> None:
    """Bring a file to the disk and take the right to write it away."""
    _sync(path)
    path.chmod(0o444)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal(manifest: Mapping[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False)
    return digest_of(text.encode()).hexdigest()


def _damaged(path: Path, expected: str, got: str) -> ReleaseDamaged:
    return ReleaseDamaged(
        expected=expected,
        got=got,
        do="Copy the release again from where it was made, or make it again.",
        where=str(path),
    )
