"""The examples of the OpenAPI document have the very fields that the server answers with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from running import Running
from test_http_access import Estate, Operation, all_operations, furnished

JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")
"""In the order that they are tried: looked at first, taken away last."""
CHOSEN = frozenset(("aliases", "loaded", "pins", "settings", "calls"))
"""Fields whose own fields are names of the user's choice, numbers, or ways to end."""
UNTRIED = {
    "get /v1/admin/calls.csv": "it is a file, and of a customer that its query names",
    "post /v1/chat/completions": "no release here writes",
    "post /v1/admin/keys/{key_id}/rotate": "the customer's own route has rotated it",
    "post /v1/admin/customers/{customer}/invoices": "every period that is over has its invoice",
}


@pytest.fixture
def estate(own: Callable[..., Running]) -> tuple[Running, Estate]:
    """Give a server with a customer who has something of everything, a canary among it."""
    running = own()
    found = furnished(running)
    running.ledger.credits.grant(found.customer.id, 10**10)
    keys = running.ledger.keys.list(found.customer.id)
    invoices = found.customer.client.get("/v1/invoices").json()["data"]
    names = {"key_id": keys[-1].id, "invoice": invoices[0]["id"]}
    running.admin.put("/v1/admin/releases/demo/canary", json={"number": 2, "share": 0.5})
    return running, replace(found, names=found.names | names)


def test_examples_have_the_fields_of_real_answers(estate: tuple[Running, Estate]) -> None:
    running, owned = estate
    document = running.client().get("/openapi.json").json()
    found, refused, bare = [], {}, []
    for one in _in_order(all_operations(document)):
        named = f"{one.method} {one.path}"
        client = running.admin if one.needs == "admin" else owned.customer.client
        response = _fitting(owned, one).ask(client, _possible(one))
        if not response.is_success:
            refused[named] = response.text
        elif response.headers.get("content-type", "").startswith(JSON):
            answers = document["paths"][one.path][one.method]["responses"]
            told = answers.get(str(response.status_code), {}).get("content", {}).get(JSON, {})
            if "example" not in told:
                bare.append(named)
                continue
            found += [f"{named} {each}" for each in unlike(told["example"], response.json())]
    assert not bare, "no example"
    assert not found, "\n".join(found)
    assert sorted(refused) == sorted(UNTRIED)


def test_the_comparison_sees_what_is_missing_and_what_is_too_much() -> None:
    line = {"kind": "fee", "details": {"a": 1}}
    real = {"x": None, "lines": [{"kind": "usage", "details": {"b": 1}}, line]}
    assert list(unlike({"x": "a word", "lines": [line]}, real)) == []
    assert list(unlike({"lines": [line | {"details": {}}]}, real)) == [": x", ".lines.details: a"]
    assert list(unlike({"x": [], "lines": [], "y": 1}, real)) == [": y"]


def unlike(example: Any, real: Any, where: str = "") -> Iterator[str]:
    """Yield the fields that one of two has and the other lacks; null and an empty list have any.

    Of lists the elements of one kind are compared: lines of an invoice, entries of the log.
    """
    if isinstance(example, dict) and isinstance(real, dict):
        if where.rpartition(".")[2] in CHOSEN:
            both = zip(example.values(), real.values(), strict=False)
            for one, other in both:
                yield from unlike(one, other, f"{where}.*")
            return
        if lacking := sorted(example.keys() ^ real.keys()):
            yield f"{where}: {', '.join(lacking)}"
        for name in example.keys() & real.keys():
            yield from unlike(example[name], real[name], f"{where}.{name}")
    elif isinstance(example, list) and isinstance(real, list):
        for one in example:
            yield from unlike(one, _alike(one, real), where)
    elif isinstance(example, dict | list) and not (real is None or isinstance(real, dict | list)):
        yield f"{where}: {json.dumps(real)}"


def _alike(one: Any, real: list[Any]) -> Any:
    if not isinstance(one, dict):
        return next(iter(real), None)
    same = [
        other
        for other in real
        if all(one.get(name) == other.get(name) for name in ("kind", "action") if name in one)
    ]
    return next(iter(same), None)


def _in_order(operations: list[Operation]) -> list[Operation]:
    last = "/v1/admin/customers/{customer}"
    return sorted(operations, key=lambda one: (METHODS.index(one.method), one.path == last))


def _fitting(estate: Estate, one: Operation) -> Estate:
    """Return the estate with the plan's name where a plan is named, and a suffix of JSON."""
    named = {"name": "daily"} if one.path.startswith("/v1/admin/plans/") else {}
    return replace(estate, names=estate.names | named | {"suffix": ".json"})


def _possible(one: Operation) -> Operation:
    """Return an operation with a body that this server can do: of a release and a line it has."""
    said = (
        json.dumps(one.body).replace("bank-intents", "demo").replace('"number": 4', '"number": 3')
    )
    return replace(one, body=json.loads(said.replace('"5.00"', '"0.50"')))
