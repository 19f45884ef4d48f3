"""Cash, ruin, rounds and actions on the real model."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from example import EXAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seedbed.errors import AssumptionWrong, MeasurementMissing, VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.model import Decision
from seedbed.venture.plan import Plan
from seedbed.venture.runway.actions import actions, effects, sooner
from seedbed.venture.runway.alive import alive, trough
from seedbed.venture.runway.paths import drawn, follow
from seedbed.venture.runway.rounds import Changes
from seedbed.venture.runway.ruin import ruin
from seedbed.venture.runway.section import section
from seedbed.venture.runway.study import Study, bands

BARE = """
name: bare
currency: USD
start: 2026-12
months: 24
capital: 500000
customers: {now: 10, answers: 1000, growth: 0.1}
price: {now: 1}
unit: {hour: 0, answers_per_second: 1, utilisation: 1}
costs: [{name: all, monthly: 50000}]
"""
"""T27: income of 10,000 that grows by a tenth a month, costs of 50,000."""


def plan(text: str = EXAMPLE, home: Home | None = None) -> Plan:
    return Plan.of(file.parse(text), home=home)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan(EXAMPLE, Home(tmp_path_factory.mktemp("home")))


def test_the_model_breaks_even_where_the_formula_does(home: Home) -> None:
    """T27 through the venture file, the model and the Monte Carlo."""
    bare = plan(BARE, home)
    paths = follow(bare, drawn(bare, 100))
    found, lowest = alive(bare, paths), trough(bare, paths)
    assert found.month == pytest.approx(16.886, abs=5e-4)
    assert found.need == pytest.approx(444_552.97, abs=5e-3)
    assert found.share == 1
    assert lowest.depth == pytest.approx(-444_552.97, abs=5e-3)
    assert set(lowest.month) == {17}
    assert lowest.median == 18


def test_a_little_less_capital_is_default_dead(home: Home) -> None:
    dead = plan(BARE.replace("500000", "444000"), home)
    paths = follow(dead, drawn(dead, 100))
    assert alive(dead, paths).share == 0
    assert paths.ruin().share == 1
    assert set(paths.ruin().first) == {17}


def test_ruin_never_falls_with_time(example: Plan) -> None:
    found = follow(example, drawn(example, 2000)).ruin()
    assert np.all(np.diff(found.by_month) >= 0)
    assert found.by_month[-1] == found.share > 0


CASH = arrays.arrays(np.float64, (20, 7), elements=st.floats(-1e6, 1e6))


@given(CASH, st.floats(0, 1e6), st.floats(-1e5, 1e5))
def test_ruin_by_any_path(cash: np.ndarray, more: float, floor: float) -> None:
    found, richer = ruin(cash, floor), ruin(cash + more, floor)
    assert np.all(np.diff(found.by_month) >= 0)
    assert np.all(richer.by_month <= found.by_month)
    assert np.all(richer.lasting >= found.lasting)
    for path, month in zip(cash, found.first, strict=True):
        below = [i for i, one in enumerate(path, 1) if one < floor]
        assert month == (below[0] if below else 0)
    for share, (low, high) in zip(found.by_month, found.intervals(), strict=True):
        assert low <= share <= high


@settings(max_examples=15)
@given(st.integers(1, 2_000_000))
def test_more_capital_never_raises_ruin(more: int) -> None:
    few = plan()
    rich = Plan.of(few.venture.model_copy(update={"capital": few.venture.capital + Decimal(more)}))
    poor, better = (follow(one, drawn(one, 500)).ruin() for one in (few, rich))
    assert np.all(better.by_month <= poor.by_month)


def test_a_floor_of_exactly_the_cash_is_not_ruin() -> None:
    assert ruin(np.array([[5.0, 0.0]])).share == 0
    assert ruin(np.array([[5.0, -0.01]])).first.tolist() == [2]


def test_a_round_brings_its_money_in_its_month(home: Home) -> None:
    text = BARE.replace("500000", "300000") + (
        "rounds: [{name: seed, month: 4, amount: 200000, chance: 1, pre_money: 1000000}]\n"
    )
    certain = plan(text, home)
    draws = drawn(certain, 100)
    paths = follow(certain, draws)
    gained = paths.cash - paths.outcome.cash
    assert np.all(gained[:, :3] == 0)
    assert gained[:, 3:] == pytest.approx(200_000)
    later = follow(certain, draws, changes=Changes(later={"seed": 2}))
    late = later.cash - later.outcome.cash
    assert late[:, 5:] == pytest.approx(200_000)
    assert np.all(late[:, :5] == 0)


def test_nobody_invests_in_a_company_without_money(home: Home) -> None:
    text = BARE.replace("500000", "100000") + (
        "rounds: [{name: late, month: 6, amount: 900000, chance: 1, pre_money: 1000000}]\n"
    )
    ruined = plan(text, home)
    paths = follow(ruined, drawn(ruined, 100))
    assert not paths.raised.closed["late"].any()
    assert paths.ruin().share == 1


def test_a_second_round_needs_the_first(home: Home) -> None:
    text = BARE.replace("500000", "900000") + (
        "rounds:\n"
        "  - {name: B, month: 6, amount: 1, chance: 1, pre_money: 9}\n"
        "  - {name: A, month: 3, amount: 1, chance: 0.5, pre_money: 9, delay: 0..4}\n"
    )
    both = plan(text, home)
    closed = follow(both, drawn(both, 4000)).raised.closed
    assert closed["A"].mean() == pytest.approx(0.5, abs=0.03)
    assert np.array_equal(closed["A"], closed["B"])
    without = follow(both, drawn(both, 4000), changes=Changes(without=frozenset({"A"})))
    assert not without.raised.closed["B"].any()


def test_actions_are_compared_on_the_same_luck(example: Plan) -> None:
    draws = drawn(example, 2000)
    found = {one.action.key: one for one in effects(example, draws)}
    assert found["halve.talent"].months > found["fewer.talent"].months > 0
    assert found["halve.talent"].points < 0
    assert found["without.seed"].months < found["later.seed"].months < 0
    now, then = (
        follow(example, draws, one).ruin() for one in (Decision(), Decision(price=0.00088))
    )
    raised = found["price.up"]
    assert raised.months == pytest.approx((then.lasting - now.lasting).mean())
    # Paired, the error of a difference is far below that of the two levels.
    assert (
        raised.months_error < 0.3 * np.hypot(now.lasting.std(), then.lasting.std()) / 2000**0.5 * 2
    )


@pytest.mark.parametrize("late", [1, 3, 24])
def test_being_paid_sooner_brings_what_is_owed_besides(home: Home, late: int) -> None:
    """As if terms had always been a month shorter, and the last month's invoice came besides."""
    text = BARE.replace("growth: 0.1", "growth: 0.0..0.2")
    after = [text.replace("growth", f"pays_after: {months}, growth") for months in (late, late - 1)]
    now, then = (plan(one, home) for one in after)
    draws = drawn(now, 200)
    (action,) = sooner(now, follow(now, draws))
    owed = 10_000.0
    gained = follow(now, draws, action.decision).cash - follow(then, draws).cash
    assert gained[:, late - 1 :] == pytest.approx(owed)
    assert gained[:, : late - 1] == pytest.approx(0, abs=1e-6)


