"""The tornado, the flips and joint risks, against what is worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.risk.flips import RANGE, flip
from seedbed.venture.risk.joint import together
from seedbed.venture.risk.tornado import tornado


def test_the_tornado_takes_each_over_its_own_range_and_sorts() -> None:
    found = tornado(["small", "none", "large"], lambda u: u @ np.array([1.0, 0.0, -10.0]))
    assert found.middle == pytest.approx(-4.5)
    assert [bar.name for bar in found.bars] == ["large", "small", "none"]
    large = found.bars[0]
    assert (large.low, large.high) == pytest.approx((0, -9))  # at 5 % and 95 %, others at 50 %
    assert large.length == pytest.approx(9)


@settings(max_examples=30)
@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_assumptions_does_not_change_the_tornado(names: list[str]) -> None:
    weights = {"a": 1.0, "b": 5.0, "c": -2.0, "d": 0.5}
    found = tornado(names, lambda u: u @ np.array([weights[name] for name in names]))
    assert [bar.name for bar in found.bars] == ["b", "c", "a", "d"]


@settings(max_examples=60)
@given(st.floats(0.06, 0.94).filter(lambda x: abs(x - 0.5) > 0.01))
def test_the_flip_is_found_where_it_is(at: float) -> None:
    found = flip("x", lambda share: share > at, at < 0.5)
    assert found.at == pytest.approx(at, abs=1e-3)
    assert found.then is not found.now


def test_of_two_flips_the_nearer_is_told() -> None:
    def decide(share: float) -> str:
        return "low" if share < 0.3 else "high" if share > 0.9 else "middle"

    found = flip("x", decide, "middle")
    assert (found.then, found.at) == ("low", pytest.approx(0.3, abs=1e-3))
    assert found.distance == pytest.approx(0.2, abs=1e-3)


def test_where_nothing_flips_it_is_said() -> None:
    asked = []
    found = flip("x", lambda share: asked.append(share) or "same", "same")
    assert found.at is None
    assert found.distance == float("inf")
    assert (min(asked), max(asked)) == RANGE


def ones(x: float, n: int = 40_000) -> np.ndarray:
    return np.full(n, x)


def test_risks_together_cost_what_probability_says() -> None:
    found = together([ones(0.1), ones(0.02)], [ones(100.0), ones(1000.0)], np.random.default_rng(0))
    assert found.expected == pytest.approx(0.1 * 100 + 0.02 * 1000, rel=0.05)
    assert found.none == pytest.approx(0.9 * 0.98, abs=0.01)
    assert found.tail == 100  # the dear one comes once in fifty only
    assert found.each == pytest.approx([10, 20], rel=0.1)
    assert found.shares.sum() == pytest.approx(found.beyond)


def test_what_is_certain_is_certain_and_what_never_happens_is_free() -> None:
    found = together([ones(1.0), ones(0.0)], [ones(7.0), ones(9.0)], np.random.default_rng(0))
    assert (found.expected, found.tail, found.none) == (7.0, 7.0, 0.0)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e4)), min_size=1, max_size=5))
def test_the_tail_is_at_least_as_bad_as_its_95_point(risks: list[tuple[float, float]]) -> None:
    chances = [ones(chance, 2000) for chance, _ in risks]
    costs = [ones(cost, 2000) for _, cost in risks]
    found = together(chances, costs, np.random.default_rng(0))
    assert found.tail >= 0
    assert found.beyond >= found.tail * (1 - 1e-12)
    assert found.beyond >= found.expected * (1 - 1e-12)
    scaled = together(chances, [7 * cost for cost in costs], np.random.default_rng(0))
    assert scaled.tail == pytest.approx(7 * found.tail)
