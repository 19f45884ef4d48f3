"""A venture's split: agrees with the monthly model, says what it must, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seedbed.errors import Infeasible, MeasurementMissing, VentureWrong
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.allocate import section, told, words
from seedbed.venture.allocate.build import Asked, build
from seedbed.venture.allocate.factors import Factor, factors
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.study import Effort, Study, binding, study
from seedbed.venture.model import Decision
from seedbed.venture.plan import Plan
from seedbed.venture.score.insight import Skill
from venture.example import EXAMPLE

FEW = Asked(scenarios=60, months=15)
LITTLE = Effort(known=4, resamples=2, weights=(0.0, 0.5, 1.0))
Make = Callable[..., Plan]


@pytest.fixture
def plan(tmp_path: Path) -> Make:
    """Make a plan of the contract's example, with parts of its text replaced."""

    def made(*changes: tuple[str, str]) -> Plan:
        text = EXAMPLE.replace("draws: 10000", "draws: 500")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return Plan.of(file.parse(text), home=Home(tmp_path))

    return made


@pytest.fixture
def small(plan: Make) -> Study:
    return study(plan(), FEW, effort=LITTLE)


SLOW = (
    "curve: saturating, a: 9000, k: 0.0002",
    "curve: logistic, a: 9000, k: 0.002, middle: 1500..2500",
)


def test_what_begins_slowly_is_said_and_no_split_is_much_better(plan: Make) -> None:
    few, little = Asked(scenarios=20, months=6), Effort(known=1, resamples=0, weights=())
    made = study(plan(SLOW), few, effort=little)
    (said,) = [one for one in told.section(made).cautions if one.key == "allocate.not_concave"]
    assert "marketing" in said.said.en
    assert made.known is None
    problem, rng = made.built.problem, np.random.default_rng(0)
    for _ in range(200):
        x = made.best.x * rng.uniform(0.5, 1.5, made.best.x.shape)
        look = problem.look(x.ravel())
        if np.all(problem.rows @ x.ravel() <= problem.mosts) and np.all(look.cash >= 0):
            assert problem.weights @ look.worth <= made.best.ceiling + 1e-6


@pytest.mark.parametrize("changes", [(), (SLOW,)], ids=["concave", "slow"])
def test_the_split_is_worth_what_the_monthly_model_says(
    plan: Make, changes: tuple[tuple[str, str], ...]
) -> None:
    made = plan(*changes)
    asked = Asked(scenarios=60, after=False)
    built = build(made, asked)
    rng = np.random.default_rng(0)
    x = rng.uniform(500, 6000, built.today.shape)
    paid = dict(zip(built.names, built.paid(x), strict=True))
    outcome = made.model.run(made.draws.taken(slice(60)), Decision(spend=paid))
    np.testing.assert_allclose(built.problem.worths(x.ravel()), outcome.worth, rtol=1e-9)
    cash = outcome.cash.mean(axis=0) - 40_000
    np.testing.assert_allclose(built.problem.look(x.ravel()).cash, cash, rtol=1e-9)


def test_so_it_does_where_carry_over_is_uncertain_and_hires_wait(plan: Make) -> None:
    made = plan(
        ("carry: 0.6, lag: 2", "carry: 0.4..0.8, lag: 2"),
        ("hire: 6000}", "hire: 6000, gives: {curve: log, a: 9000, b: 5000}, carry: 0.5}"),
    )
    built = build(made, Asked(scenarios=40, after=False))
    x = np.random.default_rng(1).uniform(500, 6000, built.today.shape)
    paid = dict(zip(built.names, built.paid(x), strict=True))
    np.testing.assert_allclose(paid["talent"][:2], 12_000)  # nobody begins before the lag
    outcome = made.model.run(made.draws.taken(slice(40)), Decision(spend=paid))
    np.testing.assert_allclose(built.problem.worths(x.ravel()), outcome.worth, rtol=1e-9)


def test_the_plans_end_does_not_bend_the_split(plan: Make) -> None:
    """Over more months the first periods stay as they were; forgetting the end starves the last."""
    made = plan()
    few, bare = Effort(0, 0, ()), replace(FEW, after=False)
    counted = study(made, FEW, effort=few).best.x
    longer = study(made, replace(FEW, months=18), effort=few).best.x
    forgotten = study(made, bare, effort=few).best.x
    np.testing.assert_allclose(counted, longer[:, :-1], atol=150)
    assert forgotten[:, -1].sum() < counted[:, -1].sum() - 500


def test_it_answers_in_both_languages_and_says_why_money_is_left(small: Study) -> None:
    found = told.section(small)
    assert "One more dollar would be worth $1.00: money is left" in found.answer.en
    assert "有余钱未花" in found.answer.zh
    keys = {one.key for one in found.figures}
    assert {"allocate.added", "allocate.shadow_price", "allocate.below", "allocate.gap"} <= keys
    assert {one.key for one in found.tables} >= {
        "allocate.split",
        "allocate.rivals",
        "allocate.sure",
    }
    assert "4,032,000" in found.notes[-1].en
    for language in ("en", "zh"):
        assert found.as_dict(language)
        assert all(chart.spec(language)["data"]["values"] for chart in found.charts)


def test_uses_without_a_curve_go_on_and_are_named(small: Study) -> None:
    caution = next(one for one in told.section(small).cautions if one.key == "allocate.kept")
    assert "compute, talent" in caution.said.en


def test_today_and_equal_parts_lose_on_average(small: Study) -> None:
    assert {one.name for one in small.rivals} == {"today", "equal"}
    for rival in small.rivals:
        assert rival.lost.mean() >= -1e-3
    assert small.known is not None
    assert small.known.gained.min() >= -1e-2


