"""Who pays for what: each line of docs/reference/who-pays.md."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from away import locked
from running import OPEN, TEXT, Customer, Running

from seedbed.errors import EngineUnavailable, Overloaded
from seedbed.ledger.comparisons import Agreement
from seedbed.ledger.ledger import Ledger
from seedbed.serve import service as services
from seedbed.serve.batcher import Batcher
from seedbed.serve.replica import Replica
from seedbed.serve.service import Settings

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "who-pays.md"
PREPAID: dict[str, Any] = {
    "name": "prepaid",
    "currency": "USD",
    "payment": "prepaid",
    "charges": [{"tiers": [{"price": "1"}]}],
}
MANY = {"texts": [TEXT + " " + "card " * 25] * 250}


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Give where a test keeps its ledger: in a file, unless the test says otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgresql")
    return url


def only(customer: Customer) -> tuple[str, str | None, str]:
    """Return status, reason and price of the one call that there was."""
    row = customer.settled(1)
    assert len(row) == 1
    return row[0]["status"], row[0]["reason"], row[0]["price"]


def spent(customer: Customer) -> str:
    document = customer.client.get("/v1/invoices/preview").json()
    return str(document["subtotal"])


def hang_up(running: Running, customer: Customer, body: bytes, more: str = "") -> None:
    """Send a call and close the connection before the answer."""
    head = (
        "POST /v1/predict/demo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {customer.secret}\r\n{more}content-length: {len(body)}\r\n\r\n"
    )
    with running.raw() as sock:
        sock.sendall(head.encode() + body)
        time.sleep(0.05)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Give an event that lets engines run; clear it to hold them back."""
    go, run = threading.Event(), Replica.run
    go.set()

    def held(self: Replica, rows: Any) -> Any:
        go.wait(10)
        return run(self, rows)

    monkeypatch.setattr(Replica, "run", held)
    yield go
    go.set()


def test_each_line_of_the_page_has_a_test() -> None:
    named = re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 10
    assert set(named) <= set(globals())


def test_an_answer_is_charged_once(customer: Customer) -> None:
    customer.predict({"texts": [TEXT, TEXT]})
    assert only(customer) == ("answered", None, "0.02")
    assert spent(customer) == "0.02"


