"""The processes that reserve: which of them live, so that what the others reserved is freed.

SQLite is used by processes of one machine: each holds a lock on a file beside the database, which
the system lets go of when the process dies, however it dies. On PostgreSQL they may be on several
machines. One on this machine is looked up by its number and the time it was born; one elsewhere is
taken for dead when its heartbeat has not moved for half a minute of this process's own time,
whatever the clocks say.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from seedbed.errors import LedgerUnavailable
from seedbed.ledger.clock import System
from seedbed.ledger.database import Database
from seedbed.ledger.ids import new_id
from seedbed.ledger.schema.calls import instances

BEAT_SECONDS = 5.0
"""How often a heartbeat is written, on PostgreSQL."""

SILENT_SECONDS = 30.0
"""How long a heartbeat elsewhere may stand still."""


class Instance:
    """This process, as the others see it.

    Args:
        database: The ledger.
        monotonic: Seconds that only go forwards.
    """

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.id = new_id("instance", System().now())
        self._database = database
        self._monotonic = monotonic
        self._seen: dict[str, tuple[int, float]] = {}
        self._lock: int | None = None

    def enter(self) -> None:
        """Tell the others that this process is there."""
        if self._database.file is not None:
            self._lock = _locked(self._file(self.id), wait=True)
        self.beat()

    def beat(self) -> None:
        """Tell the others that this process is still there."""
        now = System().now()
        here = {"host": _machine(), "pid": os.getpid(), "born": _born(os.getpid()) or ""}
        with self._database.writing() as connection:
            row = update(instances).where(instances.c.id == self.id).values(beat_at=now)
            if connection.execute(row).rowcount == 0:
                new = {"id": self.id, "started_at": now, "beat_at": now, **here}
                connection.execute(insert(instances), new)

    def gone(self) -> list[str]:
        """Return the instances whose processes have died."""
        query = select(instances).where(instances.c.id != self.id)
        with self._database.reading() as connection:
            others = connection.execute(query).all()
        return [
            other.id
            for other in others
            if self._dead(other.id, other.host, other.pid, other.born, other.beat_at)
        ]

    def bury(self, instance: str) -> None:
        """Forget an instance that has died."""
        with self._database.writing() as connection:
            connection.execute(delete(instances).where(instances.c.id == instance))
        self._seen.pop(instance, None)
        if self._database.file is not None:
            self._file(instance).unlink(missing_ok=True)

    def leave(self) -> None:
        """Tell the others that this process has ended what it began."""
        self.bury(self.id)
        self.let_go()

    def let_go(self) -> None:
        """Let go of the lock, as the system does for a process that has died."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _dead(self, instance: str, host: str, pid: int, born: str, beat: int) -> bool:
        if self._database.file is not None:
            lock = _locked(self._file(instance), wait=False)
            if lock is not None:
                os.close(lock)
            return lock is not None
        if host == _machine() and born:
            return _born(pid) != born
        return self._silent(instance, beat)

    def _silent(self, instance: str, beat: int) -> bool:
        now = self._monotonic()
        seen, since = self._seen.setdefault(instance, (beat, now))
        if seen != beat:
            self._seen[instance] = (beat, now)
            return False
        return now - since >= SILENT_SECONDS

    def _file(self, instance: str) -> Path:
        assert self._database.file is not None
        folder = self._database.file.with_name(f"{self._database.file.name}-instances")
        with _there(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder / instance


def _locked(path: Path, *, wait: bool) -> int | None:
    """Lock a file and return its handle; None where another process holds it."""
    import fcntl

    with _there(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _there(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise LedgerUnavailable(
            expected="to write beside the ledger's database",
            got=cause.strerror or str(cause),
            do="Make room there, or allow this user to write there.",
            where=str(path),
        ) from cause


def _machine() -> str:
    """Return a name for where process numbers mean the same processes as here."""
    return ":".join([socket.gethostname(), _read("/proc/sys/kernel/random/boot_id"), _space()])


def _space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    """Return what tells a process from a later one of the same number; None if there is none."""
    if not Path("/proc/self/stat").exists():
        import psutil

        try:
            return f"{psutil.Process(pid).create_time():.0f}"
        except psutil.NoSuchProcess:
            return None
    told = _read(f"/proc/{pid}/stat")
    fields = told.rpartition(")")[2].split()
    # Field 3 is the state, field 22 the time of birth in ticks since the machine started.
    return fields[19] if fields and fields[0] not in "ZX" else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
