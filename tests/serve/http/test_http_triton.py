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
    assert found.as_numpy("label").tolist()[:2] == ["card", "rate"]
    assert found.as_numpy("confidence").dtype == np.float32
    assert found.as_numpy("sure").shape == (3,)
    assert found.get_response()["id"] == "42"
    wanted = [triton.InferRequestedOutput("scores", binary_data=binary)]
    scored = client.infer("demo", asked, model_version="2", outputs=wanted, headers=key)
    assert scored.as_numpy("scores").shape == (3, 3)
    assert [row["rows"] for row in customer.settled(2)] == [3, 3]


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
