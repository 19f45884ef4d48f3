"""Releases that read tables, on the routes that answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Customer, Running

from seedbed.home import Home
from seedbed.release.build import build
from seedbed.serve.server import _asked
from seedbed.tune.events import Events

sys.path.append(str(Path(__file__).parents[2] / "release"))
from test_build_tables import applicants, recipe, write

PATH = "/v1/predict/loans"
ROW = {"income": 80, "housing": "own"}


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("loans")
    train = write(folder / "train.csv", applicants(300))
    home = Home(folder / "home")
    build(recipe(train, ["baseline"], sensitive=["sex"]), home, Events())
    running = Running(home, tmp_path_factory.mktemp("books"))
    move = {"number": 1}
    running.admin.put("/v1/admin/releases/loans/aliases/champion", json=move).raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def caller(loans: Running) -> Customer:
    return loans.customer()


def test_a_row_and_rows(caller: Customer) -> None:
    told = caller.predict({"row": ROW, "explain": True, "scores": True}, PATH)
    assert told.status_code == 200, told.text
    answer = told.json()["answer"]
    assert answer["label"] == "good"
    assert answer["reasons"][0]["column"] == "income"
    assert set(answer["scores"]) == {"good", "bad"}
    assert told.json()["usage"]["tokens"] == 2  # as many as columns are read
    rows = [ROW, {"income": None, "housing": "tent"}, {"income": "5", "housing": "rent"}]
    many = caller.predict({"rows": rows}, PATH)
    assert [one["label"] for one in many.json()["answers"]][::2] == ["good", "bad"]
    assert many.json()["usage"]["rows"] == 3


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"row": {"income": 80}}, "SB207", "a column named 'housing'"),
        ({"row": ROW | {"hosing": 1}}, "SB213", "'hosing'"),
        ({"rows": [ROW, ROW | {"income": "80 EUR"}]}, "SB213", "80 EUR"),
        ({"text": "who are you"}, "SB213", "a row of a table"),
        ({"row": ROW, "text": "x"}, "SB802", "one of"),
        ({"row": {"income": [1], "housing": "own"}}, "SB802", "row"),
    ],
)
def test_what_cannot_be_read_is_refused(
    body: dict[str, object], code: str, said: str, caller: Customer
) -> None:
    told = caller.predict(body, PATH)
    assert told.status_code == 422
    assert told.json()["code"] == code
    assert said in told.json()["detail"] + told.json()["where"]


def test_the_example_is_one_of_its_own_rows(loans: Running, caller: Customer) -> None:
    called, body = loans.on_loop(_asked(loans.traffic, ["gone", "loans"]))
    assert called == "loans", "the first is not there, so it is not shown"
    assert set(body["row"]) == set(ROW)
    told = caller.predict(body, f"/v1/predict/{called}")
    assert told.status_code == 200, told.text


def test_the_open_inference_protocol_takes_a_tensor_a_column(caller: Customer) -> None:
    told = caller.client.get("/v2/models/loans").json()
    assert told["inputs"] == [
        {"name": "income", "datatype": "FP64", "shape": [-1]},
        {"name": "housing", "datatype": "BYTES", "shape": [-1]},
    ]
    body = {
        "inputs": [
            {"name": "income", "datatype": "FP64", "shape": [2], "data": [90.0, 5.0]},
            {"name": "housing", "datatype": "BYTES", "shape": [2, 1], "data": [["own"], ["rent"]]},
        ]
    }
    got = caller.client.post("/v2/models/loans/infer", json=body)
    assert got.status_code == 200, got.text
    assert got.json()["outputs"][0]["data"] == ["good", "bad"]
    body["inputs"][1] |= {"shape": [1], "data": ["own"]}
    assert caller.client.post("/v2/models/loans/infer", json=body).status_code == 422


def test_the_columns_are_told(caller: Customer) -> None:
    told = caller.client.get("/v1/models/loans").json()
    assert [one["name"] for one in told["columns"]] == ["income", "housing"]
    assert told["columns"][1]["levels"] == ["own", "rent"] or told["columns"][1]["levels"] == [
        "rent",
        "own",
    ]
