"""The Open Inference Protocol, asked as its specification says."""

from __future__ import annotations

from typing import Any

import pytest
from running import TEXT, Customer, Running


def infer(customer: Customer, path: str = "demo", **changes: Any) -> Any:
    body: dict[str, Any] = {
        "id": "42",
        "inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": [TEXT, "a fee"]}],
    }
    return customer.client.post(f"/v2/models/{path}/infer", json=body | changes)


def test_health_and_metadata_need_what_they_need(served: Running, customer: Customer) -> None:
    bare = served.client()
    for path in ("/v2/health/live", "/v2/health/ready", "/v2"):
        assert bare.get(path).status_code == 200
    assert bare.get("/v2/models/demo/ready").status_code == 401
    assert customer.client.get("/v2/models/demo/ready").status_code == 200
    assert customer.client.get("/v2/models/demo/versions/9/ready").status_code == 404
    server = bare.get("/v2").json()
    assert set(server) == {"name", "version", "extensions"}
    assert server["extensions"] == ["binary_tensor_data"]


def test_metadata_says_what_infer_takes_and_gives(customer: Customer) -> None:
    told = customer.client.get("/v2/models/demo").json()
    assert (told["name"], told["versions"], told["platform"]) == ("demo", ["1"], "seedbed")
    assert told["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
    wanted = [{"name": one["name"]} for one in told["outputs"]]
    outputs = infer(customer, outputs=wanted).json()["outputs"]
    for one, output in zip(told["outputs"], outputs, strict=True):
        assert (output["name"], output["datatype"]) == (one["name"], one["datatype"])
        assert len(output["shape"]) == len(one["shape"])
    assert told["parameters"]["labels"] == ["card", "rate", "transfer"]


def test_infer_answers_in_tensors(customer: Customer) -> None:
    found = infer(customer).json()
    assert (found["model_name"], found["model_version"], found["id"]) == ("demo", "1", "42")
    outputs = {one["name"]: one for one in found["outputs"]}
    assert outputs["label"]["data"] == ["card", "rate"]
    assert outputs["label"]["shape"] == [2]
    assert outputs["sure"]["datatype"] == "BOOL"
    assert set(outputs) == {"label", "confidence", "sure"}
    row = customer.client.get(f"/v1/calls/{found['parameters']['call_id']}").json()
    assert (row["status"], row["rows"]) == ("answered", 2)


def test_scores_come_as_a_matrix_in_the_order_of_the_labels(customer: Customer) -> None:
    found = infer(customer, parameters={"scores": True}).json()
    scores = next(one for one in found["outputs"] if one["name"] == "scores")
    assert scores["shape"] == [2, 3]
    assert scores["data"][0] == max(scores["data"][:3])
    assert sum(scores["data"][3:]) == pytest.approx(1.0, abs=1e-4)


def test_a_version_and_a_column_are_taken(customer: Customer) -> None:
    found = infer(customer, "demo/versions/2").json()
    assert found["model_version"] == "2"
    column = {"name": "text", "shape": [2, 1], "datatype": "BYTES", "data": [[TEXT], ["a fee"]]}
    assert infer(customer, inputs=[column]).json()["outputs"][0]["data"] == ["card", "rate"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"shape": [3]}, "inputs.0.shape"),
        ({"shape": [2, 2]}, "inputs.0.shape"),
        ({"datatype": "FP32", "data": [1.0, 2.0]}, "inputs.0.datatype"),
        ({"data": [1, 2]}, "inputs.0.data"),
        ({"data": [[["a"]], "b"]}, "inputs.0.data"),
        ({"data": []}, "inputs.0.data"),
    ],
)
def test_tensors_that_make_no_sense_are_named(
    customer: Customer, change: dict[str, Any], where: str
) -> None:
    tensor = {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}
    response = infer(customer, inputs=[tensor | change])
    assert response.status_code == 422
    assert response.json()["where"] == where
    assert response.json()["error"]


def test_a_column_is_no_text(customer: Customer) -> None:
    tensor = {"name": "input-0", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}
    response = infer(customer, inputs=[tensor])
    assert response.status_code == 422
    assert "text" in response.json()["expected"]


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"outputs": [{"name": "colour"}]},
        {"parameters": {"timeout": "soon"}},
        {"parameters": {"timeout": -1}},
        {"parameters": {"timeout": 10**400}},
        {"id": 42},
    ],
)
def test_other_wrong_values_are_422(customer: Customer, change: dict[str, Any]) -> None:
    assert infer(customer, **change).status_code == 422


def test_a_timeout_is_kept(customer: Customer) -> None:
    late = infer(customer, parameters={"timeout": 1})
    assert (late.status_code, late.json()["code"]) == (504, "SB809")
    assert infer(customer, parameters={"timeout": 30_000_000}).status_code == 200
    assert infer(customer, parameters={"timeout": 0}).status_code == 200
