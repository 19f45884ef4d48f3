"""Shadows, canaries and roll-backs while callers call, over HTTP; no call may fail by them."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from running import Customer, Running
from scipy.stats import binom

from seedbed.errors import EngineUnavailable
from seedbed.release import gate
from seedbed.serve import windows
from seedbed.serve.replica import Replica
from seedbed.serve.windows import Rule

ROLLOUTS = "/v1/admin/releases/demo"
LONGEST = 10.0


class Callers:
    """Callers of `demo`, each with a connection of its own, who note what they were told.

    Args:
        running: The server.
        customer: Whose key they use.
        body: Makes the next body of a caller, by its number and the count of its calls.
    """

    def __init__(
        self, running: Running, customer: Customer, body: Callable[[int, int], Any], pause: float
    ) -> None:
        self.answers: list[tuple[float, int, dict[str, Any]]] = []
        self.users: dict[str, set[str]] = defaultdict(set)
        self._stop = threading.Event()
        self._make, self._pause = body, pause
        clients = [running.client(customer.secret) for _ in range(4)]
        self._threads = [
            threading.Thread(target=self._call, args=(place, client))
            for place, client in enumerate(clients)
        ]

    def _call(self, place: int, client: httpx.Client) -> None:
        for count in range(10**6):
            if self._stop.is_set():
                return
            body = self._make(place, count)
            response = client.post("/v1/predict/demo", json=body)
            told = response.json()
            self.answers.append((time.monotonic(), response.status_code, told))
            self.users[body.get("user", "")].add(told.get("release", ""))
            time.sleep(self._pause)

    def statuses(self) -> set[int]:
        return {status for _, status, _ in self.answers}

    def releases(self, since: float = 0.0) -> Counter[str]:
        return Counter(told["release"] for at, _, told in self.answers if at > since)

    @contextmanager
    def calling(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(30)


def state(running: Running) -> dict[str, Any]:
    found: dict[str, Any] = running.admin.get(ROLLOUTS).json()
    return found


def until(told: Callable[[], Any], seconds: float = LONGEST) -> Any:
    end = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


def moved(running: Running, path: str, **told: Any) -> None:
    running.admin.put(f"{ROLLOUTS}/{path}", json=told).raise_for_status()


def test_a_shadow_is_compared_under_load_and_by_labels_when_feedback_brings_them(
    own: Callable[..., Running], exam: gate.Exam
) -> None:
    running = own()
    moved(running, "shadow", number=3)
    customer = running.customer()
    callers = Callers(running, customer, lambda p, n: {"texts": exam.texts[p : p + 3]}, 0.01)
    with callers.calling():
        compared = until(lambda: _loaded(running, 3)["compared"] > 100 and _loaded(running, 3))
    assert callers.statuses() == {200}
    assert set(callers.releases()) == {"demo/1"}
    assert compared["agreed"] < 0.1 * compared["compared"]  # its labels are turned
    said = 0
    for _, _, told in callers.answers[:20]:
        right = {"call_id": told["call_id"], "row": 1, "verdict": "right"}
        for _ in range(2):  # said twice it counts once
            customer.client.post("/v1/feedback", json=right).raise_for_status()
        said += 1
    last = callers.answers[0][2]
    wrong = {"call_id": last["call_id"], "row": 0, "verdict": "wrong", "correct": "nothing"}
    customer.client.post("/v1/feedback", json=wrong).raise_for_status()
    champion, shadow = _loaded(running, 1), _loaded(running, 3)
    assert champion["judged"] == shadow["judged"]
    assert 5 < champion["judged"] <= said + 1
    assert champion["right"] == champion["judged"] - 1
    assert shadow["right"] <= 2
    shadows = running.admin.get("/v1/admin/calls", params={"status": "shadow"}).json()["data"]
    assert {(row["number"], row["price"]) for row in shadows} == {(3, "0")}


def test_feedback_that_comes_after_a_restart_is_compared(
    own: Callable[..., Running], exam: gate.Exam
) -> None:
    running = own()
    moved(running, "shadow", number=3)
    customer = running.customer()
    told = customer.predict({"texts": exam.texts[:3]}).json()
    until(lambda: state(running)["comparisons"])
    labels = [answer["label"] for answer in told["answers"]]
    running.stop()
    running = own()
    assert _loaded(running, 1)["compared"] == 0
    client = running.client(customer.secret)
    other = next(label for label in ("card", "rate", "transfer") if label != labels[1])
    for row, said in enumerate(({"verdict": "right"}, {"verdict": "wrong", "correct": other})):
        judged = client.post("/v1/feedback", json={"call_id": told["call_id"], "row": row, **said})
        judged.raise_for_status()
    (found,) = state(running)["comparisons"]
    assert (found["number"], found["other"], found["rows"], found["agreed"]) == (1, 3, 3, 0)
    assert (found["judged"], found["right"]) == (2, 1)


def _loaded(running: Running, number: int) -> dict[str, Any]:
    found: dict[str, Any] = state(running)["loaded"][str(number)]
    return found


def test_a_canary_takes_its_share_of_users_each_always_or_never(
    own: Callable[..., Running],
) -> None:
    running, share, users = own(), 0.2, 400
    moved(running, "canary", number=2, share=share)
    customer = running.customer()

    def body(place: int, count: int) -> Any:
        return {"text": "my card", "user": f"user {(4 * count + place) % users}"}

    callers = Callers(running, customer, body, 0.0)
    with callers.calling():
        until(lambda: len(callers.answers) > 3 * users, seconds=60)
    assert callers.statuses() == {200}
    assert len(callers.users) == users
    assert {len(seen) for seen in callers.users.values()} == {1}
    taken = sum(seen == {"demo/2"} for seen in callers.users.values())
    low, high = binom.interval(0.9999, users, share)
    assert low <= taken <= high
    calls = callers.releases()
    assert calls["demo/2"] / calls.total() == pytest.approx(taken / users, abs=0.02)


def test_a_canary_that_answers_otherwise_is_rolled_back_by_itself(
    own: Callable[..., Running], exam: gate.Exam
) -> None:
    running = own()
    moved(running, "canary", number=3, share=0.5)
    customer = running.customer()

    def body(place: int, count: int) -> Any:
        return {"texts": exam.texts[place : place + 20], "user": f"user {place} {count}"}

    callers = Callers(running, customer, body, 0.0)
    with callers.calling():
        until(lambda: "canary" not in state(running)["aliases"])
        at = time.monotonic() + 0.2
        time.sleep(0.7)
    assert callers.statuses() == {200}
    assert callers.releases()["demo/3"] > 10
    assert set(callers.releases(since=at)) == {"demo/1"}
    _told(running, "rows answered as the other release does")


def test_a_canary_that_is_slow_is_rolled_back_by_itself(
    own: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MOMENT_SECONDS", 0.1)
    running, run = own(), Replica.run

    def slow(self: Replica, rows: Any) -> Any:
        if self.release.number == 2:
            time.sleep(0.12)
        return run(self, rows)

    moved(running, "canary", number=2, share=0.2)
    monkeypatch.setattr(Replica, "run", slow)
    customer = running.customer()

    def body(place: int, count: int) -> Any:
        return {"text": "my card", "user": f"user {place} {count}"}

    callers = Callers(running, customer, body, 0.05)
    with callers.calling():
        until(lambda: "canary" not in state(running)["aliases"], seconds=20)
        at = time.monotonic() + 0.4
        time.sleep(0.8)
    assert callers.statuses() == {200}
    assert set(callers.releases(since=at)) == {"demo/1"}
    _told(running, "slower at")


def test_a_restart_does_not_end_the_probation_of_a_new_champion(
    own: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, run = Rule(calls=5), Replica.run
    running = own(rule=rule)
    customer = running.customer()
    moved(running, "aliases/champion", number=2)
    running.stop()
    running = own(rule=rule)
    found = state(running)
    assert (found["on_probation"], set(found["loaded"])) == (True, {"1", "2"})

    def broken(self: Replica, rows: Any) -> Any:
        if self.release.number == 2:
            raise EngineUnavailable(expected="an engine", got="none", do="Wait.")
        return run(self, rows)

    monkeypatch.setattr(Replica, "run", broken)
    client = running.client(customer.secret)
    asked = {"text": "my card"}
    told = [client.post("/v1/predict/demo", json=asked).status_code for _ in range(5)]
    assert told == [500] * 5
    until(lambda: state(running)["aliases"]["champion"]["number"] == 1)
    _told(running, "5 of 5 calls failed")


def _told(running: Running, why: str) -> None:
    last = running.admin.get(f"{ROLLOUTS}/rollouts").json()["data"][0]
    assert (last["action"], last["by"], last["to_number"]) == ("roll_back", "seedbed", 1)
    assert why in last["reason"]
    assert set(last["measured"]) == {"new", "other"}
