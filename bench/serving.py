"""What the benchmarks of the server share: a release, a server of its own, requests to send it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib import error
from urllib import request as web

from bench.base import ROOT, rows, tune
from bench.batching import mixed
from bench.load import HOST, Call, request
from seedbed.home import Home
from seedbed.ledger.clock import DAY
from seedbed.ledger.database import Database
from seedbed.ledger.ledger import Ledger
from seedbed.release import store
from seedbed.release.store import Release

NAME = "serving"
CACHE = Path(tempfile.gettempdir()) / f"seedbed-bench-serving-{os.getuid()}"
FRESH_SECONDS = 3600
"""How long the release is used again: a run of the benchmarks makes it once."""
CALLERS = 64
TICK = os.sysconf("SC_CLK_TCK")

GATE = {"engines": ["onnx-int8"], "margin": 0.1}
"""The engine that rivals can run too; what it loses of a probe's accuracy does not matter here."""

PLAN: Mapping[str, Any] = {
    "name": "bench",
    "currency": "USD",
    "charges": [{"included": 100, "tiers": [{"price": "0.01"}]}],
    "limits": {
        "rate": {"calls_per_second": 100_000, "burst": 100_000},
        "quota": 1_000_000_000,
        "spend": "10000000.00",
    },
}
"""Every kind of limit, each too far to be met."""


def release() -> Release:
    """Return the cheapest release that has an encoder, tuned on 2,000 rows of banking77."""
    folder = CACHE / "releases" / NAME / "1"
    fresh = folder.is_dir() and time.time() - folder.stat().st_mtime < FRESH_SECONDS
    if not fresh:
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        data = {"train": str(rows("banking77") / "train.csv"), "limit": 2000}
        tune({"name": NAME, "data": data, "gate": GATE}, "--only", "probe", home=CACHE)
    return store.opened(folder)


@contextmanager
def home(numbers: int = 1) -> Iterator[Home]:
    """Give a home of its own with the release, under so many numbers; it is gone afterwards."""
    made, first = Home(tempfile.mkdtemp(prefix="seedbed-bench-")), release()
    try:
        for _ in range(numbers):
            with store.writing(made, NAME) as draft:
                shutil.copytree(
                    first.folder, draft.folder, dirs_exist_ok=True, copy_function=os.link
                )
                (draft.folder / store.MANIFEST).unlink()
                draft.commit(first.manifest)
        yield made
    finally:
        shutil.rmtree(made.root, ignore_errors=True)


@dataclass(frozen=True)
class Server:
    """A server in a process of its own.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        pid: Its process.
        keys: A key each of the customers; they have a plan each with every kind of limit.
        admin: The admin key.
        seconds: From the command to ready.
    """

    port: int
    pid: int
    keys: Sequence[str]
    admin: str
    seconds: float

    def cpu(self) -> float:
        """Return the processor time that it has taken, in seconds."""
        told = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / TICK

    def memory(self) -> dict[str, float]:
        """Return its resident memory in megabytes: all of it, and what is no file's."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines)
        return {name: int(told[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")}


@contextmanager
def served(
    made: Home, *, customers: int = 1, module: Sequence[str] = ("seedbed", "serve")
) -> Iterator[Server]:
    """Give a server of a home that is ready, with customers; it is stopped afterwards.

    Args:
        customers: How many; none leaves the ledger to be made by the server.
        module: What `python -m` runs, with its arguments; `--port` follows.
    """
    keys, admin = books(made, customers) if customers else ([], "")
    port = free_port()
    command = [sys.executable, "-m", *module, "--port", str(port)]
    env = {"SEEDBED_HOME": str(made.root)}
    began = time.perf_counter()
    with process(command, port, "/health/ready", env=env) as running:
        yield Server(port, running.pid, keys, admin, time.perf_counter() - began)


def books(made: Home, customers: int, *, days: int = 0) -> tuple[list[str], str]:
    """Make customers with a key each, and an admin key; return the secrets.

    Args:
        days: How long ago their plans began.
    """
    ledger = Ledger(Database.open(made))
    try:
        plan, secrets = ledger.plans.publish(PLAN), []
        for count in range(customers):
            customer = ledger.customers.create(f"bench {count}", currency="USD")
            start = ledger.clock.now() - days * DAY
            ledger.subscriptions.subscribe(customer.id, plan.name, start=start if days else None)
            secrets.append(ledger.keys.create(customer.id)[1])
        admin = ledger.keys.ensure_admin()
        return secrets, admin[1] if admin else ""
    finally:
        ledger.database.close()


@contextmanager
def process(
    command: Sequence[str],
    port: int,
    ready: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    seconds: float = 90,
) -> Iterator[subprocess.Popen[bytes]]:
    """Give a server's process once it answers a path with 200; it is stopped afterwards.

    Raises:
        RuntimeError: it ended, or took too long; with the end of what it said.
    """
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            cwd=cwd,
            env=os.environ | dict(env or {}),
            start_new_session=True,
        )
        try:
            until = time.monotonic() + seconds
            while not answers(port, ready):
                if running.poll() is not None or time.monotonic() > until:
                    said.seek(0)
                    raise RuntimeError(f"{command} is not ready: {said.read()[-2000:].decode()}")
                time.sleep(0.01)
            yield running
        finally:
            running.terminate()
            with suppress(subprocess.TimeoutExpired):
                running.wait(15)
            with suppress(ProcessLookupError):  # LitServe's workers outlive it
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def answers(port: int, path: str) -> bool:
    """Tell whether a server answers a path with 200."""
    try:
        with web.urlopen(f"http://{HOST}:{port}{path}", timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, error.URLError):
        return False


def free_port() -> int:
    with socket.create_server((HOST, 0)) as sock:
        return int(sock.getsockname()[1])


def texts() -> list[str]:
    """Return questions of banking77 and answers of medquad, shuffled."""
    return mixed()


def predicts(asked: Sequence[str], key: str = "", path: str = f"/v1/predict/{NAME}") -> list[bytes]:
    """Return a request for each text."""
    return [request(path, json.dumps({"text": text}).encode(), key=key) for text in asked]


def rate(calls: Sequence[Call], weights: Sequence[int], seconds: float) -> float:
    """Return what answered calls weigh, a second."""
    return sum(weights[call.item] for call in calls if call.status == 200) / seconds
