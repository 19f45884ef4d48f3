"""`seedbed serve` as a process of its own, for the tests and the drills."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SEEDBED = [sys.executable, "-m", "seedbed"]


class Process:
    """`seedbed serve`, ready once `wait` has returned.

    Args:
        home: Where its releases are, and its ledger where `db` names no other.
        options: Of the command line.
        port: To listen on; by default any that is free.
        db: URL of its ledger.
    """

    def __init__(self, home: Path, *options: str, port: int = 0, db: str | None = None) -> None:
        environment = {**os.environ, "SEEDBED_HOME": str(home), "PYTHONWARNINGS": "error"}
        if db is not None:
            environment["SEEDBED_DB"] = db
        command = [*SEEDBED, "serve", "--port", str(port), "--json", "--threads", "1", *options]
        self.began = time.monotonic()
        self.popen = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def wait(self) -> Process:
        """Wait until it answers calls."""
        line = self.line()
        assert line, self.popen.communicate()[1]
        self.seconds = time.monotonic() - self.began
        self.told: dict[str, Any] = json.loads(line)
        self.address: str = self.told["address"]
        return self

    def line(self) -> str:
        """Return the line that it says once it is ready; nothing where it ended before."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send it a signal; return its exit code and what it said."""
        self.popen.send_signal(number)
        out, err = self.popen.communicate(timeout=60)
        return self.popen.returncode, out, err

    def end(self) -> None:
        """Kill it, where it still runs."""
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.communicate()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
