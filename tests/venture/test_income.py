"""Income by the ledger: what was earned in a month, net of tax, whenever it is paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from till import FLAT, Till

from seedbed.ledger.money import NANOS, to_decimal
from seedbed.ledger.periods import micros
from seedbed.venture import ledger_facts
from seedbed.venture.check import section
from seedbed.venture.counted import Counted
from seedbed.venture.file import parse
from seedbed.venture.income import by_month
from seedbed.venture.plan import Plan
from seedbed.venture.score.truth import from_ledger
from seedbed.venture.unit import books

VAT = {"name": "VAT", "percent": "20"}
BY_FEE = {**FLAT, "name": "by-fee", "fee": "31.00", "tax": VAT}
PREPAID = {**FLAT, "name": "prepaid", "payment": "prepaid", "tax": {**VAT, "included": True}}
COMMITTED = {**FLAT, "name": "committed", "minimum": "10.00"}


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Till(tmp_path / "home", "2026-01-01") as opened:
        yield opened


def months(till: Till, many: int, currency: str = "USD") -> list[Decimal]:
    """Return the income of the first months of 2026."""
    starts = [micros(datetime(2026, one, 1, tzinfo=UTC)) for one in range(1, many + 2)]
    database = till.ledger.database
    bounds = list(pairwise(starts))
    return by_month(database, Counted.of(database), currency, bounds)


def test_a_fee_is_income_and_the_tax_on_top_is_not(till: Till) -> None:
    till.answer(till.customer(BY_FEE), 10_000)
    till.to("2026-03-05")
    assert months(till, 2) == [Decimal("39"), Decimal("31")]


def test_a_fee_is_earned_evenly_over_its_period(till: Till) -> None:
    till.to("2026-01-17")
    key = till.customer(BY_FEE)  # 31 days until 17 February: 15 of them in January
    till.to("2026-02-17")
    till.leave(key)
    till.to("2026-04-01")
    assert months(till, 3) == [Decimal("15"), Decimal("16"), Decimal("0")]


def test_a_year_that_is_paid_is_earned_by_the_day(till: Till) -> None:
    till.customer({**BY_FEE, "name": "yearly", "period": "year", "fee": "365.00"})
    till.to("2026-03-05")
    assert months(till, 2) == [Decimal("31"), Decimal("28")]


def test_credit_is_earned_as_it_is_used_without_the_tax_in_it(till: Till) -> None:
    key = till.customer(PREPAID)
    till.ledger.credits.top_up(str(key.customer_id), 100 * NANOS)
    till.answer(key, 15_000)  # 12 dollars, of which 2 are tax
    till.to("2026-02-10")
    till.answer(key, 7_500)
    till.to("2026-03-05")
    assert months(till, 2) == [Decimal("10"), Decimal("5")]


def test_a_commitment_is_earned_when_its_period_ends(till: Till) -> None:
    key = till.customer(COMMITTED)
    till.answer(key, 5_000)  # 4 of the 10 dollars
    till.to("2026-02-10")
    till.answer(key, 20_000)  # 16: nothing to top up
    till.to("2026-03-05")
    assert months(till, 2) == [Decimal("10"), Decimal("16")]


def test_a_credit_note_takes_income_back_in_its_own_month(till: Till) -> None:
    till.answer(till.customer(BY_FEE), 10_000)
    till.to("2026-02-02")
    (invoice,) = till.ledger.invoices.close_due()
    till.ledger.credit_notes.issue(invoice.id, reason="An outage")
    till.to("2026-03-05")
    assert months(till, 2) == [Decimal("39"), Decimal("31") - Decimal("39")]


def test_another_currency_is_left_out(till: Till) -> None:
    till.answer(till.customer(BY_FEE), 10_000)
    till.customer({**BY_FEE, "name": "euros", "currency": "EUR", "fee": "62.00"})
    till.to("2026-02-05")
    assert months(till, 1) == [Decimal("39")]
    assert months(till, 1, "EUR") == [Decimal("62")]


@pytest.mark.parametrize("told", [BY_FEE, PREPAID, COMMITTED, {**COMMITTED, "tax": VAT}])
def test_the_months_of_an_agreement_add_up_to_its_invoices(
    till: Till, told: Mapping[str, Any]
) -> None:
    till.to("2026-01-17")
    key = till.customer(told)
    till.ledger.credits.top_up(str(key.customer_id), 100 * NANOS)
    for day, rows in (("2026-01-20", 1_250), ("2026-02-20", 8_750), ("2026-04-02", 22_500)):
        till.to(day)
        till.answer(key, rows)
    till.to("2026-04-25")
    till.leave(key)
    till.to("2026-06-05")
    invoices = till.ledger.invoices.close_due()
    assert len(invoices) >= 3
    asked = sum(to_decimal(one.subtotal) for one in invoices)
    assert sum(months(till, 5)) == pytest.approx(asked, abs=Decimal("0.02"))  # cents are rounded


FILE = """
name: counted
currency: USD
capital: 1000
customers: {now: 2, answers: 100}
"""


def test_the_register_and_the_truth_say_the_same(till: Till) -> None:
    key = till.customer(PREPAID)
    till.ledger.credits.top_up(str(key.customer_id), 100 * NANOS)
    till.answer(key, 15_000)
    till.answer(till.customer(BY_FEE), 10_000)
    till.to("2026-02-05")
    made = Plan.of(parse(FILE), home=till.home, today=date(2026, 2, 5))
    (month,) = made.measured.months
    assert month.income == 49
    table = next(one for one in section(made).tables if one.key == "months")
    assert (table.columns[-1].en, table.rows[0][-1].value) == ("income, net of tax", 49)
    truth = from_ledger(made)
    assert truth is not None
    assert truth.values["income"] == (49.0,)


def test_a_month_with_nothing_but_a_fee_is_a_month(till: Till) -> None:
    till.to("2026-01-17")
    till.customer(BY_FEE)
    till.to("2026-02-05")
    found = ledger_facts.history(till.ledger.database, "USD", date(2026, 2, 5))
    assert [(one.month, one.customers, one.begun, one.income) for one in found] == [
        ("2026-01", 0, 0, Decimal("15"))
    ]


def test_what_a_day_of_calls_brings_is_net_of_tax(till: Till) -> None:
    key = till.customer(PREPAID)
    till.ledger.credits.top_up(str(key.customer_id), 100 * NANOS)
    for day in ("2026-01-05", "2026-01-09"):
        till.to(day)
        till.answer(key, 15_000)
    bought = books.purchases(till.ledger.database, date(2026, 2, 1))
    assert list(bought.spend) == [10.0]
