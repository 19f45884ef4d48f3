"""What was right, in the shape in which each kind of release answers; and what reads it back."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import TEXT, Customer, Running
from sqlalchemy import select

from seedbed import recipe as recipes
from seedbed.home import Home
from seedbed.ledger.schema.calls import comparisons
from seedbed.release import store
from seedbed.release.build import build
from seedbed.tune.events import Events

PEOPLE = ("Anna", "Boris", "Chloe", "David", "Emre", "Fatou", "Grace", "Hiro")
PLACES = ("Berlin", "Paris", "Lagos", "Osaka", "Quito", "Turin")
SAID = "Anna came to Paris"
ROW = {"rooms": 3}
SPANS: list[dict[str, Any]] = [
    {"type": "PER", "start": 0, "end": 4},
    {"type": "LOC", "start": 13, "end": 18},
]


def names(folder: Path, home: Home) -> None:
    """Make releases that find people and places."""
    pairs = [(who, where) for who in PEOPLE for where in PLACES]
    rows = [
        {
            "tokens": [who, "came", "to", where],
            "tags": ["B-PER", "O", "O", "B-LOC"],
        }
        for who, where in pairs
    ]
    path = folder / "names.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    data = {"train": str(path), "text": "tokens", "label": "tags"}
    _build(home, "names", "token-classification", data, "tagger")


def rents(folder: Path, home: Home) -> None:
    """Make releases that answer with a number: ten for each room."""
    draw = np.random.default_rng(0)
    rooms = draw.integers(1, 9, 200)
    rows = [{"rooms": int(n), "rent": round(10.0 * n + draw.normal(), 2)} for n in rooms]
    path = folder / "rents.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    data = {"train": str(path), "label": "rent"}
    _build(home, "rents", "tabular-regression", data, "baseline")


def _build(home: Home, name: str, task: str, data: dict[str, Any], rung: str) -> None:
    told = {
        "name": name,
        "task": task,
        "data": data,
        "ladder": {"rungs": [rung]},
        "judge": {"bootstrap": 100, "explained_rows": 2},
    }
    build(recipes.validate(told), home, Events())
    first = store.find(home, f"{name}/1")
    with store.writing(home, name) as draft:
        shutil.copytree(first.folder, draft.folder, copy_function=os.link, dirs_exist_ok=True)
        (draft.folder / store.MANIFEST).unlink()
        draft.commit({key: first.manifest[key] for key in ("task", "rung", "kind", "recipe")})


@pytest.fixture(scope="module")
def server(
    once: Callable[[str, Callable[[Path], None]], Path],
    releases: Home,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """Give a server of labels, numbers and spans; the last two have a second, equal release."""

    def fill(folder: Path) -> None:
        home = Home(folder / "home")
        names(folder, home)
        rents(folder, home)
        (home.releases / "demo").symlink_to(releases.releases / "demo")

    running = Running(Home(once("judged", fill) / "home"), tmp_path_factory.mktemp("books"))
    for name in ("names", "rents"):
        path = f"/v1/admin/releases/{name}"
        champion = running.admin.put(f"{path}/aliases/champion", json={"number": 1})
        champion.raise_for_status()
        running.admin.put(f"{path}/shadow", json={"number": 2}).raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def caller(server: Running) -> Customer:
    return server.customer()


ASKED: dict[str, Any] = {"demo": {"text": TEXT}, "names": {"text": SAID}, "rents": {"row": ROW}}


def called(caller: Customer, name: str) -> dict[str, Any]:
    response = caller.predict(ASKED[name], f"/v1/predict/{name}")
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def judge(caller: Customer, call: str, correct: Any, verdict: str = "wrong") -> Any:
    said = {"call_id": call, "verdict": verdict, "correct": correct}
    return caller.client.post("/v1/feedback", json=said)


@pytest.mark.parametrize(
    ("name", "correct"),
    [
        ("demo", "a label that it does not have yet"),
        ("names", SPANS),
        ("names", []),
        ("names", [SPANS[0] | {"text": "Anna"}]),
        ("rents", 31.5),
        ("rents", 30),
    ],
)
def test_what_a_release_answers_is_taken(caller: Customer, name: str, correct: Any) -> None:
    call = called(caller, name)["call_id"]
    response = judge(caller, call, correct)
    assert response.status_code == 201, response.text
    (kept,) = caller.client.get("/v1/feedback").json()["data"]
    assert kept["correct"] == response.json()["correct"] == correct


@pytest.mark.parametrize(
    ("name", "correct", "expected", "got"),
    [
        ("demo", 3, "a label, as this release answers", "3"),
        ("demo", ["card"], "a label, as", "a list of texts"),
        ("demo", "x" * 501, "a label, as", "501 characters"),
        ("demo", True, "a label, a list of labels, a number, a text, or", "another value"),
        ("names", "PER", "a list of spans", "'PER'"),
        ("names", [{"type": "PER", "start": 4, "end": 4}], "end behind their start", "4 to 4"),
        ("names", [SPANS[0], SPANS[0]], "do not overlap", "one to 4, one from 0"),
        ("names", [{"type": "PER", "begin": 0, "end": 4}], "a list of spans such as", "another"),
        ("rents", "30", "a number, as this release answers", "'30'"),
        ("rents", SPANS, "a number", "a list of spans"),
    ],
)
def test_what_it_does_not_answer_is_refused(
    caller: Customer, name: str, correct: Any, expected: str, got: str
) -> None:
    call = called(caller, name)["call_id"]
    response = judge(caller, call, correct)
    told = response.json()
    assert (response.status_code, told["code"]) == (422, "SB802")
    assert told["where"].endswith("correct")
    assert expected in told["expected"]
    assert got in told["got"]
    assert caller.client.get("/v1/feedback").json()["data"] == []


@pytest.mark.parametrize("name", ["names", "rents"])
def test_a_shadow_is_judged_by_it(server: Running, caller: Customer, name: str) -> None:
    path = f"/v1/admin/releases/{name}"

    def shadow() -> tuple[int, int, int]:
        found = server.admin.get(path).json()["loaded"]["2"]
        return found["compared"] - found["agreed"], found["judged"], found["right"]

    before = server.admin.get(path).json()["loaded"]["2"]["compared"]
    _, judged, right = shadow()
    told = called(caller, name)
    until = time.monotonic() + 10
    while server.admin.get(path).json()["loaded"]["2"]["compared"] == before:
        assert time.monotonic() < until
        time.sleep(0.02)
    answer = told["answer"]
    same = answer["entities"] if name == "names" else answer["value"] * (1 + 1e-6)
    other: Any = SPANS[:1] if name == "names" else answer["value"] + 10
    assert answer.get("entities") != []
    for correct, more in ((same, 1), (other, 0), (same[::-1] if name == "names" else same, 1)):
        judge(caller, told["call_id"], correct).raise_for_status()  # the last word counts
        assert shadow() == (0, judged + 1, right + more)
    places = [[one["type"], one["start"], one["end"]] for one in answer.get("entities", ())]
    said = sorted(places) if name == "names" else f"{answer['value']:.4g}"
    assert kept(server, told["call_id"]) == [(said, said, True)]


def kept(server: Running, call: str) -> list[Any]:
    """Return what is kept of a call's comparison, once it is written."""
    query = select(comparisons.c["ours", "theirs", "agreed"]).where(comparisons.c.call_id == call)
    until = time.monotonic() + 10
    while True:
        with server.database.reading() as connection:
            if found := connection.execute(query).all():
                return list(found)
        assert time.monotonic() < until
        time.sleep(0.02)


def test_of_a_release_that_has_gone_any_shape_is_taken(
    own: Callable[..., Running], tmp_path: Path
) -> None:
    running = own()
    customer = running.customer()
    call = called(customer, "demo")["call_id"]
    assert judge(customer, call, 3).status_code == 422
    running.traffic._fleet.home = Home(tmp_path / "empty")
    assert judge(customer, call, 3).status_code == 201
