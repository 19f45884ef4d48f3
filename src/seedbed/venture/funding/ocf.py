"""Today's cap table in Open Cap Format 1.2.0, for lawyers and for cap table software.

What is written is what is: holders, the pool, SAFEs that were sold. Rounds to come are plans, and
the format is a ledger of facts. What the format asks for and the venture file does not hold (when
and at what price shares were issued, whether a holder is a person) is said in the `comments` of the
object, for whoever imports it to put right. Source: Open Cap Table Coalition, Open Cap Format.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from seedbed.errors import VentureWrong
from seedbed.home import write_text
from seedbed.venture.funding.dilution import today
from seedbed.venture.funding.safe import Safe
from seedbed.venture.funding.table import POOL, CapTable, Holding
from seedbed.venture.plan import Plan

VERSION = "1.2.0"
FILES = {
    "stakeholders": ("Stakeholders", "OCF_STAKEHOLDERS_FILE"),
    "stock_classes": ("StockClasses", "OCF_STOCK_CLASSES_FILE"),
    "stock_plans": ("StockPlans", "OCF_STOCK_PLANS_FILE"),
    "transactions": ("Transactions", "OCF_TRANSACTIONS_FILE"),
}
EMPTY = ("stock_legend_templates", "vesting_terms", "valuations")

_DATE = "The venture file does not hold when it was issued: the date is that of this export."
_PRICE = "The venture file does not hold what was paid: the price of 0 stands for unknown."
_KIND = "The venture file does not tell persons from institutions: put the type right."
_AUTHORISED = "Authorised shares are not in the venture file: those issued and reserved stand here."


@dataclass(frozen=True, slots=True)
class Company:
    """What the format asks of the issuer, and no venture file holds.

    Attributes:
        legal_name: As registered.
        formed: The day of its formation.
        country: Where, two letters of ISO 3166-1.

    Raises:
        VentureWrong: no name, or a country that is not two capital letters.
    """

    legal_name: str
    formed: date
    country: str

    def __post_init__(self) -> None:
        if not self.legal_name.strip() or not re.fullmatch(r"[A-Z]{2}", self.country):
            raise VentureWrong(
                expected="a legal name, and a country such as US",
                got=f"{self.legal_name!r}, {self.country!r}",
                do="Open Cap Format names the issuer: give --legal-name, --formed and --country.",
                where="--ocf",
            )


def export(plan: Plan, folder: Path, company: Company, *, now: datetime | None = None) -> Path:
    """Write today's cap table to a folder, and return its manifest.

    The manifest is written last, so that a folder with one is whole.

    Args:
        plan: The plan.
        folder: Where to; made if it is not there.
        company: The issuer.
        now: When; by default now.

    Raises:
        VentureWrong: the cap table cannot be.
        DiskFull: there is no room.
    """
    made = objects(plan, today(plan))
    listed: dict[str, list[dict[str, str]]] = {f"{key}_files": [] for key in EMPTY}
    for key, items in made.items():
        name, kind = FILES[key]
        text = _text({"file_type": kind, "items": items})
        write_text(folder / f"{name}.ocf.json", text)
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        listed[f"{key}_files"] = [{"filepath": f"./{name}.ocf.json", "md5": digest}]
    manifest = folder / "Manifest.ocf.json"
    write_text(manifest, _text(_manifest(plan, company, now or datetime.now(UTC)) | listed))
    return manifest


def objects(plan: Plan, table: CapTable) -> dict[str, list[dict[str, Any]]]:
    """Return every object of the package, by the file that it stands in."""
    name = plan.venture.name
    held = [one for one in table.holdings if one.holder != POOL]
    people = [*dict.fromkeys(one.holder for one in held)]
    issued = [_stock(plan, one, number) for number, one in enumerate(held, 1)]
    sold = [_safe(plan, safe, number) for number, safe in enumerate(table.safes, 1)]
    return {
        "stakeholders": [
            *(_stakeholder(name, one, "FOUNDER") for one in people),
            *(
                _stakeholder(name, one.name, "INVESTOR")
                for one in table.safes
                if one.name not in people
            ),
        ],
        "stock_classes": [_common(name, table)],
        "stock_plans": [_pool(name, table)] if table.pool else [],
        "transactions": [*issued, *sold],
    }


def _manifest(plan: Plan, company: Company, now: datetime) -> dict[str, Any]:
    return {
        "ocf_version": VERSION,
        "file_type": "OCF_MANIFEST_FILE",
        "as_of": plan.today.isoformat(),
        "generated_at": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "comments": [f"Written by Seedbed from the venture {plan.venture.name!r}."],
        "issuer": {
            "id": _id(plan.venture.name, "issuer"),
            "object_type": "ISSUER",
            "legal_name": company.legal_name.strip(),
            "formation_date": company.formed.isoformat(),
            "country_of_formation": company.country,
        },
    }


def _stakeholder(venture: str, name: str, relationship: str) -> dict[str, Any]:
    return {
        "id": _id(venture, "stakeholder", name),
        "object_type": "STAKEHOLDER",
        "name": {"legal_name": name},
        "stakeholder_type": "INDIVIDUAL",
        "current_relationship": relationship,
        "comments": [_KIND],
    }


def _common(venture: str, table: CapTable) -> dict[str, Any]:
    return {
        "id": _id(venture, "class", "common"),
        "object_type": "STOCK_CLASS",
        "name": "Common",
        "class_type": "COMMON",
        "default_id_prefix": "CS-",
        "initial_shares_authorized": str(table.total),
        "votes_per_share": "1",
        "seniority": "1",
        "comments": [_AUTHORISED],
    }


def _pool(venture: str, table: CapTable) -> dict[str, Any]:
    return {
        "id": _id(venture, "plan", "options"),
        "object_type": "STOCK_PLAN",
        "plan_name": "Option pool",
        "initial_shares_reserved": str(table.pool),
        "stock_class_ids": [_id(venture, "class", "common")],
    }


def _stock(plan: Plan, one: Holding, number: int) -> dict[str, Any]:
    venture = plan.venture.name
    return _issuance(plan, "stock", one.holder, f"CS-{number}") | {
        "object_type": "TX_STOCK_ISSUANCE",
        "stock_class_id": _id(venture, "class", "common"),
        "share_price": {"amount": "0", "currency": plan.venture.currency},
        "quantity": str(one.shares),
        "stock_legend_ids": [],
        "comments": [_DATE, _PRICE],
    }


def _safe(plan: Plan, safe: Safe, number: int) -> dict[str, Any]:
    currency = plan.venture.currency
    mechanism: dict[str, Any] = {
        "type": "SAFE_CONVERSION",
        "conversion_mfn": False,
        "conversion_timing": "POST_MONEY",
    }
    if safe.cap is not None:
        cap = {"amount": _number(safe.cap), "currency": currency}
        mechanism["conversion_valuation_cap"] = cap
    if safe.discount:
        mechanism["conversion_discount"] = _number(safe.discount)
    trigger = {
        "trigger_id": f"SAFE-{number}.next-financing",
        "type": "AUTOMATIC_ON_CONDITION",
        "trigger_condition": "The next equity financing, as the Safe defines it",
        "conversion_right": {
            "type": "CONVERTIBLE_CONVERSION_RIGHT",
            "converts_to_future_round": True,
            "conversion_mechanism": mechanism,
        },
    }
    return _issuance(plan, "safe", safe.name, f"SAFE-{number}") | {
        "object_type": "TX_CONVERTIBLE_ISSUANCE",
        "convertible_type": "SAFE",
        "investment_amount": {"amount": _number(safe.amount), "currency": currency},
        "conversion_triggers": [trigger],
        "seniority": 1,
        "comments": [_DATE],
    }


def _issuance(plan: Plan, kind: str, holder: str, number: str) -> dict[str, Any]:
    venture = plan.venture.name
    return {
        "id": _id(venture, "issuance", kind, holder),
        "security_id": _id(venture, "security", kind, holder),
        "custom_id": number,
        "date": plan.today.isoformat(),
        "stakeholder_id": _id(venture, "stakeholder", holder),
        "security_law_exemptions": [],
    }


def _id(*names: str) -> str:
    """Return the same identifier for the same thing in every export."""
    return str(uuid5(NAMESPACE_URL, "seedbed:" + "/".join(names)))


def _number(amount: Decimal) -> str:
    """Return a number as the format writes it: at most ten decimals, no exponent."""
    return f"{round(amount, 10).normalize():f}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
