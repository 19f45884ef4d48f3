"""The native shape of a call, over HTTP."""

from __future__ import annotations

import pytest
from running import TEXT, Customer, Running

from seedbed.release.predictor import Predictor
from seedbed.release.store import Release

TEXTS = [TEXT, "please explain the fee", "my wire to my landlord seems strange"]


def test_answers_are_those_of_the_release(customer: Customer, demo: Release) -> None:
    expected = Predictor(demo, threads=1).answers(TEXTS)
    found = customer.predict({"texts": TEXTS, "scores": True}).json()
    for got, wanted in zip(found["answers"], expected, strict=True):
        assert got["label"] == wanted["label"]
        assert got["sure"] == wanted["sure"]
        assert got["confidence"] == pytest.approx(wanted["confidence"], abs=0.02)
        assert set(got["scores"]) == set(wanted["scores"])
    assert found["release"] == "demo/1"


def test_one_text_has_one_answer_without_scores(customer: Customer) -> None:
    response = customer.predict()
    found = response.json()
    assert response.status_code == 200
    assert set(found) == {"call_id", "release", "answer", "usage"}
    assert set(found["answer"]) == {"label", "confidence", "sure"}
    assert found["answer"]["label"] == "card"
    assert found["usage"]["rows"] == 1
    assert found["usage"]["tokens"] > 3
    assert response.headers["x-request-id"]
    assert response.headers["seedbed-charged"] == "0.010000000 USD"


def test_the_call_can_be_looked_up_with_what_it_cost(customer: Customer) -> None:
    found = customer.predict({"texts": TEXTS}).json()
    row = customer.client.get(f"/v1/calls/{found['call_id']}").json()
    assert (row["status"], row["rows"], row["units"], row["price"]) == ("answered", 3, 3, "0.03")
    assert row["tokens"] == found["usage"]["tokens"]
    assert (row["release"], row["number"], row["alias"]) == ("demo", 1, "champion")


def test_an_explanation_weighs_the_parts_of_the_text(customer: Customer) -> None:
    found = customer.predict({"texts": [TEXT, "我的卡还没到"], "explain": True}).json()
    for text, answer in zip([TEXT, "我的卡还没到"], found["answers"], strict=True):
        assert "".join(part["text"] for part in answer["parts"]) == text
        for part in answer["parts"]:
            assert text[part["start"] : part["end"]] == part["text"]
        assert "scores" not in answer
    weights = {part["text"].strip(): part["weight"] for part in found["answers"][0]["parts"]}
    assert weights["card?"] == max(weights.values())
    parts = sum(len(answer["parts"]) for answer in found["answers"])
    assert found["usage"]["rows"] == 2 + parts


def test_explanations_have_limits(customer: Customer) -> None:
    long = customer.predict({"text": "card " * 50_000, "explain": True})
    assert (long.status_code, long.json()["where"]) == (413, "texts")
    many = customer.predict({"texts": [TEXT] * 60, "explain": True})
    assert (many.status_code, "300" in many.json()["got"] or "360" in many.json()["got"]) == (
        413,
        True,
    )


def test_a_number_and_an_alias_can_be_asked_for(customer: Customer) -> None:
    assert customer.predict(path="/v1/predict/demo/3").json()["release"] == "demo/3"
    assert customer.predict(path="/v1/predict/demo/champion").json()["release"] == "demo/1"
    assert customer.predict(path="/v1/predict/demo/latest").json()["release"] == "demo/3"
    assert customer.predict(path="/v1/predict/plain").json()["release"] == "plain/1"
    assert customer.predict(path="/v1/predict/plain", body={"text": TEXT, "explain": True})
    aliases = [row["alias"] for row in customer.calls()]
    assert aliases[:2] == ["3", "champion"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ""),
        ({"text": "a", "texts": ["b"]}, ""),
        ({"texts": []}, "texts"),
        ({"text": 1}, "text"),
        ({"texts": ["a", None]}, "texts.1"),
        ({"text": "a", "scores": "yes"}, "scores"),
        ({"text": "a", "timeout_ms": 0}, "timeout_ms"),
        ({"text": "a", "scorse": True}, "scorse"),
        (["a"], ""),
    ],
)
def test_wrong_values_are_named(customer: Customer, body: object, where: str) -> None:
    response = customer.predict(body)
    found = response.json()
    assert (response.status_code, found["code"], found["where"]) == (422, "SB802", where)


