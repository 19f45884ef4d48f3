"""Every route of the OpenAPI document, tried by those who may not."""

from __future__ import annotations

import json
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
class Operation:
    """An operation of the document: what a key must allow, and the example of its body."""

    method: str
    path: str
    needs: str
    body: Any


@dataclass(frozen=True)
class Estate:
    """A customer and what is its own, to fill in the ids in paths and bodies."""

    customer: Customer
    names: dict[str, str]

    def ask(self, client: Any, operation: Operation) -> Any:
        """Ask for what is this customer's: the path filled in, the example as the body."""
        path = re.sub(r"\{(\w+)\}", lambda found: self.names[found[1]], operation.path)
        return client.request(operation.method.upper(), path, json=self.body(operation))

    def body(self, operation: Operation) -> Any:
        """Return the example with this customer's ids in it."""
        ids = {name.split("_")[0]: name for name in self.names.values()}
        said = json.dumps(operation.body)
        return json.loads(re.sub(r"\b([a-z]+)_01\w+", lambda found: ids[found[1]], said))

    def named(self, operation: Operation) -> list[str]:
        """Return what an operation names in its path and its body."""
        said = json.dumps(self.body(operation))
        in_path = [self.names[one] for one in re.findall(r"\{(\w+)\}", operation.path)]
        return in_path + [name for name in self.names.values() if f'"{name}"' in said]


@pytest.fixture(scope="module")
def operations(served: Running) -> list[Operation]:
    """Give every operation."""
    return all_operations(served.client().get("/openapi.json").json())


def all_operations(document: dict[str, Any]) -> list[Operation]:
    """Return every operation of an OpenAPI document."""
    return [
        Operation(method, path, told.get("x-scope", ""), example(document, told, method))
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if method in METHODS
    ]


def example(document: dict[str, Any], told: dict[str, Any], method: str) -> Any:
    """Return the example of an operation's body, `{}` where none is given, None without a body."""
    if method not in ("post", "put", "patch"):
        return None
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, schema)
    return content.get("example") or next(iter(schema.get("examples", [])), {})


@pytest.fixture(scope="module")
def estate(served: Running) -> Estate:
    """Give a customer who has something of everything."""
    return furnished(served)


def furnished(served: Running) -> Estate:
    """Make a customer with a call, feedback, keys, a final invoice and a credit note."""
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


def test_the_document_names_what_each_route_needs(operations: list[Operation]) -> None:
    open_to_all = {one.path for one in operations if not one.needs}
    assert open_to_all == PUBLIC
    for one in operations:
        of_admins = one.path.startswith("/v1/admin") or one.path == "/metrics"
        assert (one.needs == "admin") == of_admins, one.path
        assert one.needs in ("", "any", "admin", *VERBS)
    assert len(operations) > 80


def test_without_a_key_every_route_is_401(
    served: Running, estate: Estate, operations: list[Operation]
) -> None:
    for headers in ({}, {"authorization": "Bearer sb_live_x"}, {"x-api-key": "sb_live_" + "é"[:0]}):
        bare = served.client()
        bare.headers.update(headers)
        for one in operations:
            response = estate.ask(bare, one)
            if one.needs:
                assert response.status_code == 401, one
                assert response.headers["www-authenticate"].startswith("Bearer")
                assert response.json()["code"] == "SB711"
            else:
                assert response.status_code == 200, one


def test_a_key_that_lacks_the_scope_is_403(
    served: Running, operations: list[Operation], estate: Estate
) -> None:
    keys = {verb: served.customer(scopes={"verbs": [verb]}) for verb in VERBS}
    for one in operations:
        for verb, customer in keys.items():
            if one.needs in (verb, "", "any"):
                continue
            response = estate.ask(customer.client, one)
            assert response.status_code == 403, (one, verb)
            assert response.json()["code"] == "SB712"


def test_an_admin_key_sees_no_customers_own_routes(
    served: Running, operations: list[Operation], estate: Estate
) -> None:
    for one in operations:
        if one.needs in VERBS:
            assert estate.ask(served.admin, one).status_code == 403, one


def own_routes(operations: list[Operation]) -> Iterator[Operation]:
    for one in operations:
        if one.needs in ("usage", "feedback"):
            yield one


def test_with_another_customers_key_nothing_is_to_be_seen_or_changed(
    served: Running, operations: list[Operation], estate: Estate
) -> None:
    stranger = served.customer()
    secrets = {value for name, value in estate.names.items() if name not in ("name", "version")}
    secrets -= {"SB717", "mine", ".html"}
    for one in own_routes(operations):
        response = estate.ask(stranger.client, one)
        told, named = response.text, [name for name in estate.named(one) if name in secrets]
        if named:
            assert response.status_code == 404, (one, told)  # of what is its own: not 422 before
            for name in named:
                told = told.replace(name, "")  # what was asked for may be said again
        else:
            assert response.is_success, (one, told)
        assert not any(secret in told for secret in secrets), one
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


def test_the_owner_sees_all_of_it(operations: list[Operation], estate: Estate) -> None:
    for one in own_routes(operations):
        if one.method == "get" or one.path == "/v1/feedback":
            response = estate.ask(estate.customer.client, one)
            assert response.is_success, (one, response.text)


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
