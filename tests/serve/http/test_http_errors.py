"""One shape of errors on every route, whoever finds the fault."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from running import TEXT, Customer, Running

from seedbed import errors
from seedbed.serve import problems

MEMBERS = {"type", "title", "status", "detail", "code", "expected", "got", "do", "where"}


def problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    """Check the shape of an error, and return it."""
    found: dict[str, object] = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert set(found) - {"error"} == MEMBERS | {"request_id"}
    assert (response.status_code, found["code"]) == (status, code)
    assert found["status"] == status
    assert found["type"] == f"/errors/{code}"
    assert found["request_id"] == response.headers["x-request-id"]
    assert found["expected"]
    assert found["got"]
    assert found["do"]
    return found


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "SB805"),
        ("GET", "/v1/nothing", 404, "SB805"),
        ("POST", "/v1/predict/", 404, "SB805"),
        ("GET", "/v1/models/", 404, "SB805"),
        ("GET", "/v1/predict/demo", 405, "SB806"),
        ("DELETE", "/v1/embeddings", 405, "SB806"),
        ("PUT", "/health/live", 405, "SB806"),
        ("OPTIONS", "/v1/usage", 405, "SB806"),
        ("GET", "/v1/usage?by=colour", 422, "SB802"),
        ("GET", "/v1/calls?limit=0", 422, "SB802"),
        ("GET", "/v1/calls?since=yesterday", 422, "SB802"),
        ("GET", "/v1/calls/call_nothing", 404, "SB703"),
        ("GET", "/v1/invoices/inv_nothing.html", 404, "SB703"),
        ("GET", "/v1/invoices/preview.pdf", 404, "SB805"),
        ("GET", "/v1/admin/customers", 403, "SB712"),
        ("GET", "/errors/SB999", 404, "SB703"),
    ],
)
def test_each_fault_has_the_one_shape(
    customer: Customer, method: str, path: str, status: int, code: str
) -> None:
    problem(customer.client.request(method, path), status, code)


def test_bodies_that_are_not_json_have_it_too(customer: Customer, served: Running) -> None:
    json = {"content-type": "application/json"}
    for client, path in (
        (customer.client, "/v1/predict/demo"),
        (customer.client, "/v1/keys"),
        (served.admin, "/v1/admin/customers"),
        (served.admin, "/v1/admin/plans"),
    ):
        problem(client.post(path, content=b"{", headers=json), 400, "SB801")
        problem(client.post(path, content=b"[" * 5000 + b"]" * 5000, headers=json), 400, "SB801")
        problem(client.post(path, content=b'{"name": "\\ud800"}', headers=json), 400, "SB801")
        problem(client.post(path, data={"a": "b"}), 415, "SB804")
        problem(
            client.post(path, content=b"a,b", headers={"content-type": "text/csv"}), 415, "SB804"
        )
        latin = {"content-type": "application/json; charset=latin-1"}
        problem(client.post(path, content=b"{}", headers=latin), 415, "SB804")
        zipped = {**json, "content-encoding": "gzip"}
        problem(client.post(path, content=b"{}", headers=zipped), 415, "SB804")
        problem(client.post(path, content=b" " * (3 << 20), headers=json), 413, "SB803")


def test_json_may_be_declared_as_its_own_kind(customer: Customer) -> None:
    for media in ("application/json; charset=utf-8", "application/vnd.x+json", "Application/JSON"):
        sent = {"content-type": media}
        response = customer.client.post("/v1/predict/demo", content=b'{"text": "a"}', headers=sent)
        assert response.status_code == 200


def test_under_v2_the_protocols_own_member_is_there_too(customer: Customer) -> None:
    found = problem(customer.client.post("/v2/models/demo/infer", json={}), 422, "SB802")
    assert found["error"] == found["detail"]
    assert "error" not in customer.client.get("/v1/nothing").json()


def test_wrong_fields_of_admin_routes_are_named(served: Running) -> None:
    found = problem(served.admin.post("/v1/admin/customers", json={"nam": "x"}), 422, "SB802")
    assert found["where"] == "body.name"
    plan = {"name": "x", "currency": "USD", "charges": [{"teirs": []}]}
    found = problem(served.admin.post("/v1/admin/plans", json=plan), 422, "SB705")
    assert "tiers" in str(found["do"])


def test_text_that_a_database_could_not_take_is_refused(served: Running) -> None:
    made = served.admin.post("/v1/admin/customers", json={"name": "a\x00b"})
    problem(made, 422, "SB802")
    problem(served.admin.get("/v1/admin/customers/a%00b"), 422, "SB802")


def test_each_code_is_explained_at_its_type(served: Running) -> None:
    client = served.client()
    for kind in (errors.RateExceeded, errors.SeedbedError, errors.AddressTaken):
        found = client.get(f"/errors/{kind.code}").json()
        assert found["name"] == kind.__name__
        assert found["title"] == kind.title
        assert found["status"] == problems.status_of(kind(expected="", got="", do=""))


def test_every_kind_of_error_has_a_status() -> None:
    for kind in errors.catalogue():
        status = problems.status_of(kind(expected="", got="", do=""))
        assert 400 <= status < 600
    told = {"expected": "", "got": "", "do": ""}
    refused = [kind for kind in errors.catalogue() if issubclass(kind, errors.Refused)]
    assert {problems.status_of(kind(**told)) for kind in refused} == {401, 402, 403, 409, 422, 429}


def test_a_key_of_one_verb_does_no_other(served: Running) -> None:
    predicts = served.customer(scopes={"verbs": ["predict"]})
    looks = served.customer(scopes={"verbs": ["usage"]})
    body = {"model": "demo", "input": TEXT}
    problem(predicts.client.post("/v1/embeddings", json=body), 403, "SB712")
    problem(predicts.client.get("/v1/usage"), 403, "SB712")
    problem(looks.predict(), 403, "SB712")
    said = {"call_id": "call_x", "verdict": "right"}
    problem(looks.client.post("/v1/feedback", json=said), 403, "SB712")


def test_a_server_whose_keeper_has_died_is_not_ready(own: Callable[..., Running]) -> None:
    running = own()
    client = running.client()
    assert client.get("/health/ready").status_code == 200
    keeper = running.ledger._keeper
    keeper.stop()
    keeper.join()
    assert "ledger" in str(problem(client.get("/health/ready"), 503, "SB800")["got"])
    assert client.get("/health/live").status_code == 200
