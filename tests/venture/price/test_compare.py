"""Plans on the same usage: the ledger's own bills, who wins and loses, and what is not billed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.ledger import plan_file, trial
from seedbed.ledger.lines import Counted, build, totals
from seedbed.ledger.money import NANOS, to_nanos
from seedbed.ledger.plan import Plan
from seedbed.ledger.pricing import cost
from seedbed.venture.price import offers
from seedbed.venture.price.compare import Month, bill, change, offer, thinned


def month(answers: int, release: str = "bank", tokens: int = 0, compute_us: int = 0) -> Month:
    return Month({release: answers}, {release: tokens}, {release: compute_us})


def example(name: str) -> Plan:
    return plan_file.parse(plan_file.example(name))


def plan(**told: object) -> Plan:
    charge = {"tiers": [{"price": "1"}]} | told.pop("charge", {})  # type: ignore[operator]
    return plan_file.read({"name": "p", "currency": "USD", "charges": [charge]} | told)


@pytest.mark.parametrize(
    ("name", "used", "owed"),
    [
        ("graduated", month(250_000), "248"),
        ("starter", month(33_333), "49"),  # 29 and 13,333 at 1.50: 19.9995, on an invoice 20.00
        ("volume", month(100_001), "100"),
        ("pay-per-use", month(10, tokens=1_234_567), "24.69"),
        ("compute", month(10, compute_us=4_200_000_000), "0.9"),
        ("commitment", month(1_000), "500"),  # a twelfth of the year's minimum
    ],
)
def test_bills_are_those_of_the_ledger(name: str, used: Month, owed: str) -> None:
    nanos, refused, priced = bill(example(name), used)
    assert (nanos, refused, priced) == (to_nanos(owed), 0, True)


@pytest.mark.parametrize("name", ["graduated", "starter", "volume"])
def test_a_bill_is_an_invoice_of_the_year_that_the_ledger_tries(name: str) -> None:
    invoices = trial.year(example(name), 123_457)
    assert bill(example(name), month(123_457))[0] == invoices[3].subtotal


EXAMPLES = sorted(set(plan_file.examples()) - {"free", "commitment"})


@given(st.sampled_from(EXAMPLES), st.integers(0, 10**6), st.sampled_from(["0", "700"]))
def test_a_bill_is_what_the_lines_of_an_invoice_come_to(
    name: str, answers: int, minimum: str
) -> None:
    told = example(name).model_dump(mode="json")
    if told["payment"] == "postpaid":
        told["minimum"] = minimum
    made = plan_file.read(told)
    used = month(answers, tokens=answers * 31, compute_us=answers * 997)
    index, charge = made.charge_for("bank") or (0, made.charges[0])
    units = charge.units(rows=answers, tokens=answers * 31, compute_us=answers * 997)
    if made.quota_units is not None:
        units = min(units, made.quota_units)
    lines = build(made, [Counted(index, "bank", 1, units, cost(charge, units))])
    owed = totals((line.amount for line in lines), made.tax, made.currency).subtotal
    assert bill(made, used)[0] == owed


def test_of_very_many_months_some_are_billed_evenly() -> None:
    usage = [month(n) for n in np.random.default_rng(0).permutation(10_000).tolist()]
    kept = [one.total for one in thinned(usage, 100)]
    assert kept == list(range(50, 10_000, 100))
    assert thinned(usage[:100], 100) == usage[:100]


def test_tax_in_the_price_is_not_ours() -> None:
    taxed = plan(tax={"percent": "25", "included": True})
    assert bill(taxed, month(100))[0] == 80 * NANOS


def test_what_a_quota_refuses_is_not_billed_and_counted() -> None:
    found = offer(example("free"), [month(5_000), month(700)])
    assert found.refused == 4_000
    assert found.mean == 0


def test_calls_without_a_price_are_counted() -> None:
    found = offer(plan(charge={"release": "other-*"}), [month(5)])
    assert (found.unpriced, found.mean) == (1, 0)


def test_days_and_years_come_to_a_month() -> None:
    daily, yearly = plan(period="day", fee="1"), plan(period="year", fee="12")
    assert bill(daily, month(300))[0] == 330 * NANOS
    assert bill(yearly, month(300))[0] == 301 * NANOS


def test_who_wins_and_loses_and_what_is_at_risk() -> None:
    usage = [month(n) for n in (10, 20, 30, 40)]
    flat, fee = offer(plan(), usage), offer(plan(fee="25", charge={"included": 25}), usage)
    told = change(flat, fee, usage)
    assert list(fee.bills) == [25, 25, 30, 40]
    assert (told.winners, told.losers) == (0, 0.5)
    assert told.at_risk == pytest.approx(50 / 120)
    assert told.at[0] == (5, 10, 10.0, 25.0)
    assert told.at[-1] == (99, 40, 40.0, 40.0)
    assert told.low <= told.mean <= told.high


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=12), st.randoms())
def test_the_order_of_customers_changes_nothing(answers: list[int], luck: object) -> None:
    def told(of: Sequence[int]) -> object:
        usage = [month(n) for n in of]
        before, after = (offer(example(name), usage) for name in ("starter", "graduated"))
        found = change(before, after, usage)
        return round(found.mean, 9), round(found.spread, 6), found.winners, found.at, found.low

    shuffled = list(answers)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(answers) == told(shuffled)


@given(
    st.lists(st.integers(1, 10**6), min_size=3, max_size=20),
    st.sampled_from([0.0004, 0.0011, 0.05]),
)
def test_plans_that_are_made_bring_in_the_same(answers: list[int], price: float) -> None:
    usage = [month(n) for n in answers]
    even, *others = offers.made(price, "USD", usage)
    assert even.mean == pytest.approx(price * np.mean(answers), rel=1e-3, abs=0.01)
    for one in others:
        assert one.mean == pytest.approx(even.mean, rel=2e-3, abs=0.02)


def test_customers_pay_more_evenly_by_subscription() -> None:
    usage = [month(n) for n in np.random.default_rng(0).lognormal(10, 1, 200).astype(int).tolist()]
    even, fee, tiers = offers.made(0.001, "USD", usage)
    assert fee.bills.std() < even.bills.std()
    assert tiers.bills.std() < even.bills.std()


def test_graduated_tiers_are_the_ledgers_own() -> None:
    tiers = [{"up_to": 100, "price": "1.00"}, {"up_to": 200, "price": "0.50"}, {"price": "0.10"}]
    made = plan(charge={"tiers": tiers})
    assert cost(made.charges[0], 250) == bill(made, month(250))[0] == 155 * NANOS