def test_a_replay_is_free_and_marked(customer: Customer) -> None:
    headers = {"idempotency-key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
    first = customer.predict(headers=headers)
    again = customer.predict(headers=headers)
    bare = customer.predict(headers={"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"})
    assert first.content == again.content == bare.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    rows = customer.settled(3)
    assert [(row["status"], row["price"]) for row in rows] == [
        ("answered", "0.01"),
        ("replayed", "0"),
        ("replayed", "0"),
    ]
    assert rows[1]["replay_of"] == rows[0]["id"] == first.json()["call_id"]


def test_the_same_key_for_another_request_is_refused_and_free(customer: Customer) -> None:
    headers = {"idempotency-key": "one"}
    customer.predict(headers=headers)
    other = customer.predict({"text": "another"}, headers=headers)
    elsewhere = customer.predict(path="/v1/predict/plain", headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "SB718")
    assert elsewhere.status_code == 422
    assert spent(customer) == "0.01"
    assert customer.predict(headers={"idempotency-key": ""}).status_code == 422
    assert customer.predict(headers={"idempotency-key": "x" * 300}).status_code == 422


def test_the_same_request_under_way_is_refused_and_free(
    served: Running, customer: Customer, engine: threading.Event
) -> None:
    headers = {"idempotency-key": "one"}
    engine.clear()
    found: list[Any] = []
    first = threading.Thread(target=lambda: found.append(customer.predict(headers=headers)))
    first.start()
    time.sleep(0.2)
    second = served.client(customer.secret).post(
        "/v1/predict/demo", json={"text": TEXT}, headers=headers
    )
    assert (second.status_code, second.json()["code"]) == (409, "SB719")
    assert "retry-after" in second.headers
    engine.set()
    first.join()
    assert found[0].status_code == 200
    assert spent(customer) == "0.01"


def test_what_is_refused_is_free(served: Running) -> None:
    customer = served.customer(PREPAID, credit="1")
    narrow = served.customer(scopes={"verbs": ["predict", "usage"], "releases": ["plain"]})
    assert customer.predict({"texts": [TEXT] * 2}).status_code == 402
    assert customer.predict({"text": 7}).status_code == 422
    assert customer.predict(path="/v1/predict/nothing").status_code == 404
    assert narrow.predict().status_code == 403
    assert narrow.predict(path="/v1/predict/nothing").status_code == 403
    for one, count in ((customer, 3), (narrow, 2)):
        rows = one.settled(count)
        assert {row["status"] for row in rows} == {"refused"}
        assert {row["price"] for row in rows} == {"0"}
        assert all(row["reason"] for row in rows)
    assert customer.predict().status_code == 200


def test_no_key_and_no_call(served: Running) -> None:
    bare = served.client()
    before = len(served.admin.get("/v1/admin/calls", params={"limit": 1000}).json()["data"])
    for headers in ({}, {"authorization": "Bearer sb_live_wrong"}, {"authorization": "Basic eDp5"}):
        response = bare.post("/v1/predict/demo", json={"text": TEXT}, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
    body = b"x" * (3 << 20)
    assert bare.post("/v1/predict/demo", content=body).status_code in (413, 415)
    time.sleep(0.2)
    after = len(served.admin.get("/v1/admin/calls", params={"limit": 1000}).json()["data"])
    assert after == before


def test_the_key_of_no_customer_cannot_call(served: Running) -> None:
    assert served.admin.post("/v1/predict/demo", json={"text": TEXT}).status_code == 403


def test_what_fails_is_free(own: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    running = own()
    customer = running.customer(PREPAID, credit="1")

    def broken(self: Replica, rows: Any) -> Any:
        raise EngineUnavailable(expected="an engine", got="none", do="Wait.")

    with monkeypatch.context() as patched:
        patched.setattr(Replica, "run", broken)
        response = customer.predict()
    assert (response.status_code, response.json()["code"]) == (500, "SB811")
    assert only(customer) == ("failed", "AnswerFailed", "0")
    assert customer.predict().status_code == 200  # the credit was given back


@pytest.mark.parametrize(
    ("owner", "part"),
    [(Replica, "encode"), (Ledger, "claim"), (Replica, "answers")],
    ids=["encode", "claim", "answers"],
)
def test_a_bug_is_free_and_says_no_more_than_its_request_id(
    own: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type[Any],
    part: str,
) -> None:
    running = own()
    customer = running.customer(PREPAID, credit="1")

    def broken(self: Any, *given: Any, **told: Any) -> Any:
        raise ZeroDivisionError(TEXT)

    with monkeypatch.context() as patched:
        patched.setattr(owner, part, broken)
        response = customer.predict()
    assert (response.status_code, response.json()["code"]) == (500, "SB000")
    assert response.headers["content-type"] == "application/problem+json"
    assert TEXT not in response.text
    assert str(response.json()["request_id"]) in caplog.text
    until = time.monotonic() + 5
    while "ZeroDivisionError" not in caplog.text and time.monotonic() < until:
        time.sleep(0.02)
    assert "ZeroDivisionError" in caplog.text
    assert "in broken" in caplog.text
    assert TEXT not in caplog.text
    assert only(customer) == ("failed", "ZeroDivisionError", "0")
    assert customer.predict().status_code == 200


def test_a_client_that_has_gone_does_not_pay(
    served: Running, customer: Customer, engine: threading.Event
) -> None:
    engine.clear()
    hang_up(served, customer, b'{"text": "x"}')
    time.sleep(0.2)
    engine.set()
    assert only(customer) == ("cancelled", "Cancelled", "0")


def test_a_client_that_has_gone_pays_if_it_can_have_the_answer(
    served: Running, customer: Customer, engine: threading.Event
) -> None:
    engine.clear()
    hang_up(served, customer, b'{"text": "x"}', more="idempotency-key: one\r\n")
    time.sleep(0.1)
    engine.set()
    assert only(customer) == ("answered", None, "0.01")
    again = customer.client.post(
        "/v1/predict/demo", content=b'{"text": "x"}', headers={"idempotency-key": "one"}
    )
    assert again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert spent(customer) == "0.01"


def test_an_answer_after_its_deadline_is_free(customer: Customer, engine: threading.Event) -> None:
    engine.clear()
    threading.Timer(1.0, engine.set).start()
    response = customer.predict({"text": TEXT, "timeout_ms": 100})
    assert (response.status_code, response.json()["code"]) == (504, "SB809")
    assert only(customer) == ("failed", "DeadlinePassed", "0")
    engine.set()
    preferred = customer.predict(headers={"prefer": "respond-async, wait=30"})
    assert preferred.status_code == 200


@pytest.fixture
def full(own: Callable[..., Running], engine: threading.Event) -> Iterator[Running]:
    """Give a server with a small queue that is full until engines run."""
    running = own(Settings(max_queue=0.001))
    customer = running.customer()
    engine.clear()
    post = running.client(customer.secret).post
    threads = [
        threading.Thread(target=post, args=("/v1/predict/demo",), kwargs={"json": MANY})
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.3)
    yield running
    engine.set()
    for thread in threads:
        thread.join()


def test_what_finds_the_queue_full_is_free(full: Running, engine: threading.Event) -> None:
    other = full.customer()
    headers = {"idempotency-key": "one"}
    began = time.monotonic()
    refused = [other.predict(headers=headers) for _ in range(3)]
    assert time.monotonic() - began < 5
    for response in refused:
        assert (response.status_code, response.json()["code"]) == (429, "SB807")
        assert int(response.headers["retry-after"]) >= 1
    assert full.client().get("/health/live").status_code == 200
    ready = full.client().get("/health/ready")
    assert (ready.status_code, "room" in ready.json()["got"]) == (503, True)
    rows = other.settled(3)
    assert {(row["status"], row["reason"], row["price"]) for row in rows} == {
        ("refused", "Overloaded", "0")
    }
    engine.set()
    until = time.monotonic() + 10
    while (again := other.predict(headers=headers)).status_code == 429:
        assert time.monotonic() < until
    assert again.status_code == 200
    assert full.client().get("/health/ready").status_code == 200
    assert spent(other) == "0.01"


@pytest.mark.parametrize("check", ["check_room", "room"])
def test_a_stored_answer_is_given_while_the_queue_is_full(
    customer: Customer, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"idempotency-key": "one"}
    first = customer.predict(headers=headers)

    def full(*_: Any, **__: Any) -> None:
        raise Overloaded(expected="room", got="none", do="Wait.")

    monkeypatch.setattr(Batcher, check, full)
    again = customer.predict(headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    refused = [
        customer.predict({"text": "another"}, headers=headers),
        customer.predict(headers={"idempotency-key": "two"}),
        customer.predict(),
    ]
    assert {response.status_code for response in refused} == {429}
    rows = [row["status"] for row in customer.settled(5)]
    assert rows == ["answered", "replayed", "refused", "refused", "refused"]
    assert spent(customer) == "0.01"


def test_what_the_queue_has_no_room_for_any_more_is_free(
    full: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = full.customer(PREPAID, credit="1")
    with monkeypatch.context() as patched:
        patched.setattr(Batcher, "check_room", lambda *_, **__: None)
        patched.setattr(Batcher, "room", lambda *_, **__: nullcontext())
        response = other.predict()
    assert (response.status_code, response.json()["code"]) == (429, "SB807")
    assert int(response.headers["retry-after"]) >= 1
    assert only(other) == ("failed", "Overloaded", "0")
    credit = full.ledger.credits.balance(other.id)
    assert (credit.credit, credit.held) == (1_000_000_000, 0)


def test_a_new_call_while_stopping_is_refused_and_free(own: Callable[..., Running]) -> None:
    running = own()
    customer = running.customer()
    assert customer.predict().status_code == 200
    running.service.drain()
    refused = customer.predict()
    assert (refused.status_code, refused.json()["code"]) == (503, "SB808")
    assert refused.headers["connection"] == "close"
    assert "retry-after" in refused.headers
    assert running.client().get("/health/ready").status_code == 503
    assert running.client().get("/health/live").status_code == 200
    row = customer.settled(2)[1]
    assert (row["status"], row["reason"], row["price"]) == ("refused", "Draining", "0")


@pytest.mark.parametrize("where", ["sqlite", "postgresql"], indirect=True)
def test_an_answer_that_cannot_be_written_down_does_not_leave_and_is_free(
    own: Callable[..., Running],
) -> None:
    running = own()
    customer = running.customer(OPEN)
    assert customer.predict().status_code == 200
    with locked(running.database):
        response = customer.predict()
        assert (response.status_code, response.json()["code"]) == (503, "SB701")
        assert "retry-after" in response.headers
        ready = running.client().get("/health/ready")
        assert (ready.status_code, "ledger" in ready.json()["got"]) == (503, True)
        assert running.client().get("/health/live").status_code == 200
    until = time.monotonic() + 10
    while customer.predict().status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert running.client().get("/health/ready").status_code == 200
    rows = [row for row in customer.settled(3) if row["status"] != "answered"]
    assert {row["price"] for row in rows} == {"0"}
    answered = [row for row in customer.calls() if row["status"] == "answered"]
    assert spent(customer) == f"{len(answered) / 100:.2f}"


def shadowed(running: Running) -> Customer:
    """Give a customer of `demo/1`, of whose calls `demo/2` computes copies."""
    set_shadow = running.admin.put("/v1/admin/releases/demo/shadow", json={"number": 2})
    assert set_shadow.status_code == 200
    return running.customer()


def copies(running: Running) -> list[Any]:
    """Return the rows of copies once there are any."""
    until = time.monotonic() + 5
    found: list[Any] = []
    while not found and time.monotonic() < until:
        time.sleep(0.02)
        found = running.admin.get("/v1/admin/calls", params={"status": "shadow"}).json()["data"]
    assert {(row["customer_id"], row["number"], row["price"]) for row in found} == {(None, 2, "0")}
    return found


def test_a_shadows_answer_is_free(own: Callable[..., Running]) -> None:
    running = own()
    customer = shadowed(running)
    assert customer.predict().json()["release"] == "demo/1"
    (copy,) = copies(running)
    assert copy["reason"].endswith("1 of 1 rows agree")
    both = "demo", frozenset((1, 2))
    assert running.ledger.comparisons.since(0) == {both: Agreement(1, 1)}
    assert [row["status"] for row in customer.calls()] == ["answered"]
    assert spent(customer) == "0.01"
    page = running.admin.get("/metrics").text
    assert 'seedbed_copies_total{ended="compared",release="demo/2"} 1.0' in page
    assert 'seedbed_compared_rows{release="demo/2"} 1.0' in page
    assert 'seedbed_agreed_rows{release="demo/2"} 1.0' in page
    assert 'seedbed_judged_rows{release="demo/2"} 0.0' in page


@pytest.mark.parametrize("ended", ["failed", "dropped"])
def test_a_copy_that_fails_or_is_dropped_leaves_its_row_and_is_free(
    own: Callable[..., Running], ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own()
    customer = shadowed(running)
    run = Replica.run

    def broken(self: Replica, rows: Any) -> Any:
        if self.release.number == 2:
            raise EngineUnavailable(expected="an engine", got="none", do="Wait.")
        return run(self, rows)

    monkeypatch.setattr(Replica, "run", broken)
    if ended == "dropped":
        monkeypatch.setattr(services, "MOST_COPIES", 0)
    call = customer.predict().json()["call_id"]
    (copy,) = copies(running)
    why = {"failed": f"failed: AnswerFailed, copy of {call}", "dropped": f"dropped: copy of {call}"}
    assert copy["reason"] == why[ended]
    assert [row["status"] for row in customer.settled(1)] == ["answered"]
    assert spent(customer) == "0.01"
    page = running.admin.get("/metrics").text
    assert f'seedbed_copies_total{{ended="{ended}",release="demo/2"}} 1.0' in page


def test_a_copy_that_a_stop_does_not_wait_for_is_dropped(
    own: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    running, go, run = own(), threading.Event(), Replica.run
    customer = shadowed(running)
    monkeypatch.setattr(services, "COPY_SECONDS", 0.05)

    def slow(self: Replica, rows: Any) -> Any:
        if self.release.number == 2:
            go.wait(10)
        return run(self, rows)

    monkeypatch.setattr(Replica, "run", slow)
    call = customer.predict().json()["call_id"]
    running.on_loop(running.service._end_copies())
    go.set()
    (copy,) = copies(running)
    assert copy["reason"] == f"dropped: copy of {call}"
