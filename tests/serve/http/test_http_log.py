"""The access log and the counts: one line a request, and nothing in it that is secret."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from running import TEXT, Customer, Running

from seedbed.serve import log as logs
from seedbed.serve.exchange import Exchange
from seedbed.serve.log import AccessLog

SAID = "a very private sentence"


def lines(running: Running, customer: Customer) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in running.log().splitlines()]
    return [line for line in found if line.get("customer_id") == customer.id]


def test_each_request_has_one_line(served: Running, customer: Customer) -> None:
    call = customer.predict({"texts": [TEXT, TEXT]}).json()["call_id"]
    customer.predict({"text": 1})
    customer.client.get("/v1/account")
    answered, refused, looked = lines(served, customer)
    assert answered["call_id"] == call
    assert (answered["release"], answered["rows"], answered["ended"]) == ("demo/1", 2, "answered")
    assert (answered["status"], answered["charged_nanos"]) == (200, 20_000_000)
    assert answered["key_id"] == customer.key_id
    assert answered["ms"] > 0
    assert (refused["status"], refused["ended"]) == (422, "SB802")
    assert (looked["method"], looked["path"], looked["status"]) == ("GET", "/v1/account", 200)


def test_no_secret_and_no_text_is_ever_logged(
    own: Callable[..., Running], caplog: pytest.LogCaptureFixture
) -> None:
    running = own()
    caplog.set_level(logging.DEBUG)
    customer = running.customer()
    for body in ({"text": SAID}, {"text": [SAID]}, {"texts": [SAID] * 2000}):
        customer.predict(body)
    customer.predict(headers={"idempotency-key": SAID.replace(" ", "-")})
    customer.client.get("/v1/usage", params={"key": customer.secret})
    customer.client.post("/v1/embeddings", json={"model": "demo", "input": SAID})
    bare = running.client()
    wrong = "sb_live_" + "w" * 43
    for headers in ({"authorization": f"Bearer {wrong}"}, {"x-api-key": wrong}, {"cookie": SAID}):
        bare.post("/v1/predict/demo", json={"text": SAID}, headers=headers)
    made = running.admin.post("/v1/admin/keys", json={"customer": customer.id}).json()["secret"]
    with running.raw() as sock:
        sock.sendall(
            b"GET / HTTP/1.1\r\nauthorization: Bearer " + wrong.encode() + b"\r\n\x00\r\n\r\n"
        )
        sock.recv(1000)
    running.stop()
    ours = [record for record in caplog.records if not record.name.startswith("http")]
    written = "\n".join([running.lines.getvalue().decode(), *map(caplog.handler.format, ours)])
    assert customer.id in written
    for secret in (customer.secret, running.admin_key, made, wrong, SAID, SAID.replace(" ", "-")):
        assert secret not in written


def test_health_is_not_logged_but_its_failures_are(own: Callable[..., Running]) -> None:
    running = own()
    client = running.client()
    client.get("/health/live")
    client.get("/health/ready")
    running.service.drain()
    client.get("/health/ready")
    found = [json.loads(line) for line in running.log().splitlines()]
    assert [(line["path"], line["status"]) for line in found] == [("/health/ready", 503)]


def test_a_reader_that_has_stopped_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_LINES", 100)
    read, write = os.pipe()
    with os.fdopen(write, "wb", buffering=0) as stream:
        log = AccessLog(stream)
        began = time.monotonic()
        until = began + 1.5
        while time.monotonic() < until:
            for _ in range(200):
                log.add(Exchange("GET", "/" + "x" * 150, "req_1"))
            time.sleep(0.05)
        assert time.monotonic() - began < 4
        drained = threading.Thread(target=_drain, args=(read,), daemon=True)
        drained.start()
        log.close()
    drained.join(5)
    os.close(read)


def test_warnings_of_the_process_are_lines_too_and_quote_no_exception() -> None:
    stream = io.StringIO()
    with logs.process_log(stream):
        try:
            raise ValueError(SAID)
        except ValueError:
            logging.getLogger("seedbed.test").exception("it failed")
        logging.getLogger("seedbed.test").info("not shown")
    (line,) = [json.loads(one) for one in stream.getvalue().splitlines()]
    assert (line["level"], line["message"]) == ("error", "it failed")
    assert "ValueError" in line["trace"]
    assert SAID not in stream.getvalue()


def _drain(read: int) -> None:
    while os.read(read, 1 << 16):
        pass


def test_dropped_lines_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_LINES", 2)
    stream = io.BytesIO()
    log = AccessLog(stream)
    for _ in range(5):
        log.add(Exchange("GET", "/", "req_1"))
    log.close()
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert told[-1] == {"dropped_lines": 3}
    assert len(told) == 3


def test_prometheus_reads_what_there_was(own: Callable[..., Running]) -> None:
    running = own()
    customer = running.customer()
    customer.predict({"texts": [TEXT] * 3})
    customer.predict({"text": 1})
    customer.predict(path="/v1/predict/invented-by-a-caller")
    assert running.client().get("/metrics").status_code == 401
    assert customer.client.get("/metrics").status_code == 403
    response = running.admin.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = response.text
    for line in (
        'seedbed_calls_total{ended="answered",release="demo/1",verb="predict"} 1.0',
        'seedbed_call_rows_sum{release="demo/1"} 3.0',
        'seedbed_call_seconds_count{release="demo/1"} 1.0',
        'seedbed_charged_nanos_total{release="demo/1"} 3e+07',
        'seedbed_requests_total{status="422"} 1.0',
        "seedbed_ready 1.0",
        'seedbed_queue_rows{release="demo/1"} 0.0',
    ):
        assert line in text, text
    assert "invented" not in text
    assert "seedbed_ledger_commit_seconds_count" in text
