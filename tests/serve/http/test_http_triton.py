"""The Open Inference Protocol, asked by Triton's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from running import TEXT, Customer, Running
from tritonclient import http as triton
from tritonclient.utils import InferenceServerException


@pytest.fixture
def client(served: Running) -> Iterator[Any]:
    made = triton.InferenceServerClient(served.address.removeprefix("http://"))
    yield made
    made.close()


@pytest.fixture
def key(customer: Customer) -> dict[str, str]:
    return {"authorization": f"Bearer {customer.secret}"}


def tensor(*texts: str, binary: bool) -> Any:
    data = np.array([text.encode() for text in texts], dtype=np.object_)
    return triton.InferInput("text", [len(texts)], "BYTES").set_data_from_numpy(data, binary)


def test_health_and_metadata(client: Any, key: dict[str, str]) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("demo", headers=key)
    assert client.is_model_ready("demo", "2", headers=key)
    assert not client.is_model_ready("nothing", headers=key)
    assert client.get_server_metadata()["name"] == "seedbed"
    assert client.get_model_metadata("demo", headers=key)["inputs"][0]["datatype"] == "BYTES"


@pytest.mark.parametrize("binary", [True, False])
def test_infer(client: Any, key: dict[str, str], customer: Customer, binary: bool) -> None:
    asked = [tensor(TEXT, "a fee", "手续费", binary=binary)]
    found = client.infer("demo", asked, request_id="42", headers=key)
    assert found.as_numpy("label").tolist()[:2] == [b"card", b"rate"]  # as from any other server
    assert found.as_numpy("confidence").dtype == np.float32
    assert found.as_numpy("sure").shape == (3,)
    assert found.get_response()["id"] == "42"
    wanted = [triton.InferRequestedOutput("scores", binary_data=binary)]
    scored = client.infer("demo", asked, model_version="2", outputs=wanted, headers=key)
    assert scored.as_numpy("scores").shape == (3, 3)
    assert [row["rows"] for row in customer.settled(2)] == [3, 3]


def test_outputs_go_behind_the_json_where_they_are_asked_for(
    client: Any, key: dict[str, str]
) -> None:
    asked = [tensor(TEXT, "a fee", "手续费", binary=True)]
    whole = client.infer("demo", asked, headers=key)
    told = whole.get_response()
    assert [one["parameters"]["binary_data_size"] for one in told["outputs"]] == [
        sum(4 + len(label) for label in whole.as_numpy("label")),
        3 * 4,
        3,
    ]
    assert not any("data" in one for one in told["outputs"])
    mixed = [
        triton.InferRequestedOutput("scores", binary_data=True),
        triton.InferRequestedOutput("label", binary_data=False),
        triton.InferRequestedOutput("sure", binary_data=True),
    ]
    plain = [triton.InferRequestedOutput(one.name(), binary_data=False) for one in mixed]
    some = client.infer("demo", asked, outputs=mixed, headers=key)
    none = client.infer("demo", asked, outputs=plain, headers=key)
    assert ["data" in one for one in some.get_response()["outputs"]] == [False, True, False]
    assert all("data" in one for one in none.get_response()["outputs"])
    for name in ("scores", "label", "sure"):
        found = [each.as_numpy(name) for each in (some, none)]
        assert found[0].tolist() == found[1].tolist()
        assert found[0].dtype == found[1].dtype
    labels = [label.decode() for label in whole.as_numpy("label")]
    assert labels == none.as_numpy("label").tolist()


def test_a_replay_of_binary_outputs_is_the_same(client: Any, key: dict[str, str]) -> None:
    asked, named = [tensor(TEXT, "a fee", binary=True)], key | {"idempotency-key": "binary"}
    first, again = (client.infer("demo", asked, headers=named) for _ in range(2))
    assert first.get_response() == again.get_response()
    assert first.as_numpy("confidence").tolist() == again.as_numpy("confidence").tolist()


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"parameters": {"binary_data_output": "yes"}}, "parameters.binary_data_output"),
        (
            {"outputs": [{"name": "label", "parameters": {"binary_data": 1}}]},
            "outputs.0.parameters.binary_data",
        ),
    ],
)
def test_what_is_no_switch_is_named(customer: Customer, changes: Any, where: str) -> None:
    text = {"name": "text", "shape": [1], "datatype": "BYTES", "data": [TEXT]}
    response = customer.client.post("/v2/models/demo/infer", json={"inputs": [text]} | changes)
    assert (response.status_code, response.json()["where"]) == (422, where)


def test_what_fails_says_why(client: Any, key: dict[str, str]) -> None:
    asked = [tensor(TEXT, binary=True)]
    with pytest.raises(InferenceServerException, match="a key"):
        client.infer("demo", asked)
    numbers = triton.InferInput("text", [1], "FP32")
    numbers.set_data_from_numpy(np.ones(1, np.float32))
    with pytest.raises(InferenceServerException, match="BYTES"):
        client.infer("demo", [numbers], headers=key)
    with pytest.raises(InferenceServerException) as late:
        client.infer("demo", asked, timeout=1, headers=key)
    assert late.value.status() == "504"


@pytest.mark.parametrize(
    ("raw", "size", "header"),
    [
        (b"\x05\x00\x00\x00abc", 7, None),
        (b"\x01\x00\x00", 3, None),
        (b"\x01\x00\x00\x00\xff", 5, None),
        (b"\x01\x00\x00\x00a", 4, None),
        (b"", 0, None),
        (b"\x01\x00\x00\x00a", 5, "100000"),
        (b"\x01\x00\x00\x00a", 5, "-1"),
        (b"\x01\x00\x00\x00a", 5, "9" * 400),
    ],
)
def test_binary_that_makes_no_sense_is_named(
    customer: Customer, raw: bytes, size: int, header: str | None
) -> None:
    text = {"name": "text", "shape": [1], "datatype": "BYTES"}
    told = json.dumps({"inputs": [text | {"parameters": {"binary_data_size": size}}]}).encode()
    headers = {
        "content-type": "application/octet-stream",
        "inference-header-content-length": header or str(len(told)),
    }
    path = "/v2/models/demo/infer"
    response = customer.client.post(path, content=told + raw, headers=headers)
    assert response.status_code == 422
    assert response.json()["where"] in ("inputs.0.data", "inference-header-content-length")
