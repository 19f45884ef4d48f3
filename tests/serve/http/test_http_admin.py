"""The business side over HTTP: customers, plans, keys, credit, invoices, traffic, audit."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from running import TEXT, Running

PLAN: dict[str, Any] = {
    "name": "business",
    "currency": "EUR",
    "period": "day",
    "fee": "29.00",
    "charges": [{"per": 1000, "included": 1, "tiers": [{"price": "1.20"}]}],
    "tax": {"name": "VAT", "percent": "20"},
}
DAY = 86_400_000_000


def made(response: Any, status: int = 201) -> Any:
    assert response.status_code == status, response.text
    return response.json()


@pytest.fixture
def admin(served: Running) -> Any:
    return served.admin


def new_customer(admin: Any, **told: Any) -> str:
    body = {"name": "Acme", "currency": "EUR", **told}
    return str(made(admin.post("/v1/admin/customers", json=body))["id"])


def test_from_a_plan_to_a_paid_call(served: Running, admin: Any) -> None:
    published = made(admin.post("/v1/admin/plans", json=PLAN))
    assert (published["name"], published["plan"]["fee"]) == ("business", "29.00")
    assert made(admin.get("/v1/admin/plans/business"), 200) == published
    version = published["version"]
    assert made(admin.get(f"/v1/admin/plans/business/{version}"), 200) == published
    customer = new_customer(admin, email="a@b.example", spend_cap="100.00")
    path = f"/v1/admin/customers/{customer}"
    subscribed = made(admin.put(f"{path}/subscription", json={"plan": "business"}), 200)
    assert subscribed["plan"] == "business"
    key = made(admin.post("/v1/admin/keys", json={"customer": customer, "name": "first"}))
    assert key["secret"].startswith("sb_live_")
    client = served.client(key["secret"])
    answer = client.post("/v1/predict/demo", json={"texts": [TEXT] * 3})
    assert answer.headers["seedbed-charged"] == "0.002400000 EUR"
    account = client.get("/v1/account").json()
    assert account["customer"]["spend_cap"] == "100"
    assert account["subscription"]["plan"] == "business"
    shown = made(admin.get(path), 200)
    assert shown["customer"]["email"] == "a@b.example"
    assert "secret" not in made(admin.get(f"/v1/admin/keys/{key['id']}"), 200)
    revoked = made(admin.delete(f"/v1/admin/keys/{key['id']}"), 200)
    assert revoked["revoked_at"]
    assert client.get("/v1/account").status_code == 401


def test_a_customer_is_changed_pinned_and_taken_off_its_plan(admin: Any) -> None:
    customer = new_customer(admin)
    path = f"/v1/admin/customers/{customer}"
    changed = made(admin.patch(path, json={"language": "zh", "pins": {"demo": 2}}), 200)
    assert (changed["language"], changed["pins"]) == ("zh", {"demo": 2})
    capped = made(admin.patch(path, json={"spend_cap": "5.00"}), 200)
    assert (capped["spend_cap"], capped["language"]) == ("5", "zh")
    assert made(admin.patch(path, json={"spend_cap": None}), 200)["spend_cap"] is None
    made(admin.post("/v1/admin/plans", json=PLAN))
    made(admin.put(f"{path}/subscription", json={"plan": "business"}), 200)
    ended = made(admin.delete(f"{path}/subscription", params={"when": "now"}), 200)
    listed = made(admin.get(f"{path}/subscriptions"), 200)["data"]
    assert [one["until_at"] for one in listed] == [ended["until_at"]]
    assert admin.get("/v1/admin/customers/customer_x/subscriptions").status_code == 404


def test_credit_is_entered_once_a_reference(admin: Any) -> None:
    customer = new_customer(admin)
    path = f"/v1/admin/customers/{customer}/credits"
    entry = {"kind": "top_up", "amount": "50.00", "reference": "payment-1"}
    first, again = made(admin.post(path, json=entry)), made(admin.post(path, json=entry))
    assert first == again
    made(admin.post(path, json={"kind": "refund", "amount": "10"}))
    found = made(admin.get(path), 200)
    assert found["credit"] == "40"
    assert [one["amount"] for one in found["data"]] == ["-10", "50"]
    assert admin.post(path, json={**entry, "amount": "51.00"}).status_code == 409
    assert admin.post(path, json={"kind": "refund", "amount": "41"}).status_code == 429
    made(admin.post(path, json={"kind": "expiry"}))
    assert made(admin.get(path), 200)["credit"] == "0"
    for amount in ("1e9", "-1", "0x1", "1.0000000001", "", "9" * 40, 1.5):
        assert admin.post(path, json={"kind": "grant", "amount": amount}).status_code == 422


def test_an_invoice_in_every_form_and_a_credit_note(served: Running, admin: Any) -> None:
    made(admin.post("/v1/admin/plans", json=PLAN))
    customer = new_customer(admin)
    start = served.ledger.clock.now() - 2 * DAY - DAY // 2
    subscribing = {"plan": "business", "start": start}
    made(admin.put(f"/v1/admin/customers/{customer}/subscription", json=subscribing), 200)
    key = made(admin.post("/v1/admin/keys", json={"customer": customer}))
    client = served.client(key["secret"])
    body = {"at": start}
    draft = made(admin.post(f"/v1/admin/customers/{customer}/invoices", json=body))
    assert (draft["status"], draft["total"]) == ("draft", "34.8")
    (entry,) = made(admin.get("/v1/admin/audit", params={"subject": draft["id"]}), 200)["data"]
    assert (entry["action"], entry["actor"][:4]) == ("invoice.draft", "key_")
    path = f"/v1/admin/invoices/{draft['id']}"
    final = made(admin.post(f"{path}/finalize"), 200)
    assert (final["status"], final["number"] is not None) == ("final", True)
    own = f"/v1/invoices/{draft['id']}"
    assert client.get(own).json()["total"] == "34.80"
    page = client.get(own, headers={"accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.text == client.get(f"{own}.html").text
    assert 'lang="zh-Hans"' in client.get(f"{own}.html", params={"language": "zh"}).text
    rows = list(csv.DictReader(io.StringIO(client.get(f"{own}.csv").text)))
    assert [row["kind"] for row in rows] == ["fee"]
    assert client.get(f"{own}/calls").json() == {"data": [], "next": None}
    assert client.get(f"{own}/calls.csv").text.startswith("id,at,")
    assert client.get("/v1/invoices").json()["data"][0]["id"] == draft["id"]
    assert client.get("/v1/invoices/preview.html").status_code == 200
    note = made(admin.post(f"{path}/credit-notes", json={"reason": "late", "lines": {"1": "5.00"}}))
    assert note["amount"] == "6"
    assert client.get(f"/v1/credit-notes/{note['id']}.html").status_code == 200
    assert len(client.get("/v1/credit-notes").json()["data"]) == 1
    again = admin.post(f"/v1/admin/customers/{customer}/invoices", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "SB706")
    due = made(admin.post("/v1/admin/invoices/close-due"), 200)["data"]
    assert customer in {one["customer_id"] for one in due}


def test_invoices_are_paged_where_periods_begin_together(served: Running, admin: Any) -> None:
    made(admin.post("/v1/admin/plans", json=PLAN))
    start = served.ledger.clock.now() - 2 * DAY - DAY // 2
    drafted = []
    for _ in range(3):
        customer = new_customer(admin)
        path, told = f"/v1/admin/customers/{customer}", {"plan": "business", "start": start}
        made(admin.put(f"{path}/subscription", json=told), 200)
        drafted.append(made(admin.post(f"{path}/invoices", json={"at": start}))["id"])
    found: list[str] = []
    page: dict[str, Any] | None = {"limit": 1}
    while page:
        one = made(admin.get("/v1/admin/invoices", params=page), 200)
        found += [line["id"] for line in one["data"]]
        page = one["next"] and {"limit": 1, "before": one["next"]}
    assert set(drafted) <= set(found)
    assert len(found) == len(set(found))
    assert admin.get("/v1/admin/invoices", params={"before": start}).status_code == 422


def test_usage_is_added_up_and_paged(served: Running, admin: Any) -> None:
    customer = served.customer()
    for path in ("/v1/predict/demo", "/v1/predict/demo", "/v1/predict/plain"):
        customer.predict(path=path)
    totals = customer.client.get("/v1/usage", params={"by": ["release", "status"]}).json()["data"]
    assert [(one["release"], one["status"], one["calls"]) for one in totals] == [
        ("demo", "answered", 2),
        ("plain", "answered", 1),
    ]
    twice = customer.client.get("/v1/usage", params={"by": ["day", "day"]}).json()["data"]
    assert [one["calls"] for one in twice] == [3]
    first = customer.client.get("/v1/calls", params={"limit": 2}).json()
    rest = customer.client.get("/v1/calls", params={"limit": 2, "before": first["next"]}).json()
    assert (len(first["data"]), len(rest["data"])) == (2, 1)
    assert rest["next"] is None
    only = customer.client.get("/v1/calls", params={"release": "plain"}).json()["data"]
    assert len(only) == 1
    assert customer.client.get("/v1/calls", params={"since": "2999-01-01"}).json()["data"] == []
    table = customer.client.get("/v1/calls.csv").text.splitlines()
    assert len(table) == 4
    asked = {"customer": customer.id}
    assert len(admin.get("/v1/admin/calls", params=asked).json()["data"]) == 3
    assert admin.get("/v1/admin/usage", params=asked).json()["data"][0]["price"] == "0.03"
    assert admin.get("/v1/admin/calls.csv", params=asked).text.splitlines() == table
    assert admin.get("/v1/admin/calls.csv").status_code == 422


def test_traffic_moves_without_a_stop(own: Callable[..., Running]) -> None:
    running = own()
    customer, admin = running.customer(), running.admin
    path = "/v1/admin/releases/demo"
    assert customer.predict().json()["release"] == "demo/1"
    canary = made(admin.put(f"{path}/canary", json={"number": 2, "share": 1.0}), 200)
    assert canary["aliases"]["canary"] == {"number": 2, "share": 1_000_000, "shadow": False}
    assert customer.predict().json()["release"] == "demo/2"
    made(admin.post(f"{path}/promote", json={"reason": "it is as good"}), 200)
    assert customer.predict().json()["release"] == "demo/2"
    made(admin.post(f"{path}/roll-back", json={}), 200)
    assert customer.predict().json()["release"] == "demo/1"
    made(admin.put(f"{path}/pins/{customer.id}", json={"number": 2}), 200)
    assert customer.predict().json()["release"] == "demo/2"
    made(admin.delete(f"{path}/pins/{customer.id}"), 200)
    made(admin.put(f"{path}/aliases/next", json={"number": 3}), 200)
    assert customer.predict(path="/v1/predict/demo/next").json()["release"] == "demo/3"
    made(admin.delete(f"{path}/aliases/next"), 200)
    assert customer.predict(path="/v1/predict/demo/next").status_code == 404
    assert admin.put(f"{path}/canary", json={"number": 99, "share": 0.1}).status_code == 404
    assert admin.put(f"{path}/pins/customer_x", json={"number": 2}).status_code == 404
    moved = made(admin.get(f"{path}/rollouts"), 200)["data"]
    assert [one["action"] for one in moved][-3:] == ["promote", "canary", "set"]
    assert moved[-3]["reason"] == "it is as good"
    audit = made(admin.get("/v1/admin/audit", params={"subject": "demo"}), 200)["data"]
    assert {one["actor"] for one in audit} >= {admin.get("/v1/admin/keys").json()["data"][0]["id"]}
    assert made(admin.get("/v1/admin/audit/verify"), 200)["whole"] is True
    assert made(admin.post("/v1/admin/releases/refresh"), 200)["data"] == ["demo", "plain"]


def test_a_customers_data_are_handed_over_and_erased(served: Running, admin: Any) -> None:
    customer = served.customer(keep_texts_days=7)
    customer.predict({"text": "a text of mine"})
    path = f"/v1/admin/customers/{customer.id}"
    whole = zipfile.ZipFile(io.BytesIO(admin.get(f"{path}/export.zip").content))
    texts = [json.loads(line) for line in whole.read("texts.jsonl").decode().splitlines()]
    assert texts[0]["inputs"] == ["a text of mine"]
    assert texts[0]["answers"][0]["label"] in ("card", "rate", "transfer")
    assert admin.get("/v1/admin/customers/customer_x/export.zip").status_code == 404
    assert made(admin.delete(path), 200) == {"erased": customer.id}
    assert customer.predict().status_code == 401
    told = made(admin.get(path), 200)["customer"]
    assert (bool(told["erased_at"]), told["name"]) == (True, "")
    (invoice,) = served.ledger.invoices.list(customer.id)
    assert (invoice.status, invoice.body["customer"]["name"]) == ("final", "Acme")
    assert invoice.body["subtotal"] == "0.01"


def test_texts_are_kept_only_where_the_customer_says_so(served: Running, admin: Any) -> None:
    customer = served.customer()
    customer.predict({"text": "not to be kept"})
    path = f"/v1/admin/customers/{customer.id}/export.zip"
    content = admin.get(path).content
    whole = zipfile.ZipFile(io.BytesIO(content))
    assert not any(b"not to be kept" in whole.read(name) for name in whole.namelist())


def test_who_sends_the_invoices_is_set(admin: Any) -> None:
    seller = {"name": "Seedbed GmbH", "address": ["Street 1", "Berlin"], "terms_days": 14}
    assert made(admin.put("/v1/admin/seller", json=seller), 200)["name"] == "Seedbed GmbH"
    assert made(admin.get("/v1/admin/seller"), 200)["terms_days"] == 14
