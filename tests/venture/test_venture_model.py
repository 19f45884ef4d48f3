"""The monthly model against closed forms and numbers made by hand."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from example import EXAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import MeasurementMissing, VentureWrong
from seedbed.venture import demand, diffusion
from seedbed.venture.draws import draw
from seedbed.venture.file import parse
from seedbed.venture.model import Decision, Outcome
from seedbed.venture.plan import Plan

SURE = """
name: sure
currency: USD
months: 12
capital: 10000
discount: 0.21
draws: 100
unit: {hour: 3.6, answers_per_second: 10, utilisation: 0.5, other_cost: 0.001}
customers: {now: 10, answers: 1000, churn: 0.1, growth: 0.05, acquisition_cost: 20, support_cost: 2}
price: {now: 0.01, elasticity: 2}
"""
"""A venture whose every number is known: an answer costs 3.6 / (10 · 3600 · 0.5) = 0.0002 to
compute, 0.0012 in all."""


def plan(text: str, more: str = "") -> Plan:
    return Plan.of(parse(text + more))


def run(text: str = SURE, more: str = "", decision: Decision | None = None) -> Outcome:
    made = plan(text, more)
    return made.model.run(made.draws, decision or Decision())


def test_a_month_by_hand() -> None:
    got = run()
    month = {name: getattr(got, name)[0, 1] for name in Outcome.__slots__ if name != "worth"}
    assert month["customers"] == pytest.approx(10.5)  # 10 · (1 − 0.1) + 10 · (0.05 + 0.1)
    assert month["new"] == pytest.approx(10.5 * 0.15)
    assert month["answers"] == pytest.approx(10_500)
    assert month["income"] == pytest.approx(105)
    assert month["received"] == pytest.approx(105)
    assert month["serving"] == pytest.approx(10_500 * 0.0012 + 10.5 * 2)
    assert month["acquiring"] == pytest.approx(10.5 * 0.15 * 20)
    net = 105 - 12.6 - 21 - 31.5
    assert month["net"] == pytest.approx(net)
    assert month["cash"] == pytest.approx(10_000 + net * (1 + 1 / 1.05))
    assert got.customers.shape == got.cash.shape == (100, 12)
    assert got.worth.shape == (100,)


def test_worth_is_the_discounted_sum_at_each_months_end() -> None:
    got = run()
    months = np.arange(1, 13)
    assert got.worth == pytest.approx((got.net * 1.21 ** (-months / 12)).sum(axis=1))


def test_t27_breaks_even_where_the_growth_says() -> None:
    # verification.md, T27: income 10,000 growing 10 % a month, costs 50,000.
    text = """
name: t27
currency: USD
months: 24
capital: 1000000
draws: 100
unit: {hour: 0, answers_per_second: 1, utilisation: 1}
customers: {now: 1, answers: 10000, growth: 0.1, churn: 0}
price: {now: 1}
costs: [{name: all, monthly: 50000}]
"""
    got = run(text)
    assert got.cash.min() - 1_000_000 == pytest.approx(-444_552.97, abs=0.005)
    assert int(np.argmin(got.cash[0])) + 1 == 17  # the last month before 16.886 whole months passed
    assert np.log(5) / np.log(1.1) == pytest.approx(16.886, abs=5e-4)


def test_t33_customers_follow_basss_curve() -> None:
    # verification.md, T33: room air conditioners; the peak is at 8.61 years, 1.86 M a year.
    text = """