def test_an_unknown_field_names_the_nearest(customer: Customer) -> None:
    assert customer.predict({"text": "a", "scorse": 1}).json()["do"] == "Did you mean 'scores'?"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"text": "\\ud800"}', b"[" * 100_000, b"{} {}"],
)
def test_what_is_no_json_is_refused(customer: Customer, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = customer.client.post("/v1/predict/demo", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "SB801")


def test_too_many_rows_are_refused_and_the_limit_is_told(customer: Customer) -> None:
    response = customer.predict({"texts": ["a"] * 257})
    assert response.status_code == 413
    assert "256" in response.json()["expected"]
    assert customer.client.get("/v1/models/demo").json()["limits"]["rows"] == 256


def test_many_rows_come_back_in_order(customer: Customer) -> None:
    texts = [TEXTS[i % 3] for i in range(256)]
    labels = [one["label"] for one in customer.predict({"texts": texts}).json()["answers"]]
    assert labels == [("card", "rate", "transfer")[i % 3] for i in range(256)]


def test_long_and_empty_texts_are_answered(customer: Customer) -> None:
    found = customer.predict({"texts": ["", "card " * 100_000, "\x00", "𠮷" * 50]}).json()
    assert len(found["answers"]) == 4
    assert found["usage"]["tokens"] < 4 * 40


def test_a_release_that_is_not_there_is_404_and_the_nearest_is_named(customer: Customer) -> None:
    response = customer.predict(path="/v1/predict/dmo")
    assert (response.status_code, response.json()["code"]) == (404, "SB501")
    assert "demo" in response.json()["do"]
    assert customer.predict(path="/v1/predict/demo/99").status_code == 404
    assert customer.predict(path="/v1/predict/..%2F..%2Fetc").status_code == 404
    rows = customer.settled(2)
    assert {row["reason"] for row in rows} == {"ReleaseMissing"}
    assert {row["price"] for row in rows} == {"0"}


def test_limits_are_told_in_both_forms_of_headers(served: Running) -> None:
    plan = {
        "name": "limited",
        "currency": "USD",
        "charges": [{"tiers": [{"price": "1"}]}],
        "limits": {"rate": {"calls_per_second": 0.001, "burst": 2}, "quota": 10},
    }
    customer = served.customer(plan)
    headers = customer.predict().headers
    assert headers["ratelimit-policy"] == '"calls";q=2;w=2000, "answers";q=10'
    assert headers["ratelimit"].startswith('"calls";r=1;t=')
    assert '"answers";r=9;t=' in headers["ratelimit"]
    assert headers["x-ratelimit-remaining-requests"] == "1"
    assert headers["x-ratelimit-limit-answers"] == "10"
    assert customer.predict().headers["x-ratelimit-remaining-answers"] == "8"
    refused = customer.predict()
    assert (refused.status_code, refused.json()["code"]) == (429, "SB717")
    assert 0 < int(refused.headers["retry-after"]) <= 1000
    assert refused.headers["ratelimit-policy"] == headers["ratelimit-policy"]
    assert refused.headers["ratelimit"].startswith('"calls";r=0;t=')
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert refused.headers["x-ratelimit-remaining-answers"] == "8"


def test_a_quota_and_held_credit_that_refuse_tell_what_is_left(served: Running) -> None:
    plan = {"name": "few", "currency": "USD", "charges": [{"tiers": [{"price": "1"}]}]}
    customer = served.customer(plan | {"limits": {"quota": 2}})
    refused = customer.predict({"texts": TEXTS})
    assert (refused.status_code, refused.json()["code"]) == (429, "SB716")
    assert refused.headers["x-ratelimit-remaining-answers"] == "2"
    assert refused.headers["ratelimit"].startswith('"answers";r=2;t=')
    poor = served.customer(plan | {"name": "ahead", "payment": "prepaid"}, credit="2.5")
    refused = poor.predict({"texts": TEXTS})
    assert (refused.status_code, refused.headers["seedbed-credit"]) == (402, "2.500000000 USD")


def test_a_replay_tells_what_is_left_now(served: Running) -> None:
    plan = {"name": "again", "currency": "USD", "charges": [{"tiers": [{"price": "1"}]}]}
    customer = served.customer(plan | {"limits": {"quota": 10}})
    sent = {"idempotency-key": "one"}
    assert customer.predict(headers=sent).headers["x-ratelimit-remaining-answers"] == "9"
    customer.predict()
    again = customer.predict(headers=sent)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-ratelimit-remaining-answers"] == "8", "it took nothing itself"
    assert again.headers["ratelimit-policy"] == '"answers";q=10'
    other = customer.predict({"text": "another"}, headers=sent)
    assert (other.status_code, other.json()["code"]) == (422, "SB718")
    assert other.headers["x-ratelimit-remaining-answers"] == "8"


def test_feedback_is_kept_beside_the_call(customer: Customer) -> None:
    call = customer.predict({"texts": TEXTS}).json()["call_id"]
    said = {"call_id": call, "row": 1, "verdict": "wrong", "correct": "card", "comment": "no"}
    response = customer.client.post("/v1/feedback", json=said)
    assert response.status_code == 201
    again = customer.client.post("/v1/feedback", json={**said, "correct": "transfer"})
    assert again.status_code == 201
    found = customer.client.get("/v1/feedback").json()["data"]
    assert [(one["row"], one["correct"]) for one in found] == [(1, "transfer")]
    assert customer.client.post("/v1/feedback", json={**said, "row": 3}).status_code == 422
    assert (
        customer.client.post("/v1/feedback", json={**said, "call_id": "call_x"}).status_code == 404
    )


def test_a_key_may_be_sent_as_x_api_key(served: Running, customer: Customer) -> None:
    bare = served.client()
    body = {"text": TEXT}
    assert bare.post("/v1/predict/demo", json=body).status_code == 401
    sent = {"x-api-key": customer.secret}
    assert bare.post("/v1/predict/demo", json=body, headers=sent).status_code == 200
    lower = {"authorization": f"bearer {customer.secret}"}
    assert bare.post("/v1/predict/demo", json=body, headers=lower).status_code == 200


def test_the_clients_request_id_is_kept_where_it_is_sane(customer: Customer) -> None:
    given = customer.predict(headers={"x-request-id": "abc-1"}).headers["x-request-id"]
    assert given == "abc-1"
    odd = customer.predict(headers={"x-request-id": "a b<script>"}).headers["x-request-id"]
    assert odd.startswith("req_")
