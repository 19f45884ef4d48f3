"""The cap table in Open Cap Format: what the format asks, and what the table holds."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLE
from jsonschema import Draft7Validator, FormatChecker
from ocf_schema import PACKAGE
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from seedbed.errors import VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.funding.ocf import Company, export
from seedbed.venture.plan import Plan

COMPANY = Company("Brands Ltd", date(2026, 3, 2), "GB")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MORE = "safes: [{name: angel, amount: 200000, cap: 4000000, kind: post-money},"
MORE += " {name: aunt, amount: 20000.50, kind: discount, discount: 0.2}]"
ORIGINAL = {
    "Manifest": "OCFManifestFile",
    "Stakeholders": "StakeholdersFile",
    "StockClasses": "StockClassesFile",
    "StockPlans": "StockPlansFile",
    "Transactions": "TransactionsFile",
}


def written(folder: Path, home: Home) -> dict[str, Any]:
    text = EXAMPLE.replace(
        EXAMPLE[EXAMPLE.index("safes:") : EXAMPLE.index("]\n\nfactors") + 1], MORE
    )
    plan = Plan.of(file.parse(text), home=home, today=date(2026, 11, 20))
    export(plan, folder, COMPANY, now=NOW)
    return {path.name.split(".")[0]: json.loads(path.read_text()) for path in folder.iterdir()}


def wrong(schema: dict[str, Any], value: Any) -> list[str]:
    checker = Draft7Validator(schema, format_checker=FormatChecker())
    return [f"{list(one.absolute_path)}: {one.message}" for one in checker.iter_errors(value)]


def test_every_file_is_as_the_format_asks(tmp_path: Path, home: Home) -> None:
    package = written(tmp_path / "ocf", home)
    assert package.keys() == PACKAGE.keys()
    for name, schema in PACKAGE.items():
        Draft7Validator.check_schema(schema)
        assert wrong(schema, package[name]) == []


@pytest.mark.skipif("SEEDBED_OCF" not in os.environ, reason="SEEDBED_OCF names no schemas")
def test_the_original_schemas_accept_it(tmp_path: Path, home: Home) -> None:
    folder = Path(os.environ["SEEDBED_OCF"])
    schemas = [json.loads(path.read_text()) for path in folder.rglob("*.schema.json")]
    known = Registry().with_resources(
        (one["$id"], Resource(contents=one, specification=DRAFT7)) for one in schemas
    )
    for name, value in written(tmp_path / "ocf", home).items():
        (schema,) = (
            one for one in schemas if one["$id"].endswith(f"/{ORIGINAL[name]}.schema.json")
        )
        assert list(Draft7Validator(schema, registry=known).iter_errors(value)) == []


PYDANTIC = {
    "Manifest": "ocfmanifestfile.OCFManifestFile",
    "Stakeholders": "stakeholdersfile.StakeholdersFile",
    "StockClasses": "stockclassesfile.StockClassesFile",
    "StockPlans": "stockplansfile.StockPlansFile",
    "Transactions": "transactionsfile.TransactionsFile",
}


@pytest.mark.parametrize("name", PYDANTIC)
def test_classes_generated_from_the_original_schemas_read_it_and_lose_nothing(
    tmp_path: Path, home: Home, name: str
) -> None:
    """`pyocf` 1.2.0 (Fidelity) is generated from the format's schemas, version 1.2.0."""
    pytest.importorskip("pyocf", reason="pyocf is not installed")
    module, kind = PYDANTIC[name].split(".")
    made = getattr(import_module(f"pyocf.files.{module}"), kind)
    value = written(tmp_path / "ocf", home)[name]
    read = made.model_validate_json(json.dumps(value)).model_dump_json(exclude_none=True)
    assert plain(json.loads(read)) == plain(value)


def plain(value: Any) -> Any:
    """Return a value with moments and empty fields told one way."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if one not in (None, [])}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def test_what_the_format_refuses_is_seen(tmp_path: Path, home: Home) -> None:
    """The restated schema can fail: a number that is no text, a field too many or too few."""
    package = written(tmp_path / "ocf", home)
    for change in ({"quantity": 5}, {"votes": "1"}, {"share_price": {"amount": "1e5"}}):
        spoilt = json.loads(json.dumps(package["Transactions"]))
        spoilt["items"][0] |= change
        assert wrong(PACKAGE["Transactions"], spoilt)
    del package["Manifest"]["issuer"]["formation_date"]
    assert wrong(PACKAGE["Manifest"], package["Manifest"])


def test_the_manifest_lists_every_file_with_its_hash(tmp_path: Path, home: Home) -> None:
    package = written(tmp_path / "ocf", home)
    listed = [
        one for key, files in package["Manifest"].items() if key.endswith("_files") for one in files
    ]
    assert len(listed) == 4
    for one in listed:
        content = (tmp_path / "ocf" / one["filepath"]).read_bytes()
        assert hashlib.md5(content).hexdigest() == one["md5"]
    assert package["Manifest"]["generated_at"] == "2026-11-20T09:30:00Z"


def test_the_package_holds_the_cap_table(tmp_path: Path, home: Home) -> None:
    package = written(tmp_path / "ocf", home)
    names = {one["id"]: one["name"]["legal_name"] for one in package["Stakeholders"]["items"]}
    held = {
        names[one["stakeholder_id"]]: one.get("quantity") or one["investment_amount"]["amount"]
        for one in package["Transactions"]["items"]
    }
    assert held == {"Ada": "5000000", "Bo": "4000000", "angel": "200000", "aunt": "20000.5"}
    assert package["StockPlans"]["items"][0]["initial_shares_reserved"] == "1000000"
    aunt = package["Transactions"]["items"][-1]
    right = aunt["conversion_triggers"][0]["conversion_right"]
    assert right["conversion_mechanism"]["conversion_discount"] == "0.2"
    assert len({one["id"] for items in package.values() for one in items.get("items", [])}) == 10


def test_the_same_table_has_the_same_identifiers(tmp_path: Path, home: Home) -> None:
    one, two = written(tmp_path / "one", home), written(tmp_path / "two", home)
    assert one == two


@pytest.mark.parametrize(("name", "country"), [("", "GB"), ("Brands", "Britain"), ("Brands", "gb")])
def test_an_issuer_that_is_none_is_refused(name: str, country: str) -> None:
    with pytest.raises(VentureWrong, match="country such as US"):
        Company(name, date(2026, 3, 2), country)