name: t33
currency: USD
months: 120
capital: 1
draws: 100
unit: {hour: 0, answers_per_second: 1, utilisation: 1}
market: {population: 16900000, share: 1, innovation: 0.000866666666667, imitation: 0.0348833333333}
customers: {now: 0, answers: 0, churn: 0}
price: {now: 1}
"""
    got = run(text)
    p, q, years = 0.0104, 0.4186, np.arange(120) / 12
    fall = np.exp(-(p + q) * years)
    bass = 16.9e6 * (1 - fall) / (1 + q / p * fall)
    assert got.customers[0] == pytest.approx(bass, rel=1e-6)
    peak = int(np.argmax(got.new[0]))
    assert (peak + 0.5) / 12 == pytest.approx(8.61, abs=1 / 24)
    assert got.new[0, peak] * 12 == pytest.approx(1.86e6, rel=3e-3)


@settings(deadline=None)
@given(
    st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 0.5), st.floats(0.1, 30), st.floats(0.1, 30)
)
def test_diffusion_in_two_steps_is_diffusion_in_one(
    start: float, p: float, q: float, first: float, second: float
) -> None:
    f = np.array([start])
    once = diffusion.step(f, p, q, first + second)
    twice = diffusion.step(diffusion.step(f, p, q, first), p, q, second)
    assert twice == pytest.approx(once, abs=1e-9)
    assert start - 1e-12 <= once[0] <= 1


def test_nobody_comes_where_nobody_begins() -> None:
    assert diffusion.step(np.array([0.0, 0.3]), 0.0, 0.0) == pytest.approx([0, 0.3])
    assert diffusion.step(np.array([0.0]), 0.0, 0.4) == pytest.approx([0.0])


def test_money_comes_as_late_as_it_is_paid() -> None:
    late = SURE.replace("support_cost: 2}", "support_cost: 2, pays_after: 3}")
    got, now = run(late), run()
    assert (got.received[:, :3] == 100).all()  # what was sold before, as today
    assert got.received[:, 3:] == pytest.approx(now.income[:, :-3])
    assert got.income == pytest.approx(now.income)


@pytest.mark.parametrize(
    ("kind", "ratio"),
    [("isoelastic", 0.25), ("linear", 0.0), ("inverse", 0.5), ("logit", np.exp(-2.0))],
)
def test_a_doubled_price_sells_what_the_curve_says(kind: str, ratio: float) -> None:
    text = SURE.replace("elasticity: 2", f"elasticity: 2, demand: {kind}")
    got, now = run(text, decision=Decision(price=0.02)), run(text)
    assert got.answers == pytest.approx(now.answers * ratio)
    assert got.income == pytest.approx(now.income * ratio * 2)


@settings(deadline=None)
@given(st.floats(0.1, 5), st.floats(0, 0.9), st.sampled_from(["isoelastic", "linear", "logit"]))
def test_elasticity_is_what_it_is_called_at_todays_price(e: float, s: float, kind: str) -> None:
    h = 1e-6
    up, down = (demand.ratio(kind, 1 + x, e, s) for x in (h, -h))  # type: ignore[arg-type]
    assert float((up - down) / (2 * h)) == pytest.approx(-e, rel=1e-4)
    assert float(demand.ratio(kind, 1.0, e, s)) == pytest.approx(1)  # type: ignore[arg-type]


def test_a_market_that_all_have_joined_takes_no_higher_price() -> None:
    found = demand.ratio("logit", np.array([0.9, 1.0, 1.1]), 1.8, 1.0)
    np.testing.assert_allclose(found, [1, 1, 0], atol=1e-6)


USES = """
spending:
  log: {monthly: 1000, gives: {curve: log, a: 500, b: 200}}
  late: {monthly: 100, gives: {curve: power, a: 4, r: 0.5}, carry: 0.5, lag: 2}
  full: {monthly: 10, gives: {curve: saturating, a: 90, k: 0.05}}
  hill: {monthly: 50, gives: {curve: hill, a: 80, half: 50, slope: 2}}
  none: {monthly: 7}
