"""Money under parallel callers, over HTTP: to the unit, and each request once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from running import TEXT, Customer, Running

CREDIT = 60
PREPAID: dict[str, Any] = {
    "name": "prepaid",
    "currency": "USD",
    "payment": "prepaid",
    "charges": [{"tiers": [{"price": "1"}]}],
}


def in_parallel(callers: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(i,)) for i in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_credit_for_sixty_gives_sixty_answers(served: Running) -> None:
    customer = served.customer(PREPAID, credit=str(CREDIT))
    answered: list[str] = []
    ended: Counter[int] = Counter()

    def call(_: int) -> None:
        client = served.client(customer.secret)
        while True:
            response = client.post("/v1/predict/demo", json={"text": TEXT})
            if response.status_code == 200:
                answered.append(response.json()["call_id"])
            elif response.status_code == 429:  # held by calls under way: not a refusal for good
                assert response.json()["code"] == "SB714"
                time.sleep(0.01)
            else:
                ended[response.status_code] += 1
                return

    in_parallel(16, call)
    assert len(set(answered)) == CREDIT
    assert ended == {402: 16}
    balance = customer.client.get("/v1/credits").json()
    assert (balance["credit"], balance["held"]) == ("0", "0")
    rows = customer.client.get("/v1/calls", params={"status": "answered", "limit": 1000}).json()
    assert {row["id"] for row in rows["data"]} == set(answered)


def test_what_is_sent_twice_is_charged_once(served: Running) -> None:
    customer = served.customer(PREPAID, credit="1000")
    draw = random.Random(7)
    names = [f"request-{i}" for i in range(40)]
    found: dict[str, set[str]] = {name: set() for name in names}

    def send(name: str) -> None:
        headers = {"idempotency-key": name}
        body = {"text": f"{TEXT} {name}"}
        client = served.client(customer.secret)
        while True:
            response = client.post("/v1/predict/demo", json=body, headers=headers)
            if response.status_code == 200:
                found[name].add(response.json()["call_id"])
                return
            assert response.status_code == 409, response.text
            time.sleep(0.02)

    def work(i: int) -> None:
        for name in names[i::8]:
            if draw.random() < 0.5:
                _hang_up(served, customer, name)
            send(name)
            send(name)

    in_parallel(8, work)
    assert all(len(calls) == 1 for calls in found.values())
    assert customer.client.get("/v1/credits").json()["credit"] == str(1000 - len(names))


def _hang_up(served: Running, customer: Customer, name: str) -> None:
    body = f'{{"text":"{TEXT} {name}"}}'.encode()
    head = (
        "POST /v1/predict/demo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {customer.secret}\r\nidempotency-key: {name}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    with served.raw() as sock:
        sock.sendall(head.encode() + body)
