"""What a hostile client can hold open, over a real socket: bounded in time and memory."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from running import Customer, Running, receive_all

from seedbed.home import Home
from seedbed.serve.guard import Bounds
from seedbed.serve.service import Settings

TIGHT = Bounds(
    body=64_000,
    body_seconds=1.0,
    head=8_000,
    head_seconds=1.0,
    linger=1 << 20,
    connections=20,
    unread_seconds=1.0,
)
MOST_GROWTH = 30 << 20


@pytest.fixture(scope="module")
def tight(releases: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a server with narrow bounds."""
    running = Running(releases, tmp_path_factory.mktemp("tight"), Settings(TIGHT))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def caller(tight: Running) -> Customer:
    return tight.customer()


@pytest.fixture(autouse=True)
def alive(tight: Running, caller: Customer) -> Iterator[None]:
    """See that whatever was done, the next call is answered and memory has not grown."""
    before = psutil.Process(os.getpid()).memory_info().rss
    yield
    assert caller.predict().status_code == 200
    assert psutil.Process(os.getpid()).memory_info().rss - before < MOST_GROWTH


def first(sock: socket.socket) -> bytes:
    """Return the first answer that comes; its head may come before its body does."""
    found = b""
    while not found.endswith(b"}") and (piece := sock.recv(65536)):
        found += piece
    return found


def said(raw: bytes) -> tuple[int, str]:
    """Return status and code of the first answer in what came."""
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower()
    return int(head.split(b" ")[1]), json.loads(body[: body.rindex(b"}") + 1])["code"]


def head(caller: Customer, *more: str, path: str = "/v1/predict/demo") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: x", f"authorization: Bearer {caller.secret}"]
    lines += ["content-type: application/json", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_hundred_megabytes_are_refused_at_once(tight: Running, caller: Customer) -> None:
    began = time.monotonic()
    with tight.raw() as sock:
        sock.sendall(head(caller, f"content-length: {100 << 20}"))
        assert said(first(sock)) == (413, "SB803")
        assert time.monotonic() - began < 4
        piece = b"x" * (1 << 20)
        sent = 0
        try:
            while sent < 100:
                sock.sendall(piece)
                sent += 1
        except OSError:
            pass
        assert sent < 100  # it was cut off on the way


def test_a_hundred_megabytes_in_chunks_are_refused_on_the_way(
    tight: Running, caller: Customer
) -> None:
    with tight.raw() as sock:
        sock.sendall(head(caller, "transfer-encoding: chunked"))
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        found = b""
        try:
            for _ in range(1600):
                sock.sendall(piece)
        except OSError:
            pass
        found = receive_all(sock)
    assert not found or said(found) == (413, "SB803")


@pytest.mark.parametrize("path", ["/v1/predict/demo", "/v1/keys", "/v2/models/demo/infer"])
def test_a_body_that_does_not_come_is_given_up(tight: Running, caller: Customer, path: str) -> None:
    began = time.monotonic()
    with tight.raw() as sock:
        sock.sendall(head(caller, "content-length: 100", path=path) + b'{"text"')
        assert said(first(sock)) == (408, "SB809")
        assert 0.9 < time.monotonic() - began < 4


def test_a_body_in_drips_is_given_up(tight: Running, caller: Customer) -> None:
    began = time.monotonic()
    with tight.raw() as sock:
        sock.sendall(head(caller, "content-length: 1000"))
        sock.settimeout(0.2)
        found = b""
        while not found and time.monotonic() - began < 10:
            sock.sendall(b" ")
            try:
                found = sock.recv(4096)
            except TimeoutError:
                continue
    assert said(found) == (408, "SB809")
    assert time.monotonic() - began < 4


def test_headers_in_drips_are_given_up(tight: Running) -> None:
    began = time.monotonic()
    with tight.raw() as sock:
        sock.sendall(b"GET /health/live HTTP/1.1\r\n")
        sock.settimeout(0.2)
        found = b""
        while not found and time.monotonic() - began < 10:
            sock.sendall(b"a: b\r\n")
            try:
                found = sock.recv(4096)
            except TimeoutError:
                continue
    assert said(found) == (408, "SB809")
    assert time.monotonic() - began < 5


def test_a_connection_that_says_nothing_is_closed(tight: Running) -> None:
    began = time.monotonic()
    with tight.raw() as sock:
        assert receive_all(sock) == b""
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "bomb",
    [
        b"GET / HTTP/1.1\r\n" + b"".join(b"a%d: b\r\n" % i for i in range(5000)) + b"\r\n",
        b"GET / HTTP/1.1\r\na: " + b"b" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"a%d: b\r\n" % i for i in range(120)) + b"\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"b" * 7000 + b"\r\ny: " + b"b" * 1200 + b"\r\n\r\n",
    ],
    ids=["5000 headers", "one long header", "a long address", "120 headers", "just too long"],
)
def test_header_bombs_are_refused(tight: Running, bomb: bytes) -> None:
    with tight.raw() as sock:
        with suppress(OSError):
            sock.sendall(bomb)
        assert said(first(sock)) == (431, "SB803")


def test_a_header_without_an_end_is_refused(tight: Running) -> None:
    with tight.raw() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\na: ")
        found = b""
        try:
            for _ in range(1000):
                sock.sendall(b"b" * 10_000)
        except OSError:
            pass
        found = receive_all(sock)
    assert not found or said(found) == (431, "SB803")


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"BREW /coffee HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"\r\n\r\n\r\n\x00",
    ],
)
def test_what_is_no_http_is_answered_with_a_problem(tight: Running, noise: bytes) -> None:
    with tight.raw() as sock:
        sock.sendall(noise)
        status, code = said(first(sock))
    assert (status, code) in ((400, "SB801"), (413, "SB803"))


def test_deep_json_is_refused_in_no_time(tight: Running, caller: Customer) -> None:
    sent = {"content-type": "application/json"}
    for deep in (
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"settings":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ):
        began = time.monotonic()
        for path in ("/v1/predict/demo", "/v1/keys", "/v1/embeddings", "/v2/models/demo/infer"):
            response = caller.client.post(path, content=deep, headers=sent)
            assert response.status_code in (400, 422)
        assert time.monotonic() - began < 2


def test_more_connections_than_there_may_be_are_told_so(tight: Running, caller: Customer) -> None:
    held = [tight.raw() for _ in range(25)]
    try:
        time.sleep(0.2)
        refused = [said(receive_all(sock)) for sock in held[21:]]
        assert set(refused) == {(429, "SB807")}
    finally:
        for sock in held:
            sock.close()
        time.sleep(0.3)


def test_a_reader_that_stops_reading_is_parted_with(tight: Running) -> None:
    with tight.raw() as sock:
        lines = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
        began = time.monotonic()
        try:
            while time.monotonic() - began < 15:
                sock.sendall(lines.encode())
                time.sleep(0.01)
        except OSError:
            pass
        assert time.monotonic() - began < 15
