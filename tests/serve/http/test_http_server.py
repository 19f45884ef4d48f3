"""The server as a process: start, the line it says, a stop under load."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from process import SEEDBED, Process
from running import TEXT

from seedbed.home import Home


@pytest.fixture
def start(releases: Home, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Give what starts a server process on a ledger of its own."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "releases").symlink_to(releases.releases)
    started: list[Process] = []

    def begin(*options: str) -> Process:
        started.append(Process(home, *options))
        return started[-1].wait()

    yield begin
    for process in started:
        process.end()


def test_it_says_how_to_call_it_and_that_works(start: Callable[..., Process]) -> None:
    process = start("--trial", "--release", "demo")
    assert process.told["releases"] == ["demo"]
    assert process.told["admin_key"].startswith("sb_live_")
    found = subprocess.run(shlex.split(process.told["curl"]), capture_output=True, check=True)
    assert json.loads(found.stdout)["answer"]["label"] in ("card", "rate", "transfer")
    metrics = httpx.get(
        f"{process.address}/metrics", headers={"x-api-key": process.told["admin_key"]}
    ).text
    assert 'release="demo/' in metrics
    assert 'release="plain/' not in metrics  # it is not even loaded
    headers = {"x-api-key": process.told["key"]}
    other = httpx.post(f"{process.address}/v1/predict/plain", json={"text": "a"}, headers=headers)
    assert other.status_code == 404
    code, out, err = process.stop()
    assert (code, out) == (0, "")
    assert [json.loads(line)["path"] for line in err.splitlines()] == [
        "/v1/predict/demo",
        "/v1/predict/plain",
    ]


def test_the_admin_key_is_shown_once(start: Callable[..., Process]) -> None:
    first = start()
    key = first.told["admin_key"]
    assert first.stop(signal.SIGINT)[0] == 0
    second = start("--log", "")
    assert second.told["admin_key"] is None
    headers = {"authorization": f"Bearer {key}"}
    assert httpx.get(f"{second.address}/v1/admin/customers", headers=headers).status_code == 200
    assert second.stop() == (0, "", "")


def test_it_is_ready_soon_and_imports_nothing_that_only_training_needs(
    start: Callable[..., Process],
) -> None:
    process = start("--release", "demo")
    assert httpx.get(f"{process.address}/health/ready").status_code == 200
    assert process.seconds < 10  # 3 s on a quiet machine: bench/ measures that
    maps = Path(f"/proc/{process.popen.pid}/maps").read_text(encoding="utf-8")
    assert "onnxruntime" in maps
    for library in ("libtorch", "sklearn", "pandas", "pyarrow"):
        assert library not in maps, library


def test_a_port_that_is_taken_is_said_so(start: Callable[..., Process], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {**os.environ, "SEEDBED_HOME": str(tmp_path / "home")}
        command = [*SEEDBED, "serve", "--port", str(port), "--json"]
        found = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert found.returncode == 1
    assert json.loads(found.stdout)["error"]["code"] == "SB812"


def test_a_release_that_is_not_there_is_said_so(
    start: Callable[..., Process], tmp_path: Path
) -> None:
    environment = {**os.environ, "SEEDBED_HOME": str(tmp_path / "home")}
    command = [*SEEDBED, "serve", "--port", "0", "--json", "--release", "dmo"]
    found = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert found.returncode == 1
    assert "demo" in json.loads(found.stdout)["error"]["do"]


class Load:
    """Callers that call until they are told the server stops, each on a connection of its own."""

    def __init__(self, address: str, key: str, callers: int) -> None:
        self.statuses: Counter[int | str] = Counter()
        self.answered: list[str] = []
        self._address, self._key = address, key
        self._threads = [threading.Thread(target=self._call) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _call(self) -> None:
        headers = {"authorization": f"Bearer {self._key}"}
        with httpx.Client(base_url=self._address, headers=headers, timeout=60) as client:
            while True:
                response = client.post("/v1/predict/demo", json={"texts": [TEXT] * 8})
                self.statuses[response.status_code] += 1
                if response.status_code != 200:
                    return
                self.answered.append(response.json()["call_id"])


def test_a_stop_under_load_loses_no_request(start: Callable[..., Process]) -> None:
    process = start()
    admin = httpx.Client(
        base_url=process.address, headers={"x-api-key": process.told["admin_key"]}, timeout=30
    )
    plan = {"name": "open", "currency": "USD", "charges": [{"tiers": [{"price": "0.01"}]}]}
    with admin:
        admin.post("/v1/admin/plans", json=plan).raise_for_status()
        made = admin.post("/v1/admin/customers", json={"name": "Acme"}).json()["id"]
        path = f"/v1/admin/customers/{made}/subscription"
        admin.put(path, json={"plan": "open"}).raise_for_status()
        key = admin.post("/v1/admin/keys", json={"customer": made}).json()["secret"]
    load = Load(process.address, key, callers=16)
    time.sleep(2.0)
    code, _, err = process.stop()
    load.join()
    assert code == 0, err
    assert load.statuses[200] > 16
    assert load.statuses[503] == 16
    assert set(load.statuses) == {200, 503}
    again = start("--log", "")
    headers = {"authorization": f"Bearer {key}"}
    usage = httpx.get(f"{again.address}/v1/usage", params={"by": "status"}, headers=headers).json()[
        "data"
    ]
    counted = {one["status"]: one["calls"] for one in usage}
    assert counted == {"answered": len(load.answered), "refused": 16}
    assert again.stop()[0] == 0
