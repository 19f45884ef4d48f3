"""Whole hires and slow beginnings, against every split that there is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from seedbed.venture.allocate import solve, sshape
from seedbed.venture.allocate.curves import Curve, Hill, Log, Logistic
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Limit, Problem, Use
from venture.allocate.sample import floors, problem, said


@pytest.mark.parametrize("aim", [Aim(), Aim(0.6, 0.2)], ids=str)
def test_whole_hires_are_the_best_of_all_whole_splits(aim: Aim) -> None:
    made = problem(2, 2, 6, budget=30_000)
    step = 1500.0
    whole = replace(made, uses=(replace(made.uses[0], step=step), made.uses[1]))
    found = solve.best(whole, aim)
    levels = np.arange(0, 8) * step
    best = -np.inf
    for first in itertools.product(levels, levels):
        if 3 * sum(first) <= 30_000:
            fixed = np.array([*first, np.nan, np.nan])
            best = max(best, solve.smooth(made, aim, fixed=fixed).value)
    assert found.value == pytest.approx(best, rel=2e-4)
    assert found.ceiling >= best * (1 - 1e-9)
    np.testing.assert_allclose(found.x[0] / step, np.round(found.x[0] / step), atol=1e-9)


def one_period(curves: Sequence[Curve], budget: float) -> Problem:
    count = len(curves)
    uses = tuple(
        Use(f"use{i}", curve, np.ones((1, 1)), np.zeros(1)) for i, curve in enumerate(curves)
    )
    limits = (*floors(count), Limit("budget.0", np.ones(count), budget, said("the budget")))
    return Problem(uses, 1, np.ones(1), np.zeros(count), np.ones(1), limits, scale=budget)


def hill(a: float, half: float, n: float) -> Hill:
    return Hill(np.array([[a]]), np.array([[half]]), np.array([[n]]))


def logistic(a: float, k: float, middle: float) -> Logistic:
    return Logistic(*(np.array([[one]]) for one in (a, k, middle)))


@pytest.mark.parametrize("second", [hill(8, 3, 2.5), logistic(8, 1.6, 3)], ids=["hill", "logistic"])
@pytest.mark.parametrize("budget", [2.0, 5.0, 9.0, 20.0])
def test_a_slow_beginning_is_not_taken_for_the_whole(budget: float, second: Curve) -> None:
    curves = [hill(10, 4, 3), second, Log(np.array([[2.0]]), np.array([[1.0]]))]
    made = one_period(curves, budget)
    found = solve.best(made)
    grid = np.linspace(0, budget, 161)
    one, two = np.meshgrid(grid, grid)
    rest = budget - one - two
    total = (curves[0].value(one) + curves[1].value(two)
             + curves[2].value(np.maximum(rest, 0.0)))  # fmt: skip
    best = float(np.max(np.where(rest >= -1e-12, total, -np.inf)))
    assert found.value >= best - 1e-6
    assert best <= found.ceiling + 1e-9
    assert found.gap <= 2e-3 * found.value


@pytest.mark.parametrize("curve", [hill(10, 4, 3), logistic(10, 1.2, 4)], ids=["hill", "logistic"])
def test_an_envelope_is_above_its_curve_concave_and_touches_it(curve: Curve) -> None:
    low, high = np.array([1.0]), np.array([9.0])
    above = sshape.envelope(curve, low, high)
    x = np.linspace(1.0, 9.0, 400)[:, None, None]
    line = np.array([above.value(one)[0, 0] for one in x[:, 0]])
    truth = curve.value(x.ravel())[0]
    assert np.all(line >= truth - 1e-9)
    assert np.all(np.diff(line, 2) <= 1e-9)
    assert line[0] == pytest.approx(truth[0])
    assert line[-1] == pytest.approx(truth[-1])
