from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seedbed.data import hub
from seedbed.errors import FileMissing, FormatUnknown

FILES = {
    "data/train.csv": b"text,label\nhi,x\n",
    "data/dev.csv": b"text,label\nyo,y\n",
    "more/test-0.parquet": b"one",
    "more/test-1.parquet": b"two",
    "README.md": b"# train",
}


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as listing and downloading need."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        name = path.partition("/resolve/main/")[2]
        if "/resolve/" in path and name in FILES:
            self._send(FILES[name], "application/octet-stream", body=body)
        elif path.startswith("/api/datasets/acme/rows"):
            listing = [{"type": "file", "path": file, "size": 1, "oid": "b"} for file in FILES]
            self._send(json.dumps(listing).encode(), "application/json", body=body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, data: bytes, kind: str, *, body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Repo-Commit", "a" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve a hub on this machine, and let the hub's client talk to it."""
    from huggingface_hub import constants, hf_api

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{served.server_port}"
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(hf_api.api, "endpoint", address)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield
        served.shutdown()


def test_the_file_of_a_split_is_chosen_and_downloaded(server: None) -> None:
    assert hub.fetch("hub:acme/rows", "train").read_bytes() == FILES["data/train.csv"]
    assert hub.fetch("hub:acme/rows", "validation").read_bytes() == FILES["data/dev.csv"]


def test_a_file_may_be_named(server: None) -> None:
    path = hub.fetch("hub:acme/rows:more/test-1.parquet", "test")
    assert path.read_bytes() == b"two"
    assert path.suffix == ".parquet"


def test_files_that_cannot_be_told_apart_are_listed(server: None) -> None:
    with pytest.raises(FormatUnknown, match=r"2 \(more/test-0\.parquet.*hub:acme/rows:FILE"):
        hub.fetch("hub:acme/rows", "test")


def test_an_unknown_set_is_told(server: None) -> None:
    with pytest.raises(FileMissing, match="nobody/nothing"):
        hub.fetch("hub:nobody/nothing", "train")


def test_without_a_network_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FileMissing, match="network, or download the file"):
        hub.fetch("hub:acme/rows", "train")


def test_a_name_that_no_hub_has_is_refused() -> None:
    with pytest.raises(FileMissing, match="HFValidationError"):
        hub.fetch("hub:a b/c//d:train.csv", "train")
