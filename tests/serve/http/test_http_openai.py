"""The shapes of OpenAI's API, asked by its own client."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import openai
import pytest
from running import TEXT, Customer, Running

from seedbed.release.predictor import Predictor
from seedbed.release.store import Release


@pytest.fixture
def client(served: Running, customer: Customer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=customer.secret, base_url=f"{served.address}/v1", max_retries=0
    ) as made:
        yield made


def test_embeddings_are_the_releases_features(client: openai.OpenAI, demo: Release) -> None:
    found = client.embeddings.create(model="demo", input=[TEXT, "a fee"], encoding_format="float")
    rows = np.array([row.embedding for row in found.data])
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    engine = Predictor(demo, threads=1).engines
    _, outputs = engine.first(2, lambda one: one.run(one.encode([TEXT, "a fee"])))
    assert outputs.features is not None
    expected = outputs.features / np.linalg.norm(outputs.features, axis=1, keepdims=True)
    assert (rows * expected).sum(axis=1) == pytest.approx(1.0, abs=0.02)
    assert [row.index for row in found.data] == [0, 1]
    assert found.model == "demo/1"
    assert found.usage.prompt_tokens == found.usage.total_tokens > 4


def test_base64_gives_the_same_numbers(client: openai.OpenAI, customer: Customer) -> None:
    plain = client.embeddings.create(model="demo", input=TEXT, encoding_format="float")
    packed = client.embeddings.create(model="demo", input=TEXT)  # the client asks for base64
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    body = {"model": "demo", "input": TEXT, "encoding_format": "base64"}
    raw = customer.client.post("/v1/embeddings", json=body).json()
    assert isinstance(raw["data"][0]["embedding"], str)
    assert [row["verb"] for row in customer.calls()] == ["embed"] * 3


def test_models_are_listed_and_told(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["demo", "plain"]
    assert client.models.retrieve("demo").owned_by == "seedbed"
    assert client.models.retrieve("demo/2").id == "demo/2"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


def test_a_number_may_follow_the_name(client: openai.OpenAI) -> None:
    width = 384
    found = client.embeddings.create(model="demo/2", input=TEXT, dimensions=width)
    assert found.model == "demo/2"
    assert len(found.data[0].embedding) == width


def test_errors_are_the_clients_own(client: openai.OpenAI, served: Running) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as wrong:
        client.embeddings.create(model="demo", input=TEXT, dimensions=3)
    assert wrong.value.code == "SB802"
    assert wrong.value.request_id
    with pytest.raises(openai.UnprocessableEntityError):
        client.embeddings.create(model="demo", input=[1, 2, 3])
    with pytest.raises(openai.UnprocessableEntityError):
        client.embeddings.create(model="plain", input=TEXT)
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="nothing", input=TEXT)
    with (
        openai.OpenAI(api_key="sb_live_wrong", base_url=f"{served.address}/v1") as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()


def test_the_client_waits_as_it_is_told(served: Running) -> None:
    plan = {
        "name": "two-a-second",
        "currency": "USD",
        "charges": [{"tiers": [{"price": "1"}]}],
        "limits": {"rate": {"calls_per_second": 2, "burst": 1}},
    }
    customer = served.customer(plan)
    with openai.OpenAI(api_key=customer.secret, base_url=f"{served.address}/v1") as client:
        for _ in range(3):
            client.embeddings.create(model="demo", input=TEXT)
    statuses = [row["status"] for row in customer.calls()]
    assert statuses.count("answered") == 3
    assert set(statuses) == {"answered", "refused"}


def test_only_releases_that_the_key_may_call_are_listed(served: Running) -> None:
    narrow = served.customer(scopes={"verbs": ["predict", "usage"], "releases": ["plain"]})
    found = narrow.client.get("/v1/models").json()["data"]
    assert [one["id"] for one in found] == ["plain"]
    assert narrow.client.get("/v1/models/demo").status_code == 404
    told = narrow.client.get("/v1/models/plain").json()
    assert told["embeds"] is False
    assert told["price"]["tiers"] == [{"up_to": None, "price": "0.01"}]
