"""What no plan may depend on: the unit of money, the order of things, who else is drawn."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from example import EXAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.file import parse
from seedbed.venture.model import Decision, Outcome
from seedbed.venture.plan import Plan

MONEY = ("income", "gains", "serving", "acquiring", "spending", "fixed", "net", "cash", "worth")

TEXT = """
name: scaled
currency: USD
months: 18
capital: {capital}
discount: 0.1..0.2
draws: 200
unit: {{hour: {hour}, answers_per_second: 100..300, utilisation: 0.1..0.4, other_cost: {other}}}
market: {{population: 900..2000, share: 0.02..0.2, innovation: 0.01, imitation: 0.05}}
customers: {{now: 3, answers: 1000..3000, churn: 0.01..0.1, acquisition_cost: {win}}}
price: {{now: {price}, elasticity: 1.2..2}}
spending:
  one: {{monthly: {spend}, gives: {{curve: log, a: {a}, b: {b}}}, carry: 0.2..0.6, lag: 1}}
costs: [{{name: rent, monthly: {rent}, growth: 0.01}}]
income: [{{name: setup, monthly: {setup}, chance: 0.4}}]
value: {{error_cost: {price}}}
"""
SIZES = {"capital": 1000, "hour": 0.5, "other": 0.001, "win": 30, "price": 0.02, "spend": 100}
SIZES |= {"a": 80, "b": 90, "rent": 20, "setup": 10}


def run(text: str, decision: Decision | None = None) -> Outcome:
    made = Plan.of(parse(text))
    return made.model.run(made.draws, decision or Decision())


@settings(max_examples=20)
@given(st.sampled_from([0.01, 0.5, 7.0, 100.0, 1000.0]))
def test_the_unit_of_money_does_not_matter(factor: float) -> None:
    scaled = {key: value * factor for key, value in SIZES.items()}
    now = run(TEXT.format(**SIZES), Decision(price=0.03))
    other = run(TEXT.format(**scaled), Decision(price=0.03 * factor))
    np.testing.assert_allclose(other.customers, now.customers)
    for name in MONEY:
        wanted = getattr(now, name) * factor
        np.testing.assert_allclose(getattr(other, name), wanted, rtol=1e-9, atol=1e-6 * factor)


def test_the_order_of_uses_costs_and_incomes_does_not_matter() -> None:
    raw = yaml.safe_load(EXAMPLE)
    raw["costs"].append({"name": "insurance", "monthly": "10..90"})
    raw["income"].append({"name": "grants", "monthly": 500, "chance": 0.1})
    turned = dict(raw, spending=dict(reversed(raw["spending"].items())))
    turned |= {key: list(reversed(raw[key])) for key in ("costs", "income")}
    first, other = (run(yaml.safe_dump(one, sort_keys=False)) for one in (raw, turned))
    np.testing.assert_allclose(first.cash, other.cash)


@settings(max_examples=25)
@given(
    st.sampled_from(["unit.hour", "customers.churn", "customers.acquisition_cost"]),
    st.floats(1.0, 1.5),
)
def test_what_is_bad_never_does_good(path: str, factor: float) -> None:
    made = Plan.of(parse(TEXT.format(**SIZES | {"win": 0})))
    if path == "customers.acquisition_cost":
        made = Plan.of(parse(TEXT.format(**SIZES)))
    draws = made.draws
    now, worse = made.model.run(draws), made.model.run(draws.scaled(path, factor))
    assert (worse.customers <= now.customers + 1e-9).all()
    assert (worse.worth <= now.worth + 1e-6).all()


def test_cash_is_capital_and_all_that_came_and_went() -> None:
    got = run(EXAMPLE)
    out = got.serving + got.acquiring + got.spending + got.fixed
    np.testing.assert_allclose(got.net, got.received + got.gains - out + got.flows)
    np.testing.assert_allclose(got.cash, 400_000 + got.net.cumsum(axis=1))


def test_customers_never_pass_the_market() -> None:
    made = Plan.of(parse(EXAMPLE))
    got = made.model.run(made.draws)
    market = made.draws["market.share"] * made.draws["market.population"]
    most = np.maximum(market, made.draws["customers.now"])
    assert (got.customers <= most[:, None] * (1 + 1e-9)).all()
    assert (got.customers >= 0).all()
    assert (got.new >= -1e-9).all()


def test_a_change_of_many_paths_is_all_of_them() -> None:
    made = Plan.of(parse(EXAMPLE))
    changes = {"unit.error_rate": 0.8, "customers.churn": 0.5}
    one = made.model.run(made.draws, Decision(changes=changes))
    draws = made.draws.scaled("unit.error_rate", 0.8).scaled("customers.churn", 0.5)
    assert one.worth == pytest.approx(made.model.run(draws).worth)
