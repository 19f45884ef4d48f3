"""Plans are read exactly, and what makes no sense is refused where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from plan_sample import plans

from seedbed.errors import PlanWrong
from seedbed.ledger import plan_file
from seedbed.ledger.plan import Plan
from seedbed.ledger.plan_file import read

SIMPLE: dict[str, Any] = {
    "name": "simple",
    "currency": "USD",
    "charges": [{"tiers": [{"price": "0.01"}]}],
}


def changed(**changes: Any) -> dict[str, Any]:
    return SIMPLE | changes


@given(plans())
def test_a_plan_survives_being_written_and_read(plan: Plan) -> None:
    assert plan_file.parse(plan_file.dump(plan)) == plan
    assert read(json.loads(json.dumps(plan.model_dump(mode="json")))) == plan


def test_numbers_without_quotes_are_taken_as_typed(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(
        "name: typed\ncurrency: USD\nfee: 29.10\ntax: {percent: 7.7}\n"
        "charges: [{tiers: [{price: 0.000000001}]}]\n"
        "limits: {rate: {calls_per_second: 0.5}}\n"
    )
    plan = read(path)
    assert plan.fee == 29_100_000_000
    assert plan.charges[0].tiers[0].price == 1
    assert plan.limits.rate is not None
    assert plan.limits.rate.micro_per_second == 500_000
    assert plan.tax is not None
    assert str(plan.tax.percent) == "7.7"


def test_a_plan_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(SIMPLE))
    assert read(path) == read(SIMPLE)


def test_an_unknown_key_names_the_nearest_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: a\ncurrency: USD\ncharges:\n  - tiers:\n      - {prise: 1}\n")
    with pytest.raises(PlanWrong) as caught:
        read(path)
    assert caught.value.where == f"{path}, line 5"
    path.write_text("name: a\ncurrency: USD\ncharges:\n  - tiers:\n      - {price: 1, upto: 4}\n")
    with pytest.raises(PlanWrong) as caught:
        read(path)
    assert caught.value.got == "'charges.0.tiers.0.upto'"
    assert caught.value.do == "Did you mean 'up_to'?"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (changed(fee=29.0), "floats round"),
        (changed(fee="-1"), "greater than or equal to 0"),
        (changed(fee="0.001"), "whole units"),
        (changed(currency="JPY", fee="0.5"), "whole units"),
        (changed(currency="UDS"), "ISO 4217"),
        (changed(period="week"), "'day', 'month' or 'year'"),
        (changed(charges=[]), "at least 1"),
        (changed(name="two words"), "only letters"),
        (changed(fee="50", minimum="50"), "a minimum above the fee"),
        (changed(charges=[{}]), "limits.quota"),
        (changed(charges=[{"included": 10}], limits={"quota": 11}), "limits.quota"),
        (changed(charges=[{"tiers": [{"up_to": 5, "price": "1"}]}]), "a last tier without up_to"),
        (changed(charges=[{"tiers": [{"price": "1"}, {"price": "1"}]}]), "up_to in every tier"),
        (
            changed(
                charges=[
                    {
                        "tiers": [
                            {"up_to": 5, "price": "1"},
                            {"up_to": 5, "price": "1"},
                            {"price": "1"},
                        ]
                    }
                ]
            ),
            "grows",
        ),
        (
            changed(charges=[*SIMPLE["charges"], {"release": "b", "tiers": [{"price": "1"}]}]),
            "'b' before '*'",
        ),
        (
            changed(
                charges=[
                    {"release": "a", "meter": "tokens", "tiers": [{"price": "1"}]},
                    {"tiers": [{"price": "1"}]},
                ],
                limits={"quota": 5},
            ),
            "one meter",
        ),
        (
            changed(payment="prepaid", charges=[{"mode": "volume", "tiers": [{"price": "1"}]}]),
            "graduated tiers",
        ),
        (changed(payment="prepaid", minimum="5"), "no minimum"),
        (changed(payment="prepaid", tax={"percent": 20}), "tax.included: true"),
        (changed(tax={"percent": 101}), "less than or equal to 100"),
        (changed(limits={"rate": {"calls_per_second": 0}}), "greater than 0"),
        (changed(limits={"rate": {"calls_per_second": "fast"}}), "a number"),
    ],
)
def test_what_makes_no_sense_is_refused(raw: dict[str, Any], expected: str) -> None:
    with pytest.raises(PlanWrong) as caught:
        read(raw)
    assert expected in caught.value.expected


@pytest.mark.parametrize("text", ["", "- a list", "a: [", "just words"])
def test_a_text_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanWrong):
        plan_file.parse(text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanWrong) as caught:
        read(tmp_path / "none.yaml")
    assert "no file" in caught.value.got
    with pytest.raises(PlanWrong) as caught:
        plan_file.example("startr")
    assert "starter" in caught.value.do


def test_the_first_charge_that_fits_counts() -> None:
    plan = plan_file.parse(plan_file.example("commitment"))
    assert plan.charge_for("vision-cats") == (0, plan.charges[0])
    assert plan.charge_for("bank-intents") == (1, plan.charges[1])
    only = read(changed(charges=[{"release": "bank-*", "tiers": [{"price": "1"}]}]))
    assert only.charge_for("vision") is None


def test_meters_count_what_they_say() -> None:
    plan = plan_file.parse(plan_file.example("compute"))
    charge = plan.charges[0]
    assert charge.units(rows=2, tokens=30, compute_us=4_000_000) == 4_000_000
    assert plan.quota_units == 360_000 * 1_000_000
    assert plan.limits.compute_us_per_row == 2_000_000
    counted = {meter: {"meter": meter} for meter in ("answers", "tokens")}
    for meter, units in (("answers", 2), ("tokens", 30)):
        made = read(changed(charges=[counted[meter] | {"tiers": [{"price": "1"}]}])).charges[0]
        assert made.units(rows=2, tokens=30, compute_us=4) == units


def test_examples_are_named_as_their_files() -> None:
    for name, text in plan_file.examples().items():
        assert yaml.safe_load(text)["name"] == name
        assert plan_file.parse(text).titles["zh"] != name