def test_who_is_paid_at_once_cannot_be_paid_sooner(home: Home) -> None:
    bare = plan(BARE, home)
    assert list(sooner(bare, follow(bare, drawn(bare, 100)))) == []


def test_doing_nothing_does_nothing(example: Plan) -> None:
    draws = drawn(example, 500)
    same = [replace(one, decision=Decision(), changes=Changes()) for one in actions(example)][:1]
    before, after = follow(example, draws), follow(example, draws, same[0].decision)
    assert np.array_equal(before.cash, after.cash)


def test_hires_that_were_decided_can_be_delayed(example: Plan) -> None:
    ramp = np.where(np.arange(24) < 6, 12_000.0, 24_000.0)
    keys = [one.key for one in actions(example, Decision(spend={"talent": ramp}))]
    assert "delay.talent" in keys
    assert "delay.talent" not in [one.key for one in actions(example)]


def test_assumptions_and_luck_are_told_apart(example: Plan) -> None:
    study = Study(example, paths=4000)
    held = study.by_assumption
    assert held.mean() == pytest.approx(study.ruin.share, abs=0.06)
    assert len(set(held)) > 10
    low, high = study.ruin.interval()
    assert high - low < np.quantile(held, 0.95) - np.quantile(held, 0.05)


def test_bands_are_quantiles() -> None:
    cash = np.random.default_rng(1).normal(size=(1001, 4))
    found = bands(cash)
    assert np.allclose(found.middle, np.median(cash, axis=0))
    assert np.allclose(found.low, np.quantile(cash, 0.05, axis=0))


def test_the_section_speaks_both_languages(example: Plan) -> None:
    said = section(example, paths=1000)
    assert said.key == "runway"
    english, chinese = (said.as_dict(language) for language in ("en", "zh"))
    assert "The money" in english["answer"]
    assert "撑满" in chinese["answer"]
    assert english["data"]["paths"] == 1000
    titles = [one.title for one in (*said.figures, *said.tables, *said.charts)]
    assert all(one("en") != one("zh") for one in titles)
    keys = [one.key for one in said.figures]
    assert {"runway.ruin", "runway.default_alive", "runway.break_even"} <= set(keys)


def test_the_charts_can_be_drawn(example: Plan) -> None:
    from seedbed.venture.document.draw import draw

    said = section(example, paths=500)
    assert [one.key for one in said.charts] == ["runway.cash", "runway.by_month", "runway.actions"]
    for chart in said.charts:
        for language in ("en", "zh"):
            assert draw(chart, language).wide.startswith("<svg")


def test_certain_income_is_cautioned(home: Home) -> None:
    assert "runway.no_luck" in [one.key for one in section(plan(BARE, home), paths=200).cautions]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("capital: 400000", "capital: 0"), VentureWrong),
        (("capital: 400000", "capital: -5"), VentureWrong),
        (("months: 24 ", "months: 0 "), VentureWrong),
        (("months: 24 ", "months: 10000 "), VentureWrong),
        (("chance: 0.35", "chance: 1.2"), AssumptionWrong),
        (("pre_money: 6000000", "pre_money: -6000000"), AssumptionWrong),
        (("month: 9", "month: 0"), VentureWrong),
        (("amount: 800000..1500000", "amount: .nan"), AssumptionWrong),
    ],
)
def test_what_cannot_be_is_refused(change: tuple[str, str], error: type[Exception]) -> None:
    assert change[0] in EXAMPLE
    with pytest.raises(error) as caught:
        plan(EXAMPLE.replace(*change))
    assert caught.value.do  # type: ignore[attr-defined]


def test_what_is_missing_is_named(home: Home) -> None:
    with pytest.raises(MeasurementMissing, match=r"customers\.now"):
        section(plan("name: x\ncurrency: USD\ncapital: 5\n", home), paths=100)


@pytest.mark.parametrize("paths", [0, 99, 1_000_001])
def test_too_few_or_too_many_paths_are_refused(example: Plan, paths: int) -> None:
    with pytest.raises(VentureWrong, match="paths"):
        section(example, paths=paths)
