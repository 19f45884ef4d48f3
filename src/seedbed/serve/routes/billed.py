"""One month's bill, as the examples of the routes show it: two calls, an invoice, a credit note.

It is what the ledger wrote for a customer of `seedbed plans examples starter`, but for the ids.
`tests/serve/http/test_http_examples.py` holds the fields against a server's own answers.
"""

from __future__ import annotations

from typing import Any

_ULID = "01KAR0Z5T0C8J6W5N8R1V2M3P4"
_CUSTOMER, _PLAN = f"customer_{_ULID}", f"plan_{_ULID}"
_INVOICE, _NOTE = "inv_5f2c0a1b2c3d4e5f6a7b8c9d0e", f"note_{_ULID}"

CALL: dict[str, Any] = {
    "id": f"call_{_ULID}",
    "at": "2026-10-26T00:15:00.000000Z",
    "release": "bank-intents",
    "number": 3,
    "alias": "champion",
    "verb": "predict",
    "status": "answered",
    "reason": None,
    "rows": 1,
    "tokens": 9,
    "compute_us": 1840,
    "units": 1,
    "price": "0.0015",
    "latency_us": 3420,
    "key_id": f"key_{_ULID}",
    "idempotency_key": None,
    "replay_of": None,
    "invoice_id": None,
    "customer_id": _CUSTOMER,
}
CALLS = {"data": [CALL], "next": None}
INVOICED = {"data": [CALL | {"invoice_id": _INVOICE}], "next": None}
_DAY: dict[str, Any] = {"day": "2026-10-26", "calls": 2, "rows": 2, "tokens": 18}
TOTALS = {"data": [_DAY | {"compute_us": 3680, "units": 2, "price": "0.003"}]}

SELLER: dict[str, Any] = {
    "name": "Seed & Co. GmbH",
    "address": ["Hauptstraße 1", "10115 Berlin"],
    "email": "billing@seed.example",
    "phone": "",
    "website": "https://seed.example",
    "tax_id": "DE123456789",
    "pay_by": {"en": "IBAN DE02 1203 0000 0000 2020 51", "zh": "IBAN DE02 1203 0000 0000 2020 51"},
    "terms_days": 30,
    "note": None,
    "logo": None,
    "prefix": "INV-",
    "note_prefix": "CN-",
}

LINE: dict[str, Any] = {
    "id": _INVOICE,
    "number": 1,
    "customer_id": _CUSTOMER,
    "subscription_id": f"subscription_{_ULID}",
    "plan_id": _PLAN,
    "period_start": "2026-10-23T00:15:00.000000Z",
    "period_end": "2026-11-23T00:15:00.000000Z",
    "status": "final",
    "currency": "USD",
    "subtotal": "35",
    "tax": "7",
    "total": "42",
    "due": "42",
    "hash": "e9d0da9ca11f0d2058542108822f163a6396d019cff0dcf4fb2af8f6c2a248cd",
    "made_at": "2026-11-24T00:15:00.000000Z",
    "final_at": "2026-11-24T00:15:00.000000Z",
}
DRAFT = LINE | {"number": None, "status": "draft", "hash": None, "final_at": None}
LISTED = {"data": [LINE], "next": None}

_PARTIES: dict[str, Any] = {
    "format": 1,
    "seller": SELLER,
    "customer": {
        "id": _CUSTOMER,
        "name": "Acme Ltd",
        "email": "billing@acme.example",
        "language": "en",
        "address": [],
        "tax_id": "",
    },
    "plan": {
        "id": _PLAN,
        "name": "starter",
        "version": 1,
        "title": {"en": "Starter", "zh": "入门版"},
        "period": "month",
        "payment": "postpaid",
    },
    "period": {"start": 1792714500000000, "end": 1795392900000000},
    "currency": "USD",
    "tax_rate": {"name": "VAT", "percent": "20", "included": False},
}
_FEE = {
    "position": 1,
    "kind": "fee",
    "description": {"en": "Starter: subscription fee", "zh": "入门版：订阅费"},
    "charge": None,
    "units": None,
    "unit_price": None,
    "amount": "29.00",
    "details": {"per_period": "29.00"},
}
_OF_RELEASE = {"release": "bank-intents", "calls": 24000, "units": "24000", "amount": "6.00"}
_USAGE = {
    "position": 2,
    "kind": "usage",
    "description": {"en": "Answers", "zh": "回答"},
    "charge": 0,
    "units": "24000",
    "unit_price": "1.50",
    "amount": "6.00",
    "details": {
        "calls": 24000,
        "releases": [_OF_RELEASE],
        "meter": "answers",
        "per": 1000,
        "tiers": [
            {"units": "20000", "price": None, "amount": "0.00"},
            {"units": "4000", "price": "1.50", "amount": "6.00"},
        ],
    },
}
INVOICE: dict[str, Any] = _PARTIES | {
    "kind": "invoice",
    "id": _INVOICE,
    "number": "INV-000001",
    "status": "final",
    "issued_at": 1795479300000000,
    "due_at": 1798071300000000,
    "lines": [_FEE, _USAGE],
    "subtotal": "35.00",
    "tax": "7.00",
    "total": "42.00",
    "paid_from_credit": "0.00",
    "due": "42.00",
    "credit": None,
    "calls": {"answered": 24000, "refused": 12},
}
_OPEN: dict[str, Any] = {"id": "", "number": None, "status": "preview"}
PREVIEW = INVOICE | _OPEN | {"issued_at": None, "due_at": None}

NOTE: dict[str, Any] = _PARTIES | {
    "kind": "credit_note",
    "status": "final",
    "invoice": {"id": _INVOICE, "number": "INV-000001"},
    "lines": [
        {
            "position": 1,
            "kind": "credit",
            "description": {"en": "Answers", "zh": "回答"},
            "charge": None,
            "units": None,
            "unit_price": None,
            "amount": "-5.00",
            "details": {"of": 2},
        }
    ],
    "subtotal": "-5.00",
    "tax": "-1.00",
    "total": "-6.00",
    "reason": "an outage on the 3rd",
    "to_credit": False,
    "id": _NOTE,
    "number": "CN-000001",
    "issued_at": 1795479300000000,
}
ISSUED: dict[str, Any] = {
    "id": _NOTE,
    "number": 1,
    "invoice_id": _INVOICE,
    "reason": "an outage on the 3rd",
    "amount": "6",
    "body": NOTE,
    "hash": "969dbc22ed5f13d30aa342d27d3d8e5aa04c3426e14ab6d09ff84ceb6b23a46f",
    "at": "2026-11-24T00:15:00.000000Z",
}
