"""Who still buys and for how much: the published fits, the sums by hand, what always holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.unit import bg_nbd, gamma_gamma
from seedbed.venture.unit.bg_nbd import Buyers, Fit
from seedbed.venture.verify.unit import buyers, spenders

pytest.importorskip("lifetimes", reason="lifetimes brings CDNOW's table")

PUBLISHED = Fit(0.243, 4.414, 0.793, 2.426)


def test_cdnow() -> None:
    """T11 of verification.md."""
    table = buyers()
    assert len(table) == 2357
    found = bg_nbd.fit(table)
    assert (found.r, found.alpha) == pytest.approx((0.243, 4.414), abs=5e-4)
    assert (found.a, found.b) == pytest.approx((0.793, 2.426), abs=5e-4)
    one = Buyers.of([2], [30.43], [38.86])
    assert bg_nbd.expected(one, found, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_cdnow_errors() -> None:
    """The standard errors that the documentation of `lifetimes` gives for CDNOW."""
    fit = bg_nbd.fit(buyers())
    drawn = bg_nbd.drawn(buyers(), fit, np.random.default_rng(0).standard_normal((4000, 4)))
    assert drawn is not None
    logs = np.log([[one.r, one.alpha, one.a, one.b] for one in drawn])
    errors = logs.std(0) * [fit.r, fit.alpha, fit.a, fit.b]
    assert errors == pytest.approx([0.0126, 0.378, 0.186, 0.705], rel=0.04)


def test_what_the_likelihood_does_not_tell_has_no_draws() -> None:
    few = Buyers.of([1, 0, 0], [1.0, 0, 0], [5.0, 5, 5])
    assert bg_nbd.drawn(few, bg_nbd.fit(few), np.zeros((3, 4))) is None


def test_cdnow_spend() -> None:
    """T12 of verification.md, from the purchases themselves."""
    repeats, spend = spenders()
    assert len(repeats) == 946
    found = gamma_gamma.fit(repeats, spend)
    assert (found.p, found.q, found.v) == pytest.approx((6.25, 3.74, 15.44), abs=5e-3)


def test_the_unit_of_time_is_no_matter() -> None:
    weeks = buyers()
    days = Buyers(weeks.repeats, weeks.last * 7, weeks.seen * 7)
    one, other = bg_nbd.fit(weeks), bg_nbd.fit(days)
    assert (other.r, other.a, other.b) == pytest.approx((one.r, one.a, one.b), rel=1e-3)
    assert other.alpha == pytest.approx(one.alpha * 7, rel=1e-3)


def test_the_unit_of_money_is_no_matter() -> None:
    repeats, spend = spenders()
    one, other = gamma_gamma.fit(repeats, spend), gamma_gamma.fit(repeats, spend * 7.1)
    assert (other.p, other.q) == pytest.approx((one.p, one.q), rel=1e-3)
    assert other.v == pytest.approx(one.v * 7.1, rel=1e-3)


def simulated(fit: Fit, customers: int, seen: float, seed: int) -> tuple[Buyers, np.ndarray]:
    """Let customers buy by the model; return what is seen, and how often each bought after it."""
    generator = np.random.default_rng(seed)
    pace = generator.gamma(fit.r, 1 / fit.alpha, customers)
    leave = generator.beta(fit.a, fit.b, customers)
    rows = np.zeros((customers, 3))
    for i in range(customers):
        at = repeats = last = later = 0.0
        while True:
            at += generator.exponential(1 / pace[i]) if pace[i] > 1e-9 else np.inf
            if at > 2 * seen:
                break
            if at <= seen:
                repeats, last = repeats + 1, at
            else:
                later += 1
            if generator.random() < leave[i]:
                break
        rows[i] = repeats, last, later
    return Buyers.of(rows[:, 0], rows[:, 1], np.full(customers, seen)), rows[:, 2]


@pytest.mark.parametrize("fit", [PUBLISHED, Fit(1.2, 3.0, 1.0, 6.0)])
def test_customers_made_by_the_model_buy_as_often_as_expected(fit: Fit) -> None:
    seen, later = simulated(fit, 6000, 40.0, 5)
    expected = bg_nbd.expected(seen, fit, 40.0)
    error = later.std() / np.sqrt(len(later))
    assert abs(later.mean() - expected.mean()) < 4 * error
    often = seen.repeats > 4
    assert later[often].mean() == pytest.approx(expected[often].mean(), rel=0.12)


@given(
    st.integers(0, 300), st.floats(0, 1), st.floats(0.5, 300), st.floats(0.01, 400),
    st.floats(0.1, 4), st.floats(0.2, 6),
)  # fmt: skip
@settings(max_examples=60)
def test_expectations_are_finite_and_grow_with_time(
    repeats: int, part: float, seen: float, time: float, a: float, b: float
) -> None:
    one = Buyers.of([repeats], [part * seen if repeats else 0.0], [seen])
    told = Fit(0.5, 5.0, a, b)
    soon, later = (float(bg_nbd.expected(one, told, t)[0]) for t in (time, 2 * time))
    assert 0 <= soon <= later * (1 + 1e-9)
    assert np.isfinite(later)
    assert 0 <= bg_nbd.alive(one, told)[0] <= 1


def test_at_a_of_one_the_expectation_does_not_jump() -> None:
    one = Buyers.of([3], [20.0], [30.0])
    near = [float(bg_nbd.expected(one, Fit(0.5, 5, a, 2), 26)[0]) for a in (0.9995, 1, 1.0005)]
    assert near[0] > near[1] > near[2]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-6)


def test_a_mean_spend_lies_between_ones_own_and_everybodys() -> None:
    told = gamma_gamma.Fit(6.25, 3.74, 15.44)
    found = gamma_gamma.expected([0, 1, 50], [0, 100, 100], told)
    assert found[0] == pytest.approx(told.mean)
    assert told.mean < found[1] < found[2] < 100


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (([1.5], [1], [2]), "whole"),
        (([-1], [0], [2]), "zero or more"),
        (([1], [3], [2]), "within the time"),
        (([0], [1], [2]), "within the time"),
        (([1, 2], [1], [2]), "one length"),
        (([1], [float("nan")], [2]), "finite"),
    ],
)
def test_purchases_that_cannot_be_are_refused(columns: tuple[list[float], ...], said: str) -> None:
    with pytest.raises(VentureWrong, match=said):
        Buyers.of(*columns)


@pytest.mark.parametrize(
    "columns", [([], [], []), ([0, 0], [0, 0], [5, 5]), ([0, 0], [0, 0], [0, 0])]
)
def test_buyers_who_teach_nothing_are_refused(columns: tuple[list[float], ...]) -> None:
    with pytest.raises(VentureWrong):
        bg_nbd.fit(Buyers.of(*columns))


@pytest.mark.parametrize(
    ("repeats", "spend"), [([1], [5]), ([1, 2], [5, 5]), ([1, 2], [5, 0]), ([0, 2], [5, 6])]
)
def test_spend_that_teaches_nothing_is_refused(repeats: list[float], spend: list[float]) -> None:
    with pytest.raises(VentureWrong):
        gamma_gamma.fit(repeats, spend)


def test_without_a_mean_nobody_new_is_valued() -> None:
    with pytest.raises(VentureWrong, match="q above 1"):
        gamma_gamma.expected([0], [0], gamma_gamma.Fit(6, 0.9, 15))
