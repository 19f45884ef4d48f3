"""Erlang's formulas: golden figures, a definition in exact fractions, and what always holds."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.unit.erlang import (
    arrivals_for,
    blocked,
    late,
    mean_wait,
    servers_for,
    waiting,
)

LOADS = st.floats(1e-3, 500)
SERVERS = st.integers(1, 600)


@pytest.mark.parametrize(
    ("servers", "load", "b", "c"),
    [(2, 1, 0.2, 1 / 3), (5, 3, 0.110054, 0.236152), (10, 8, 0.121661, 0.409180)],
)
def test_golden(servers: int, load: float, b: float, c: float) -> None:
    """T28 of verification.md."""
    assert blocked(servers, load) == pytest.approx(b, abs=5e-7)
    assert waiting(servers, load) == pytest.approx(c, abs=5e-7)


@given(st.integers(1, 40), st.fractions(Fraction(1, 20), 60, max_denominator=20))
def test_b_is_its_definition(servers: int, load: Fraction) -> None:
    terms = [load**n / factorial(n) for n in range(servers + 1)]
    assert blocked(servers, float(load)) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-12)


@given(SERVERS, LOADS)
def test_b_is_a_share_and_falls_with_servers(servers: int, load: float) -> None:
    one, more = float(blocked(servers, load)), float(blocked(servers + 1, load))
    assert 0 <= more <= one < 1
    assert one > 0 or servers > load  # it may be too small for a double, never by an overflow


@given(SERVERS, LOADS)
def test_c_falls_with_servers_and_is_never_below_b(servers: int, load: float) -> None:
    assert waiting(servers + 1, load) <= waiting(servers, load) <= 1
    assert waiting(servers, load) >= blocked(servers, load)


@given(LOADS, st.floats(0.5, 200), st.floats(0, 2), st.floats(0.5, 0.999))
def test_the_machines_found_keep_the_promise_and_one_less_does_not(
    arrivals: float, rate: float, seconds: float, promised: float
) -> None:
    found = int(servers_for(arrivals, rate, seconds=seconds, promised=promised))
    assert late(found, arrivals, rate, seconds) <= 1 - promised
    if found > 1:
        assert late(found - 1, arrivals, rate, seconds) > 1 - promised


@given(st.integers(1, 60), st.floats(0.5, 200), st.floats(0, 2), st.floats(0.5, 0.999))
def test_the_load_found_is_the_most_that_keeps_the_promise(
    servers: int, rate: float, seconds: float, promised: float
) -> None:
    most = float(arrivals_for(servers, rate, seconds=seconds, promised=promised))
    assert 0 < most < servers * rate
    assert late(servers, most, rate, seconds) <= 1 - promised
    assert late(servers, most * 1.001, rate, seconds) > 1 - promised


@given(st.lists(st.floats(0.5, 50), min_size=1, max_size=6))
def test_many_rates_at_once_are_as_one_by_one(rates: list[float]) -> None:
    together = servers_for(30.0, rates, seconds=0.1, promised=0.95)
    alone = [int(servers_for(30.0, rate, seconds=0.1, promised=0.95)) for rate in rates]
    assert together.tolist() == alone


def test_one_machine_waits_as_the_textbook_says() -> None:
    # M/M/1 (Kleinrock 1975, 3.2): the mean wait is ρ / (μ - λ) = 0.8 / (10 - 8).
    assert mean_wait(1, 8, 10) == pytest.approx(0.4)
    assert mean_wait(1, 10, 10) == np.inf


def test_a_simulated_queue_waits_as_often() -> None:
    """Three machines, simulated call by call, over 200,000 calls."""
    generator = np.random.default_rng(7)
    calls, rate, arrivals = 200_000, 10.0, 24.0
    came = np.cumsum(generator.exponential(1 / arrivals, calls))
    takes = generator.exponential(1 / rate, calls)
    free, over = [0.0, 0.0, 0.0], 0
    for moment, length in zip(came, takes, strict=True):
        first = min(free)
        begun = max(first, moment)
        free[free.index(first)] = begun + length
        over += begun - moment > 0.1
    assert over / calls == pytest.approx(float(late(3, arrivals, rate, 0.1)), abs=0.02)


def test_a_thousand_machines_do_not_overflow() -> None:
    assert 0 < float(blocked(1000, 1000.0)) < 0.03
    assert int(servers_for(50_000, 10.0, seconds=0.1, promised=0.95)) > 5000


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"arrivals": -1}, "unit.peak.answers_per_second"),
        ({"arrivals": 1e9}, "unit.peak.answers_per_second"),
        ({"rate": 0}, "unit.answers_per_second"),
        ({"rate": float("nan")}, "unit.answers_per_second"),
        ({"seconds": -0.1}, "unit.peak.wait_seconds"),
        ({"promised": 1.0}, "unit.peak.share"),
        ({"promised": 1.2}, "unit.peak.share"),
    ],
)
def test_what_cannot_be_is_refused_by_name(told: dict[str, float], where: str) -> None:
    given_ = {"arrivals": 20.0, "rate": 10.0, "seconds": 0.2, "promised": 0.95} | told
    with pytest.raises(VentureWrong) as refused:
        servers_for(
            given_["arrivals"],
            given_["rate"],
            seconds=given_["seconds"],
            promised=given_["promised"],
        )
    assert refused.value.where == where


def test_no_machine_serves_nothing() -> None:
    with pytest.raises(VentureWrong):
        blocked(0, 1.0)
