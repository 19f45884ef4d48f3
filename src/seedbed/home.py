"""`SEEDBED_HOME`: where runs and releases are kept, and how files are written so none is lost."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seedbed.errors import DiskFull, HomeLocked, NotWritable, RunMissing

FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)


class Home:
    """A folder with runs, releases and caches.

    Args:
        root: The folder; by default `$SEEDBED_HOME`, or `.seedbed` in the working folder.
    """

    def __init__(self, root: Path | str | None = None) -> None:
        self.root = Path(root or os.environ.get("SEEDBED_HOME") or ".seedbed").absolute()

    @property
    def runs(self) -> Path:
        """The folder of all runs."""
        return self.root / "runs"

    @property
    def releases(self) -> Path:
        """The folder of all releases."""
        return self.root / "releases"

    @property
    def cache(self) -> Path:
        """What can be made again: unpacked base models."""
        return self.root / "cache"

    def new_run(self, name: str) -> Path:
        """Make and return the folder of a new run: the name and the time, to the second."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        for extra in range(1000):
            folder = self.runs / (f"{name}-{stamp}" + (f"-{extra}" if extra else ""))
            with disk(folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
            return folder
        raise AssertionError("a thousand runs within a second")

    def last_run(self, name: str) -> Path:
        """Return the newest run of a recipe's name.

        Raises:
            RunMissing: there is none.
        """
        found = self._begun(name)
        if not found:
            raise RunMissing(
                expected=f"a run of {name!r} in {self.runs}",
                got="none",
                do="Start one: seedbed tune RECIPE, without --resume.",
            )
        return found[-1].parent

    def has_run(self, name: str) -> bool:
        """Tell whether there is a run of a recipe's name."""
        return bool(self._begun(name))

    def _begun(self, name: str) -> list[Path]:
        made = re.compile(re.escape(name) + r"-\d{8}-\d{6}(-\d+)?")  # not those of `name-other`
        begun = (p for p in self.runs.glob("*/recipe.yaml") if made.fullmatch(p.parent.name))
        return sorted(begun, key=lambda p: p.stat().st_mtime)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the home for one writer; the system lets go of it when the process dies.

        Raises:
            HomeLocked: another process holds it.
        """
        import fcntl

        path = self.root / "lock"
        with disk(path):
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(handle, 100).decode(errors="replace").strip() or "unknown"
                raise HomeLocked(
                    expected=f"{self.root} to be free",
                    got=f"process {holder} at work in it",
                    do="Wait for it, stop it, or set SEEDBED_HOME to another folder.",
                    where=str(path),
                ) from None
            with disk(path):
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
            yield
        finally:
            os.close(handle)


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn "no space left" and "permission denied" into errors that say what to do."""
    try:
        yield
    except OSError as cause:
        if cause.errno in REFUSED:
            raise NotWritable(
                expected=f"to be allowed to write {path.name}",
                got=str(cause),
                do="Name another place, or take out of the way what stands there.",
                where=str(path.parent),
            ) from cause
        if cause.errno not in FULL:
            raise
        raise DiskFull(
            expected=f"room to write {path.name}",
            got=str(cause),
            do="Make room and type it again (tune: with --resume); what was there is whole.",
            where=str(path.parent),
        ) from cause


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a path to write to, which becomes `path` at once and whole, or not at all."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
            with aside.open("rb+") as handle:
                os.fsync(handle.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """Return a file's SHA-256 as hexadecimal digits, reading it in pieces.

    A part of a file (`rows.npz#test`) has the file's; a folder has that of its files and names.
    """
    digest = hashlib.sha256()
    if path.is_dir():
        for one in sorted(one for one in path.rglob("*") if one.is_file()):
            digest.update(f"{one.relative_to(path)} {sha256(one)}\n".encode())
        return digest.hexdigest()
    if "#" in path.name and not path.exists():
        path = path.with_name(path.name.partition("#")[0])
    with path.open("rb") as handle:
        while piece := handle.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
