"""Each curve against its own differences, its inverse, and a change of the unit of money."""

from __future__ import annotations

import numpy as np
import pytest

from seedbed.venture.allocate.curves import Curve, Hill, Linear, Log, Logistic, Power, Saturating


def one(*values: float) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


CURVES: list[Curve] = [
    Log(*one(900.0, 300.0)),
    Power(*one(40.0, 0.4)),
    Saturating(*one(900.0, 0.002)),
    Logistic(*one(900.0, 0.002)),
    Hill(*one(900.0, 400.0, 1.0)),
    Hill(*one(900.0, 400.0, 0.6)),
    Hill(*one(900.0, 400.0, 2.5)),
    Linear(*one(1.4)),
    Logistic(*one(900.0, 0.01, 300.0)),
]
POINTS = np.array([0.5, 10.0, 200.0, 900.0, 3000.0])


@pytest.mark.parametrize("curve", CURVES, ids=repr)
def test_slope_and_bend_are_the_differences_of_value_and_slope(curve: Curve) -> None:
    step = 1e-4 * POINTS
    jet = curve.jet(POINTS)
    slope = (curve.value(POINTS + step) - curve.value(POINTS - step)) / (2 * step)
    bend = (curve.slope(POINTS + step) - curve.slope(POINTS - step)) / (2 * step)
    np.testing.assert_allclose(jet.slope, slope, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(jet.bend, bend, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("curve", [*CURVES[:-2], CURVES[-1]], ids=repr)
def test_the_inverse_finds_the_spending_with_a_slope(curve: Curve) -> None:
    spent = POINTS if curve.concave else POINTS[3:4]  # past the inflection, and not yet flat
    np.testing.assert_allclose(curve.inverse(curve.slope(spent)), spent, rtol=1e-6)


@pytest.mark.parametrize("curve", [CURVES[i] for i in (0, 2, 3, 4, 6, 8)], ids=repr)
def test_a_slope_that_the_curve_never_has_asks_for_nothing(curve: Curve) -> None:
    assert curve.inverse(np.array([1e6])) == 0


@pytest.mark.parametrize("curve", CURVES, ids=repr)
def test_nothing_spent_gives_nothing(curve: Curve) -> None:
    assert curve.value(0.0) == 0


@pytest.mark.parametrize("curve", CURVES, ids=repr)
def test_in_cents_a_curve_gives_a_hundred_times_as_many(curve: Curve) -> None:
    cents = curve.scaled(0.01)
    np.testing.assert_allclose(cents.value(100 * POINTS), 100 * curve.value(POINTS), rtol=1e-12)


def test_hill_with_slope_and_half_of_one_is_x_over_one_plus_x() -> None:
    x = np.array([0.0, 0.5, 1.0, 7.0])
    np.testing.assert_allclose(Hill(*one(1.0, 1.0, 1.0)).value(x), x / (1 + x))  # T8


def test_what_begins_slowly_is_not_concave() -> None:
    """A Hill curve steeper than one, and a logistic one that rises fastest later than at 0."""
    assert [curve.concave for curve in CURVES] == [True] * 6 + [False, True, False]


@pytest.mark.parametrize("curve", [CURVES[6], CURVES[8]], ids=repr)
def test_an_s_shaped_curve_turns_and_touches_where_it_says(curve: Curve) -> None:
    turn, most = float(curve.turn()[0]), float(curve.reach()[0])
    bends = curve.jet(np.array([turn * 0.99, turn * 1.01])).bend
    assert bends[0] > 0 > bends[1]
    jet = curve.jet(np.array([turn, most * (1 + 1e-9)]))  # the tangent from 0 touches between
    assert jet.slope[0] * turn > jet.value[0]
    assert jet.slope[1] * most <= jet.value[1] * (1 + 1e-9)


def test_a_logistic_curve_without_a_middle_is_a_hyperbolic_tangent() -> None:
    np.testing.assert_allclose(CURVES[3].value(POINTS), 900 * np.tanh(0.001 * POINTS), rtol=1e-12)


def test_bends_at_nothing_are_known_or_infinite() -> None:
    at = np.array([0.0])
    assert Hill(*one(8.0, 2.0, 1.0)).jet(at).bend == -4.0
    assert Hill(*one(8.0, 2.0, 0.5)).jet(at).bend == -np.inf
    assert Power(*one(8.0, 0.5)).jet(at).slope == np.inf
