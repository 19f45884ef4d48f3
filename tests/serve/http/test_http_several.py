"""A release with several labels a text, on every route that answers, compared and judged."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from running import TEXT, Customer, Running

from seedbed.home import Home, read_json, write_json
from seedbed.release import store
from seedbed.release.store import Release

BOTH = "What is the fee for a transfer to a friend with my card?"


def several(home: Home, first: Release) -> None:
    """Make a release of the same model that may give several labels."""
    with store.writing(home, "topics") as draft:
        shutil.copytree(first.folder, draft.folder, copy_function=os.link, dirs_exist_ok=True)
        for name in ("answer.json", store.MANIFEST):
            (draft.folder / name).unlink()
        told = read_json(first.folder / "answer.json")
        told["schema"]["multi_label"] = True
        write_json(draft.folder / "answer.json", told | {"temperature": 3.0})
        kept = ("task", "rung", "kind", "recipe")
        draft.commit({key: first.manifest[key] for key in kept})


@pytest.fixture(scope="module")
def topics(
    releases: Home, demo: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    home = Home(tmp_path_factory.mktemp("topics"))
    home.releases.mkdir(parents=True)
    (home.releases / "demo").symlink_to(releases.releases / "demo")
    for _ in range(2):
        several(home, demo)
    running = Running(home, tmp_path_factory.mktemp("books"))
    move = {"number": 1}
    running.admin.put("/v1/admin/releases/topics/aliases/champion", json=move).raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def caller(topics: Running) -> Customer:
    return topics.customer()


def test_the_native_route(caller: Customer) -> None:
    told = caller.predict({"texts": [TEXT, BOTH, "zzz"], "scores": True}, "/v1/predict/topics")
    assert told.status_code == 200
    card, both, none = told.json()["answers"]
    assert card["labels"][0] == "card"
    assert len(both["labels"]) > 1
    assert none["labels"] == sorted(none["labels"], key=none["scores"].get, reverse=True)
    for row in (card, both, none):
        assert row["labels"] == [name for name, score in row["scores"].items() if score >= 0.5]
        assert "label" not in row
    short = caller.predict({"texts": [TEXT, BOTH]}, "/v1/predict/topics/champion").json()
    assert [row["labels"] for row in short["answers"]] == [card["labels"], both["labels"]]
    assert "scores" not in short["answers"][0]


def test_explanations(caller: Customer) -> None:
    told = caller.predict({"text": BOTH, "explain": True}, "/v1/predict/topics")
    assert told.status_code == 200, told.text
    assert told.json()["answer"]["parts"]


def test_the_open_inference_protocol(caller: Customer) -> None:
    tensor = {"name": "text", "shape": [2], "datatype": "BYTES", "data": [TEXT, BOTH]}
    told = caller.client.get("/v2/models/topics").json()
    assert told["outputs"][0]["name"] == "labels"
    for path in ("topics", "topics/versions/2"):
        body: dict[str, Any] = {"inputs": [tensor], "parameters": {"scores": True}}
        found = caller.client.post(f"/v2/models/{path}/infer", json=body).json()
        outputs = {one["name"]: one for one in found["outputs"]}
        assert set(outputs) == {"labels", "confidence", "sure", "scores"}
        labels = [json.loads(row) for row in outputs["labels"]["data"]]
        assert labels[0][0] == "card"
        assert len(labels[1]) > 1
        assert outputs["scores"]["shape"] == [2, 3]
    wrong = {"inputs": [tensor], "outputs": [{"name": "label"}]}
    response = caller.client.post("/v2/models/topics/infer", json=wrong)
    assert (response.status_code, response.json()["where"]) == (422, "outputs")
    assert caller.calls()[-1]["price"] == "0"


def test_embeddings(caller: Customer) -> None:
    body = {"model": "topics", "input": [TEXT, BOTH]}
    told = caller.client.post("/v1/embeddings", json=body).json()
    assert len(told["data"]) == 2


def test_feedback_on_several_labels_judges_the_shadow_too(
    topics: Running, caller: Customer
) -> None:
    path = "/v1/admin/releases/topics"
    topics.admin.put(f"{path}/shadow", json={"number": 2}).raise_for_status()
    told = caller.predict({"texts": [TEXT, BOTH]}, "/v1/predict/topics").json()
    until = time.monotonic() + 10
    while topics.admin.get(path).json()["loaded"]["2"]["compared"] < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    loaded = topics.admin.get(path).json()["loaded"]
    assert loaded["2"]["agreed"] == 2
    labels = told["answers"][1]["labels"]
    for row, verdict, correct in (
        (0, "right", None),
        (1, "wrong", labels[::-1]),  # the same labels; but the last word on a row counts
        (1, "wrong", labels[:1]),
        (0, "wrong", "card"),
    ):
        said = {"call_id": told["call_id"], "row": row, "verdict": verdict, "correct": correct}
        caller.client.post("/v1/feedback", json=said).raise_for_status()
    kept = caller.client.get("/v1/feedback").json()["data"]
    assert {row["row"]: row["correct"] for row in kept} == {1: labels[:1], 0: "card"}
    loaded = topics.admin.get(path).json()["loaded"]
    alone = told["answers"][0]["labels"] == ["card"]
    assert [(loaded[n]["judged"], loaded[n]["right"]) for n in "12"] == [(2, int(alone))] * 2