def test_a_limit_that_binds_is_told_with_its_worth(plan: Make) -> None:
    made = plan(("k: 0.0002}, carry: 0.3}", "k: 0.0002}, carry: 0.3, most: 1000}"))
    found = study(made, FEW, effort=Effort(0, 0, ()))
    said, price = words.held_back(found)[0]
    assert "marketing would take more, but for the limit you set, at most $1,000" in said.en
    assert "cents more per dollar" in said.en
    assert "marketing 本可更多" in said.zh
    limit, _ = binding(found)[0]
    more = plan(("k: 0.0002}, carry: 0.3}", "k: 0.0002}, carry: 0.3, most: 1010}"))
    gain = study(more, FEW, effort=Effort(0, 0, ())).best.value - found.best.value
    each = sum(price for one, price in binding(found) if one.key.startswith("most.marketing"))
    assert gain / 10 == pytest.approx(each, rel=0.02)
    assert price > 0.1
    assert limit.uses == (2,)


def test_a_budget_is_spent_and_its_worth_said(plan: Make) -> None:
    found = study(plan(), replace(FEW, budget=30_000), effort=Effort(0, 0, ()))
    assert found.built.paid(found.best.x).sum() == pytest.approx(30_000, rel=1e-5)
    assert found.worth > 1.05
    assert "money is short" in words.answer(found).en


def test_money_that_does_not_last_is_infeasible_with_the_month_and_what_to_do(plan: Make) -> None:
    with pytest.raises(Infeasible) as caught:
        study(plan(), Asked(scenarios=60), effort=LITTLE)
    assert "at least $40,000 of cash at the end of" in caught.value.got
    assert "--months" in caught.value.do


def test_the_document_splits_the_months_that_the_money_lasts_and_says_so(plan: Make) -> None:
    found = section.section(plan())
    assert found.cautions[0].key == "allocate.shorter"
    assert "does not last 24 months" in found.cautions[0].said.en


def test_nothing_to_split_says_how_to_write_it(plan: Make) -> None:
    made = plan()
    bare = made.venture.model_copy(update={"spending": {}})
    with pytest.raises(MeasurementMissing) as caught:
        build(Plan.of(bare, home=made.home), FEW)
    assert "gives:" in caught.value.do


def test_a_period_that_is_none_is_refused(plan: Make) -> None:
    with pytest.raises(VentureWrong, match="month or quarter"):
        build(plan(), Asked(period="fortnight"))


def test_without_customers_the_split_lives_on_capital_and_says_so(plan: Make) -> None:
    made = plan(("  now: 5 ", "  now: null "), ("months: 24", "months: 12"))
    built = build(made, Asked(scenarios=60))
    assert built.cautions[0].path == "customers.now"


def test_factors_are_measured_given_or_missing_and_raised_at_their_own_cost(plan: Make) -> None:
    made = plan(
        (
            "factors: {allocation: null, insight: null, innovation: null, earning: null}",
            "factors: {insight: 0.9, innovation: 0.7, raise_cost: {insight: 2000}}",
        ),
        ("value: {", "value: {right_answer: 0.004, "),
    )
    found = {one.name: one for one in study(made, FEW, effort=LITTLE).factors}
    assert found["allocation"].origin == "measured"
    assert 0 < (found["allocation"].value or 0) < 1
    assert found["insight"] == Factor(
        "insight", 0.9, "file", found["insight"].where, 2000.0, found["insight"].gain
    )
    assert found["earning"].origin == "measured"
    total = 400_000 * np.prod([one.value for one in found.values() if one.value])
    assert found["innovation"].gain == pytest.approx(total / 10)
    assert found["insight"].net == pytest.approx(total / 10 - 2000)


@pytest.mark.parametrize(
    ("eta", "alpha", "kept"),
    [(-0.25, 0.6, 0.0), (1.3, 0.6, 1.0), (0.5, -2.0, 0.0), (0.5, 0.6, None)],
)
def test_a_factor_that_is_kept_within_its_bounds_says_what_was_measured(
    small: Study, eta: float, alpha: float, kept: float | None
) -> None:
    cut = "insight" if alpha < 0 else "allocation"
    found = factors(small.plan, allocation=eta, insight=Skill(alpha))
    one = next(one for one in found if one.name == cut)
    section = told.section(replace(small, factors=found))
    said = [one for one in section.cautions if one.key.startswith("allocate.outside")]
    if kept is None:
        assert one.raw is None
        assert not said
        return
    raw = alpha if cut == "insight" else eta
    assert (one.value, one.raw) == (kept, raw)
    (caution,) = said
    assert f"{raw:g}" in caution.said.en
    assert f"{raw:g}" in caution.said.zh
    assert caution.path == f"factors.{cut}"


def test_few_resamples_are_said_to_be_no_distribution(small: Study) -> None:
    found = next(one for one in told.section(small).cautions if one.key == "allocate.resamples")
    assert "2 are no distribution" in found.said.en
    assert "2 次不足以构成分布" in found.said.zh
    enough = replace(small, resampled=np.repeat(small.resampled, 5, axis=0))
    assert "allocate.resamples" not in {one.key for one in told.section(enough).cautions}


def test_hires_come_whole_and_stay(plan: Make) -> None:
    made = plan(
        ("hire: 6000}", "hire: 6000, gives: {curve: log, a: 20000..30000, b: 9000}, carry: 0.5}")
    )
    found = study(made, FEW, Aim(), Effort(0, 0, ()))
    talent = found.best.x[found.built.names.index("talent")]
    np.testing.assert_allclose(talent / 6000, np.round(talent / 6000), atol=1e-6)
    assert np.all(np.diff(talent) >= -1e-6)
    assert talent.max() > 0
    assert found.best.gap <= 0.01 * found.added.mean()
