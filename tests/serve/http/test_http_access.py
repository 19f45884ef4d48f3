"""Every route of the OpenAPI document, tried by those who may not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from running import OPEN, TEXT, Customer, Running

PUBLIC = {
    "/health/live",
    "/health/ready",
    "/v2/health/live",
    "/v2/health/ready",
    "/v2",
    "/errors/{code}",
}
VERBS = ("predict", "embed", "feedback", "usage")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Estate:
    """A customer and what is its own, to fill in the parameters of paths."""

    customer: Customer
    names: dict[str, str]

    def path(self, template: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.names[found[1]], template)


@pytest.fixture(scope="module")
def operations(served: Running) -> list[tuple[str, str, str]]:
    """Give (method, path, what a key must allow) of every operation."""
    document = served.client().get("/openapi.json").json()
    return [
        (method, path, operation.get("x-scope", ""))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


@pytest.fixture(scope="module")
def estate(served: Running) -> Estate:
    """Give a customer with a call, feedback, keys, a final invoice and a credit note."""
    monthly = OPEN | {"name": "daily", "period": "day", "fee": "1.00"}
    published = served.ledger.plans.publish(monthly)
    made = served.ledger.customers.create("Owner", keep_texts_days=30)
    start = served.ledger.clock.now() - 3 * 86_400_000_000
    served.ledger.subscriptions.subscribe(made.id, published.name, start=start)
    key, secret = served.ledger.keys.create(made.id)
    owner = Customer(made.id, key.id, secret, served.client(secret))
    call = owner.predict().json()["call_id"]
    owner.client.post("/v1/feedback", json={"call_id": call, "verdict": "right"})
    due = served.ledger.invoices.close_due(grace=0)
    invoice = next(one.id for one in due if one.customer_id == made.id)
    note = served.ledger.credit_notes.issue(invoice, reason="a test")
    served.ledger.keys.create(made.id, name="second")
    names = {
        "call_id": call,
        "key_id": key.id,
        "invoice": invoice,
        "note": note.id,
        "customer": made.id,
        "name": "demo",
        "version": "1",
        "alias": "mine",
        "code": "SB717",
        "suffix": ".html",
    }
    return Estate(owner, names)


def ask(client: Any, method: str, path: str) -> Any:
    body = {} if method in ("post", "put", "patch") else None
    return client.request(method.upper(), path, json=body)


def test_the_document_names_what_each_route_needs(operations: list[tuple[str, str, str]]) -> None:
    open_to_all = {path for _, path, needs in operations if not needs}
    assert open_to_all == PUBLIC
    for _, path, needs in operations:
        assert (needs == "admin") == (path.startswith("/v1/admin") or path == "/metrics"), path
        assert needs in ("", "any", "admin", *VERBS)
    assert len(operations) > 80


def test_without_a_key_every_route_is_401(
    served: Running, estate: Estate, operations: list[tuple[str, str, str]]
) -> None:
    for headers in ({}, {"authorization": "Bearer sb_live_x"}, {"x-api-key": "sb_live_" + "é"[:0]}):
        bare = served.client()
        bare.headers.update(headers)
        for method, path, needs in operations:
            response = ask(bare, method, estate.path(path))
            if needs:
                assert response.status_code == 401, (method, path)
                assert response.headers["www-authenticate"].startswith("Bearer")
                assert response.json()["code"] == "SB711"
            else:
                assert response.status_code == 200, (method, path)


def test_a_key_that_lacks_the_scope_is_403(
    served: Running, operations: list[tuple[str, str, str]], estate: Estate
) -> None:
    keys = {verb: served.customer(scopes={"verbs": [verb]}) for verb in VERBS}
    for method, path, needs in operations:
        for verb, customer in keys.items():
            if needs in (verb, "", "any"):
                continue
            response = ask(customer.client, method, estate.path(path))
            assert response.status_code == 403, (method, path, verb)
            assert response.json()["code"] == "SB712"


def test_an_admin_key_sees_no_customers_own_routes(
    served: Running, operations: list[tuple[str, str, str]], estate: Estate
) -> None:
    for method, path, needs in operations:
        if needs in VERBS:
            assert ask(served.admin, method, estate.path(path)).status_code == 403, (method, path)


def own_paths(operations: list[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    for method, path, needs in operations:
        if needs in ("usage", "feedback"):
            yield method, path


def test_with_another_customers_key_nothing_is_to_be_seen_or_changed(
    served: Running, operations: list[tuple[str, str, str]], estate: Estate
) -> None:
    stranger = served.customer()
    secrets = {value for name, value in estate.names.items() if name not in ("name", "version")}
    secrets -= {"SB717", "mine", ".html"}
    for method, path in own_paths(operations):
        response = ask(stranger.client, method, estate.path(path))
        named = [estate.names[one] for one in re.findall(r"\{(\w+)\}", path)]
        if any(name in secrets for name in named):
            assert response.status_code in (404, 422), (method, path, response.text)
            told = response.text
            for name in named:
                told = told.replace(name, "")  # what was asked for may be said again
        else:
            told = response.text
        assert not any(secret in told for secret in secrets), (method, path)
    assert estate.customer.client.get("/v1/keys").json()["data"][0]["revoked_at"] is None


def test_what_only_a_body_names_is_guarded_too(served: Running, estate: Estate) -> None:
    stranger = served.customer()
    said = {"call_id": estate.names["call_id"], "verdict": "wrong"}
    assert stranger.client.post("/v1/feedback", json=said).status_code == 404
    filters = {"key": estate.names["key_id"], "invoice": estate.names["invoice"]}
    for name, value in filters.items():
        assert stranger.client.get("/v1/calls", params={name: value}).json()["data"] == []
        assert stranger.client.get("/v1/usage", params={name: value}).json()["data"] == []
    spied = {"customer": estate.names["customer"]}
    assert stranger.client.get("/v1/calls", params=spied).json()["data"] == []
    assert stranger.client.get("/v1/feedback", params=spied).json()["data"] == []


def test_an_idempotency_key_of_another_customer_gives_no_answer(
    served: Running, estate: Estate
) -> None:
    headers = {"idempotency-key": "shared"}
    first = estate.customer.predict({"text": TEXT + " mine"}, headers=headers)
    other = served.customer().predict({"text": TEXT + " mine"}, headers=headers)
    assert "idempotency-replayed" not in other.headers
    assert first.json()["call_id"] != other.json()["call_id"]


def test_the_owner_sees_all_of_it(operations: list[tuple[str, str, str]], estate: Estate) -> None:
    for method, path in own_paths(operations):
        if method == "get":
            response = ask(estate.customer.client, method, estate.path(path))
            assert response.status_code == 200, (path, response.text)


def test_a_customers_key_makes_and_changes_no_key_that_may_do_more(served: Running) -> None:
    full = served.customer()
    wanted = {"name": "narrow", "scopes": {"verbs": ["predict", "usage"], "releases": ["demo"]}}
    made = full.client.post("/v1/keys", json=wanted).json()
    narrow = served.client(made["secret"])
    refused = [
        narrow.post("/v1/keys", json={}),
        narrow.post("/v1/keys", json={"scopes": {"verbs": ["embed"]}}),
        narrow.post("/v1/keys", json={"scopes": {"verbs": ["predict"], "releases": ["*"]}}),
        narrow.post(f"/v1/keys/{full.key_id}/rotate", json={}),
        narrow.delete(f"/v1/keys/{full.key_id}"),
        full.client.post("/v1/keys", json={"scopes": {"verbs": ["admin"]}}),
    ]
    assert [response.status_code for response in refused] == [403] * 6
    smaller = {"scopes": {"verbs": ["predict"], "releases": ["demo"]}}
    assert narrow.post("/v1/keys", json=smaller).status_code == 201
    rotated = narrow.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_seconds": 0}).json()
    assert narrow.get("/v1/keys").status_code == 401
    fresh = served.client(rotated["secret"])
    assert fresh.get("/v1/keys").status_code == 200
    assert full.client.delete(f"/v1/keys/{rotated['id']}").status_code == 200
    assert fresh.get("/v1/keys").status_code == 401
