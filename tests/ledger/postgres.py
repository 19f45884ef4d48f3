"""A real PostgreSQL for the tests: started by the run, stopped with it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FAST = "-c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=100"


def binaries() -> Path | None:
    """Return the folder with `initdb` and `pg_ctl`, where there is one."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


class Server:
    """One cluster in a temporary folder, reached through a socket there.

    PostgreSQL refuses to run as root; where the tests do, it runs as `postgres` or `nobody`.
    """

    def __init__(self, folder: Path) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="seedbed-pg-", dir="/tmp"))
        self.data = self.root / "data"
        self._bin = folder
        self._as = _user()
        if self._as is not None:
            os.chown(self.root, self._as.pw_uid, self._as.pw_gid)
        self._run("initdb", "-A", "trust", "-U", "seedbed", "-E", "UTF8", "--no-sync", "-N")

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.root}' {_FAST}"
        self._run("pg_ctl", "-w", "-l", str(self.root / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.root)

    def url(self, database: str) -> str:
        return f"postgresql://seedbed@/{database}?host={self.root}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), "-D", str(self.data), *arguments],
            user=self._as.pw_uid if self._as else None,
            group=self._as.pw_gid if self._as else None,
            extra_groups=[] if self._as else None,
            cwd=self.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")


@contextmanager
def started() -> Iterator[Server]:
    """Give a cluster that runs, and remove it; skip the test where there is no PostgreSQL."""
    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed: no initdb on the PATH")
    server = Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("there is no user that PostgreSQL could run as")