"""


def test_uses_give_what_their_curves_say() -> None:
    got = run(more=USES)
    each = 500 * np.log(6) + 4 * 10 + 90 * (1 - np.exp(-0.5)) + 40
    assert got.gains == pytest.approx(np.full((100, 12), each))
    assert (got.spending == 1167).all()


def test_a_logistic_use_gives_what_its_curve_says() -> None:
    gives = "gives: {curve: logistic, a: 90, k: 0.05"
    got = run(more=f"spending: {{x: {{monthly: 40, {gives}, middle: 30}}}}}}\n")
    s = [1 / (1 + np.exp(-0.05 * (x - 30))) for x in (0, 40)]
    assert got.gains == pytest.approx(np.full((100, 12), 90 * (s[1] - s[0]) / (1 - s[0])))
    got = run(more=f"spending: {{x: {{monthly: 40, {gives}}}}}}}\n")
    assert got.gains == pytest.approx(np.full((100, 12), 90 * np.tanh(1)))


def test_a_change_of_spending_works_late_and_bit_by_bit() -> None:
    spend = {"late": np.full(12, 400.0)}
    got, now = run(more=USES, decision=Decision(spend=spend)), run(more=USES)
    stock = 400 - 300 * 0.5 ** np.arange(1, 11)
    wanted = np.concatenate([[40, 40], 4 * np.sqrt(stock)]) - 40
    assert got.gains - now.gains == pytest.approx(np.tile(wanted, (100, 1)))
    assert (got.spending - now.spending == 300).all()


def test_spending_may_differ_between_draws() -> None:
    each = np.tile(np.linspace(0, 990, 100)[:, None], 12)
    got = run(more=USES, decision=Decision(spend={"log": each}))
    assert got.spending[:, 0] == pytest.approx(each[:, 0] + 167)
    assert (np.diff(got.gains[:, 0]) > 0).all()
    with pytest.raises(VentureWrong, match="'late'"):
        run(more=USES, decision=Decision(spend={"latte": np.zeros(12)}))


def test_costs_begin_end_and_grow() -> None:
    more = "costs: [{name: a, monthly: 100, from: 3, to: 5, growth: 0.5}, {name: b, monthly: 1}]\n"
    fixed = run(more=more).fixed[0]
    assert fixed == pytest.approx([1, 1, 101, 151, 226, *[1] * 7])


def test_lumps_come_as_often_as_they_say_and_the_same_for_every_decision() -> None:
    more = "income: [{name: setup, monthly: 50, chance: 0.3}]\ndiscount: 0\n"
    text = SURE.replace("discount: 0.21\n", "").replace("draws: 100", "draws: 10000")
    made = plan(text, more)
    got = made.model.run(made.draws)
    lumps = got.income - got.answers * 0.01
    assert set(np.unique(lumps.round(6))) == {0.0, 50.0}
    assert (lumps > 1).mean() == pytest.approx(0.3, abs=0.01)
    other = made.model.run(made.draws, Decision(price=0.02))
    np.testing.assert_allclose(other.income - other.answers * 0.02, lumps, atol=1e-9)
    part = made.model.run(made.draws.taken(slice(50, 60)))
    np.testing.assert_allclose(part.worth, got.worth[50:60])


def test_flows_and_changes_are_added_and_multiplied() -> None:
    flow = np.zeros(12)
    flow[4] = 500.0
    now = run()
    got = run(decision=Decision(flows=flow, changes={"unit.other_cost": 2.0}))
    assert got.flows[0] == pytest.approx(flow)
    assert got.serving - now.serving == pytest.approx(now.answers * 0.001)
    assert got.net - now.net == pytest.approx(flow - now.answers * 0.001)


def test_wrong_answers_cost_what_they_cost() -> None:
    wrong = SURE.replace("other_cost: 0.001}", "other_cost: 0.001, error_rate: 0.1}")
    got = run(wrong, "value: {error_cost: 0.5}\n")
    assert got.serving - run().serving == pytest.approx(got.answers * 0.05)


def test_the_model_names_what_it_lacks() -> None:
    with pytest.raises(MeasurementMissing) as missing:
        run(SURE.replace("utilisation: 0.5", "tokens_per_answer: 3"))
    assert "unit.utilisation" in missing.value.expected


def test_a_price_cannot_matter_where_nothing_is_sold_at_another() -> None:
    made = plan(EXAMPLE)
    price = made.value("price.now")
    same = made.model.run(made.draws, Decision(price=price))
    np.testing.assert_allclose(same.worth, made.model.run(made.draws).worth)


def test_a_hundred_thousand_draws_of_two_years_take_well_under_a_second() -> None:
    made = plan(EXAMPLE)
    many = draw(made.register, 100_000)
    made.model.run(many)  # the draws themselves are made once
    began = time.process_time()
    made.model.run(many)
    assert time.process_time() - began < 2.0


def test_the_blueprint_runs(tmp_path: Path) -> None:
    from seedbed.cli import main

    with pytest.raises(SystemExit) as done:
        main(["new", str(tmp_path / "mine"), "--blueprint", "venture"])
    assert not done.value.code
    made = Plan.read(tmp_path / "mine")
    got = made.model.run(made.draws)
    assert np.isfinite(got.worth).all()
    assert 0.01 < (got.cash.min(axis=1) < 0).mean() < 0.5  # worth planning, and not hopeless
    assert not [
        path for path in made.register.open if path.startswith("spending.") and "gives.a" in path
    ]
