"""Dilution of a venture file, stage by stage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from example import EXAMPLE

from seedbed.errors import AssumptionWrong, MeasurementMissing, VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.document.draw import draw
from seedbed.venture.funding.dilution import founders_drawn, founders_share, stages
from seedbed.venture.funding.section import section
from seedbed.venture.plan import Plan


def plan(home: Home, *changes: tuple[str, str]) -> Plan:
    text = EXAMPLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Plan.of(file.parse(text), home=home, today=date(2026, 11, 20))


def test_stages_of_the_example(home: Home) -> None:
    """10 M shares, a SAFE of 5 %, then a seed round of 1.095 M on 6 M."""
    found = stages(plan(home))
    assert [one.key for one in found] == ["today", "safes", "seed"]
    assert float(founders_share(plan(home), found[0])) == 0.9
    assert float(found[1].table.share("angel")) == pytest.approx(0.05, abs=1e-6)
    amount = 1_095_445  # the geometric mean of 0.8 and 1.5 M
    assert float(found[2].table.share("seed investors")) == pytest.approx(
        amount / (6_000_000 + amount), abs=1e-6
    )


def test_rounds_follow_each_other_by_month(home: Home) -> None:
    two = "rounds:\n  - {name: A, month: 20, amount: 3000000, chance: 0.2, pre_money: 12000000,"
    two += " pool: 0.1}\n  - {name: bridge, month: 3, amount: 100000, chance: 0.9,"
    two += " kind: discount, discount: 0.2}\n"
    both = plan(home, ("rounds:\n", two))
    found = stages(both)
    assert [one.key for one in found] == ["today", "safes", "bridge", "seed", "A"]
    assert [safe.name for safe in found[2].table.safes] == ["angel", "bridge investors"]
    assert found[3].table.safes == ()
    assert float(found[4].table.pool / found[4].table.total) == pytest.approx(0.1, abs=1e-6)
    parts = [float(founders_share(both, one)) for one in (found[0], found[3], found[4])]
    assert parts == sorted(parts, reverse=True)


def test_the_range_of_the_founders_part_holds_its_middle(home: Home) -> None:
    drawn, refused = founders_drawn(plan(home))
    assert refused == 0
    assert drawn.min() < float(founders_share(plan(home), stages(plan(home))[-1])) < drawn.max()


def test_draws_that_make_no_sense_are_counted(home: Home) -> None:
    wide = ("kind: priced, pre_money: 6000000", "kind: post-money, cap: 1000000..4000000")
    said = section(plan(home, wide))
    assert "funding.refused" in [one.key for one in said.cautions]
    assert "funding.unconverted" in [one.key for one in said.cautions]


def test_the_section_in_both_languages(home: Home) -> None:
    said = section(plan(home))
    for language in ("en", "zh"):
        told = said.as_dict(language)
        assert "72." in told["answer"]
        (table,) = (one for one in told["tables"] if one["key"] == "funding.dilution")
        assert table["rows"][-1][1] == told["data"]["stages"][-1]["total"]
        assert draw(said.charts[0], language).wide.startswith("<svg")
    parts = said.data["stages"][-1]["parts"]
    assert sum(parts.values()) == pytest.approx(Decimal(1), abs=Decimal("0.000005"))


def test_priors_have_date_and_source_and_say_when_they_are_old(home: Home) -> None:
    said = section(plan(home))
    (priors,) = (one for one in said.tables if one.key == "funding.priors")
    seed = priors.rows[0]
    assert (seed[0], seed[1].value, seed[5]) == ("seed", 0.564, "2025-02-01")
    assert "Carta" in seed[6]
    assert "funding.stale" in [one.key for one in said.cautions]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("holders: {Ada: 5000000, Bo: 4000000}", "holders: {}"), VentureWrong),
        (("cap: 4000000", "cap: 150000"), VentureWrong),
        (("cap: 4000000", "cap: -1"), VentureWrong),
        (("pre_money: 6000000", "pre_money: -1"), AssumptionWrong),
        ((", pre_money: 6000000", ""), MeasurementMissing),
        (("kind: priced, pre_money: 6000000", "kind: post-money"), MeasurementMissing),
    ],
)
def test_what_cannot_be_is_refused(
    home: Home, change: tuple[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        section(plan(home, change))
    assert caught.value.do  # type: ignore[attr-defined]
