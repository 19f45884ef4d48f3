"""A year of a plan, tried in a second."""

from __future__ import annotations

import time

import pytest
from books import amounts

from seedbed.ledger.money import to_nanos
from seedbed.ledger.plan_file import example, parse
from seedbed.ledger.pricing import cost
from seedbed.ledger.trial import year

EXPECTED = {
    # plan, units a month: invoices, what the first and all ask for
    ("starter", 33_333): (12, "58.80", "705.60"),
    ("free", 5000): (12, "0", "0"),
    ("pay-per-use", 1_234_567): (12, "29.63", "355.56"),
    ("graduated", 250_000): (12, "295.12", "3541.44"),
    ("volume", 100_001): (12, "100", "1200"),
    ("prepaid", 12_345): (12, "98.76", "1185.12"),
    ("compute", 7200): (12, "1.65", "19.80"),
    ("commitment", 400_000): (1, "6000", "6000"),
    ("commitment", 1_000_000): (1, "9400", "9400"),  # 5,000 x 0.90 + 7,000 x 0.70
}


@pytest.mark.parametrize(("name", "monthly"), EXPECTED)
def test_a_year_of_every_example(name: str, monthly: int) -> None:
    count, first, whole = EXPECTED[name, monthly]
    made = year(parse(example(name)), monthly)
    assert len(made) == count
    assert made[0].total == to_nanos(first)
    assert sum(invoice.total for invoice in made) == to_nanos(whole)
    assert [invoice.number for invoice in made] == list(range(1, count + 1))


def test_a_quota_holds_in_a_trial() -> None:
    first, *_ = year(parse(example("free")), 5000)
    (line,) = first.body["lines"]
    assert int(line["units"]) == 892  # what fits into 1,000 of calls of 178 and 179
    assert first.body["calls"]["refused"] == 23


def test_a_trial_takes_the_release_it_is_told() -> None:
    plan = parse(example("commitment"))
    (made,) = year(plan, 1_000_000, release="vision-1")
    assert amounts(made.body) == [("usage", "30000.00")]
    assert cost(plan.charges[0], 12_000_000) == to_nanos("30000")


def test_a_year_takes_a_second() -> None:
    began = time.process_time()
    year(parse(example("starter")), 20_000)
    assert time.process_time() - began < 2
