"""What Open Cap Format 1.2.0 asks of the objects that Seedbed writes, as a JSON Schema.

Restated from the format's schemas (https://github.com/Open-Cap-Table-Coalition/Open-Cap-Format-OCF,
folder `schema`): the fields that each object may and must have, their types, patterns and words.
Copyright © 2024 Open Cap Table Coalition (https://opencaptablecoalition.com). This software
includes material derived from the schema files of the Open Cap Format.

A folder of the original schemas, named by `SEEDBED_OCF`, is validated against too.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
DAY = {"type": "string", "format": "date"}
NUMERIC = {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]{1,10})?$"}
PERCENTAGE = {"type": "string", "pattern": r"^0?(\.[0-9]{1,10})?$|^1(\.0{1,10})?$"}
CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}


def _object(must: dict[str, Any], may: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": must | (may or {}),
        "required": sorted(must),
        "additionalProperties": False,
    }


def _const(word: Any) -> dict[str, Any]:
    return {"const": word}


def _words(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


def _identified(kind: str) -> dict[str, Any]:
    return {"id": TEXT, "object_type": _const(kind)}


COMMENTS = {"comments": TEXTS}
MONETARY = _object({"amount": NUMERIC, "currency": CURRENCY})
FILE = _object({"filepath": TEXT, "md5": {"type": "string", "pattern": "^[a-fA-F0-9]{32}$"}})
FILES = {"type": "array", "items": FILE}

ISSUER = _object(
    _identified("ISSUER")
    | {
        "legal_name": TEXT,
        "formation_date": DAY,
        "country_of_formation": {"type": "string", "pattern": "^[A-Z]{2}$"},
    },
    COMMENTS,
)
STAKEHOLDER = _object(
    _identified("STAKEHOLDER")
    | {
        "name": _object({"legal_name": TEXT}, {"first_name": TEXT, "last_name": TEXT}),
        "stakeholder_type": _words("INDIVIDUAL", "INSTITUTION"),
    },
    COMMENTS
    | {
        "current_relationship": _words(
            "ADVISOR", "BOARD_MEMBER", "CONSULTANT", "EMPLOYEE", "EX_ADVISOR", "EX_CONSULTANT",
            "EX_EMPLOYEE", "EXECUTIVE", "FOUNDER", "INVESTOR", "NON_US_EMPLOYEE", "OFFICER",
            "OTHER",
        )
    },
)  # fmt: skip
STOCK_CLASS = _object(
    _identified("STOCK_CLASS")
    | {
        "name": TEXT,
        "class_type": _words("COMMON", "PREFERRED"),
        "default_id_prefix": TEXT,
        "initial_shares_authorized": {"oneOf": [_words("NOT APPLICABLE", "UNLIMITED"), NUMERIC]},
        "votes_per_share": NUMERIC,
        "seniority": NUMERIC,
    },
    COMMENTS,
)
STOCK_PLAN = _object(
    _identified("STOCK_PLAN")
    | {
        "plan_name": TEXT,
        "initial_shares_reserved": NUMERIC,
        "stock_class_ids": {"type": "array", "items": TEXT, "minItems": 1},
    },
    COMMENTS,
)
ISSUANCE = {
    "security_id": TEXT,
    "custom_id": TEXT,
    "date": DAY,
    "stakeholder_id": TEXT,
    "security_law_exemptions": {
        "type": "array",
        "items": _object({"description": TEXT, "jurisdiction": TEXT}),
    },
}
STOCK_ISSUANCE = _object(
    _identified("TX_STOCK_ISSUANCE")
    | ISSUANCE
    | {
        "stock_class_id": TEXT,
        "share_price": MONETARY,
        "quantity": NUMERIC,
        "stock_legend_ids": TEXTS,
    },
    COMMENTS,
)
SAFE = _object(
    {
        "type": _const("SAFE_CONVERSION"),
        "conversion_mfn": {"type": "boolean"},
        "conversion_timing": _words("PRE_MONEY", "POST_MONEY"),
    },
    {"conversion_discount": PERCENTAGE, "conversion_valuation_cap": MONETARY},
)
RIGHT = _object(
    {"conversion_mechanism": SAFE, "type": _const("CONVERTIBLE_CONVERSION_RIGHT")},
    {"converts_to_future_round": {"type": "boolean"}, "converts_to_stock_class_id": TEXT},
)
TRIGGER = _object(
    {
        "trigger_id": TEXT,
        "type": _const("AUTOMATIC_ON_CONDITION"),
        "trigger_condition": TEXT,
        "conversion_right": RIGHT,
    },
    {"nickname": TEXT, "trigger_description": TEXT},
)
CONVERTIBLE_ISSUANCE = _object(
    _identified("TX_CONVERTIBLE_ISSUANCE")
    | ISSUANCE
    | {
        "convertible_type": _words("NOTE", "SAFE", "CONVERTIBLE_SECURITY"),
        "investment_amount": MONETARY,
        "conversion_triggers": {"type": "array", "items": TRIGGER, "minItems": 1},
        "seniority": {"type": "integer"},
    },
    COMMENTS | {"pro_rata": NUMERIC},
)

MANIFEST = _object(
    {
        "ocf_version": _const("1.2.0"),
        "file_type": _const("OCF_MANIFEST_FILE"),
        "issuer": ISSUER,
        "as_of": DAY,
        "generated_at": {"type": "string", "format": "date-time"},
        "stock_plans_files": FILES,
        "stock_legend_templates_files": FILES,
        "stock_classes_files": FILES,
        "vesting_terms_files": FILES,
        "valuations_files": FILES,
        "transactions_files": FILES,
        "stakeholders_files": FILES,
    },
    COMMENTS | {"financings_files": FILES, "documents_files": FILES},
)


def _file(kind: str, *items: dict[str, Any]) -> dict[str, Any]:
    listed = {"type": "array", "items": {"oneOf": list(items)}}
    return _object({"file_type": _const(kind), "items": listed})


PACKAGE = {
    "Manifest": MANIFEST,
    "Stakeholders": _file("OCF_STAKEHOLDERS_FILE", STAKEHOLDER),
    "StockClasses": _file("OCF_STOCK_CLASSES_FILE", STOCK_CLASS),
    "StockPlans": _file("OCF_STOCK_PLANS_FILE", STOCK_PLAN),
    "Transactions": _file("OCF_TRANSACTIONS_FILE", STOCK_ISSUANCE, CONVERTIBLE_ISSUANCE),
}
