"""Joint draws: each path's own quantiles, ranks as asked, the same whatever the file's order."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from example import EXAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from seedbed.errors import CorrelationsWrong, MeasurementMissing
from seedbed.venture.correlation import matrix, nearest_correlation, offered
from seedbed.venture.draws import How, draw, uniform_to_draws
from seedbed.venture.file import parse
from seedbed.venture.parts import Correlation
from seedbed.venture.plan import Plan

PAIR = ("market.share", "price.elasticity")


def plan(text: str = EXAMPLE) -> Plan:
    return Plan.of(parse(text))


@pytest.mark.parametrize("how", ["sobol", "plain"])
def test_draws_have_their_quantiles(how: How) -> None:
    register = plan().register
    drawn = draw(register, 20_000, seed=3, how=how)
    for path, entry in register.items():
        if not entry.now.certain and entry.now.kind != "triangular":
            wanted = [entry.now.low, entry.now.value, entry.now.high]
            near = np.searchsorted(np.sort(drawn[path]), wanted) / 20_000
            if entry.now.outside() < 0.01:
                assert near == pytest.approx([0.05, 0.5, 0.95], abs=0.01), path


@pytest.mark.parametrize("rank", [-0.9, -0.3, 0.0, 0.5, 0.95])
@pytest.mark.parametrize("how", ["sobol", "plain"])
def test_ranks_are_as_correlated_as_asked(rank: float, how: How) -> None:
    text = EXAMPLE.replace("rank: -0.3", f"rank: {rank}")
    drawn = draw(plan(text).register, 20_000, seed=1, how=how)
    assert spearmanr(drawn[PAIR[0]], drawn[PAIR[1]]).statistic == pytest.approx(rank, abs=0.015)
    assert abs(spearmanr(drawn[PAIR[0]], drawn["unit.hour"]).statistic) < 0.025


def test_the_same_seed_draws_the_same_whatever_the_order_of_keys() -> None:
    raw = yaml.safe_load(EXAMPLE)
    turned = {key: raw[key] for key in reversed(raw)}
    turned["spending"] = {key: raw["spending"][key] for key in reversed(raw["spending"])}
    first, other = plan().draws, plan(yaml.safe_dump(turned, sort_keys=False)).draws
    assert list(first) == list(other)
    for path in first:
        np.testing.assert_array_equal(first[path], other[path])
    reseeded = draw(plan().register, 10_000, seed=1)
    assert (reseeded["unit.hour"] != first["unit.hour"]).all()


def test_plain_draws_of_a_path_do_not_depend_on_the_others() -> None:
    fewer = EXAMPLE.replace("discount: 0.15..0.30", "discount: 0.2")
    assert fewer != EXAMPLE
    one = draw(plan().register, 1000, how="plain")
    other = draw(plan(fewer).register, 1000, how="plain")
    np.testing.assert_array_equal(one["unit.hour"], other["unit.hour"])


def test_sobol_points_err_less_than_plain_ones() -> None:
    register = plan().register
    exact = register["unit.utilisation"].now.quantile((np.arange(10**6) + 0.5) / 10**6).mean()
    errors = {
        how: np.mean(
            [
                abs(draw(register, 1024, seed=s, how=how)["unit.utilisation"].mean() - exact)
                for s in range(8)
            ]
        )
        for how in ("sobol", "plain")
    }
    assert errors["sobol"] < errors["plain"] / 5


def test_a_replaced_path_leaves_the_others_as_they_were() -> None:
    drawn = plan().draws
    new = drawn.replaced("unit.hour", 7.0)
    assert (new["unit.hour"] == 7.0).all()
    np.testing.assert_array_equal(new["unit.utilisation"], drawn["unit.utilisation"])
    assert (drawn["unit.hour"] != 7.0).any()
    np.testing.assert_allclose(drawn.scaled("unit.hour", 2)["unit.hour"], 2 * drawn["unit.hour"])
    with pytest.raises(MeasurementMissing, match=r"unit\.hour"):
        drawn.replaced("unit.hours", 1.0)


def test_a_part_of_the_draws_is_that_part_of_everything() -> None:
    drawn = plan().draws
    rows = np.array([5, 1, 999])
    part = drawn.taken(rows)
    assert part.n == 3
    np.testing.assert_array_equal(part["market.share"], drawn["market.share"][rows])
    np.testing.assert_array_equal(part.chance("x", 3), drawn.chance("x", 3)[rows])
    np.testing.assert_array_equal(drawn.taken(slice(10)).chance("x", 1), drawn.chance("x", 1)[:10])
    masked = drawn.taken(drawn["market.share"] > 0.05)
    assert (masked["market.share"] > 0.05).all()


def test_draws_in_another_order_keep_their_lumps() -> None:
    drawn = plan().draws.taken(slice(50))
    order = np.arange(50)[::-1]
    turned = drawn.taken(order)
    np.testing.assert_array_equal(turned.chance("x", 1), drawn.chance("x", 1)[order])


def test_lumps_differ_by_key_month_and_draw() -> None:
    drawn = plan().draws
    first = drawn.chance("income.setup", 1)
    assert 0.49 < first.mean() < 0.51
    for other in (drawn.chance("income.setup", 2), drawn.chance("income.other", 1)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.03


def test_values_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="read-only"):
        plan().draws["unit.hour"][0] = 1.0


def test_points_of_a_design_become_their_quantiles() -> None:
    register = plan().register
    paths = [path for path in register if not register[path].now.certain]
    made = uniform_to_draws(register, np.full((2, len(paths)), 0.5))
    for path in paths:
        assert made[path] == pytest.approx(np.full(2, register[path].now.median)), path
    assert (made["customers.now"] == 5).all()
    two = uniform_to_draws(register, np.array([[0.05, 0.95]]), ["unit.hour", "unit.utilisation"])
    assert two["unit.hour"][0] == pytest.approx(0.08)
    assert two["unit.utilisation"][0] == pytest.approx(0.40)


def test_a_missing_value_says_how_to_give_it() -> None:
    with pytest.raises(MeasurementMissing) as missing:
        plan().draws["customers.growth"]
    assert "growth: LOW..HIGH" in missing.value.do
    assert missing.value.where == "customers.growth"


THREE = ("market.share", "price.elasticity", "customers.churn")
CLASHING = [
    {"between": [THREE[0], THREE[1]], "rank": 0.9},
    {"between": [THREE[1], THREE[2]], "rank": 0.9},
    {"between": [THREE[0], THREE[2]], "rank": -0.9},
]


def test_correlations_that_cannot_be_offer_the_nearest_that_can() -> None:
    raw = yaml.safe_load(EXAMPLE) | {"correlations": CLASHING}
    wrong = plan(yaml.safe_dump(raw))
    with pytest.raises(CorrelationsWrong) as refused:
        _ = wrong.draws
    pasted = yaml.safe_load(refused.value.do.partition("\n\n")[2])
    ranks = {tuple(one["between"]): one["rank"] for one in pasted["correlations"]}
    assert all(abs(rank) < 0.9 for rank in ranks.values())
    assert plan(yaml.safe_dump(raw | pasted)).draws.n == 10_000


def test_the_nearest_correlation_matrix_is_highams() -> None:
    # Higham (2002), section 5: the answer for this matrix, to the four digits that it gives.
    wanted = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    near = nearest_correlation(wanted)
    assert near[0, 1] == pytest.approx(0.7607, abs=5e-5)
    assert near[0, 2] == pytest.approx(0.1573, abs=5e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6))
def test_what_is_offered_is_always_a_correlation_matrix(ranks: list[float]) -> None:
    names = ["a", "b", "c", "d"]
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    given_ = [
        Correlation(between=(names[i], names[j]), rank=rank)
        for (i, j), rank in zip(pairs, ranks, strict=True)
    ]
    made = offered(matrix(given_, names))
    scores = 2 * np.sin(np.pi * made / 6)
    np.fill_diagonal(scores, 1.0)
    assert np.linalg.eigvalsh(scores)[0] >= -1e-12
    np.testing.assert_array_equal(made, made.T)
