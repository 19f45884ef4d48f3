"""Ranks, ties and the filled sum, on options made by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.invest.fill import fill
from seedbed.venture.invest.option import Option
from seedbed.venture.invest.rank import rank
from seedbed.venture.invest.sets import choices
from seedbed.venture.result import Said

N = 300


def option(key: str, cost: object, worth: object, group: str = "") -> Option:
    costs, worths = (np.broadcast_to(np.asarray(x, dtype=float), (N,)) for x in (cost, worth))
    flows = worths[:, None] / 4 * np.ones(4)
    return Option(key, group or key, Said(key, key), costs, flows, worths, (), "seedbed models")


def test_an_option_without_cost_or_effect_is_worth_nothing() -> None:
    nothing = option("nothing", 0, 0)
    assert (nothing.net == 0).all()
    assert (nothing.ratio == 0).all()
    assert not nothing.pays
    assert np.isinf(nothing.payback()).all()
    assert fill([nothing], 100).taken == ()


def test_what_is_free_and_brings_something_comes_first() -> None:
    free, harm = option("free", 0, 5), option("harm", 0, -5)
    ranked = rank([option("good", 1, 50), harm, free])
    assert [one.option.key for one in ranked] == ["free", "good", "harm"]
    assert [one.rank for one in ranked] == [1, 2, 3]


def test_payback_is_the_month_in_which_the_cost_is_back() -> None:
    assert (option("a", 10, 16).payback() == 3).all()  # four a month
    assert (option("b", 0, 16).payback() == 1).all()
    assert np.isinf(option("c", 17, 16).payback()).all()


def test_what_cannot_be_told_apart_shares_a_rank() -> None:
    noise = np.random.default_rng(0).standard_normal(N)
    ranked = rank([option("a", 1, 2 + noise), option("b", 1, 2.01 - noise), option("c", 1, 90)])
    assert [(one.option.key, one.rank, one.tied) for one in ranked] == [
        ("c", 1, False),
        ("b", 2, True),
        ("a", 2, True),
    ]


def test_a_small_gain_in_every_draw_is_told_apart_although_intervals_overlap() -> None:
    noise = 10 * np.random.default_rng(0).standard_normal(N)
    ranked = rank([option("less", 1, 20 + noise), option("more", 1, 20.5 + noise)])
    assert [one.option.key for one in ranked] == ["more", "less"]
    assert not ranked[0].tied


SOME = st.lists(
    st.tuples(st.floats(0.1, 50), st.floats(-20, 200), st.sampled_from("xyz")),
    min_size=1,
    max_size=6,
)


def made(some: list[tuple[float, float, str]], scale: float = 1.0) -> list[Option]:
    return [
        option(f"o{i}", cost * scale, worth * scale, group)
        for i, (cost, worth, group) in enumerate(some)
    ]


@settings(max_examples=60)
@given(SOME, st.floats(1, 120))
def test_the_sum_is_filled_as_well_as_by_trying_everything(
    some: list[tuple[float, float, str]], money: float
) -> None:
    options = made(some)
    found = fill(options, money)
    assert found.cost <= money * (1 + 1e-6)
    assert found.left == max(money - found.cost, 0.0)
    assert all(one.pays for one in found.taken)
    assert len({one.group for one in found.taken}) == len(found.taken)
    best = 0.0
    for pick in product((0, 1), repeat=len(options)):
        taken = [one for one, yes in zip(options, pick, strict=True) if yes and one.pays]
        groups = [one.group for one in taken]
        if len(set(groups)) == len(groups) and sum(o.cost[0] for o in taken) <= money:
            best = max(best, sum(float(one.net[0]) for one in taken))
    reached = sum(float(one.net[0]) for one in found.taken)
    assert reached >= best * (1 - 1e-6) - 1e-6


@settings(max_examples=40)
@given(SOME, st.randoms(use_true_random=False), st.sampled_from([1e-3, 1e4]))
def test_order_and_scale_change_neither_ranks_nor_what_is_done(
    some: list[tuple[float, float, str]], shuffled: object, scale: float
) -> None:
    options, larger = made(some), made(some, scale)
    turned = list(options)
    shuffled.shuffle(turned)  # type: ignore[attr-defined]
    ranks = {one.option.key: (one.rank, one.tied) for one in rank(options)}
    assert {one.option.key: (one.rank, one.tied) for one in rank(turned)} == ranks
    assert {one.option.key: one.rank for one in rank(larger)} == {
        k: r for k, (r, _) in ranks.items()
    }


def test_the_sets_hold_nothing_and_what_would_be_done_today() -> None:
    noise = np.random.default_rng(0).standard_normal(N)
    options = [option("a", 1, 5 + noise, "g"), option("b", 1, 9 + noise, "g"), option("c", 99, 999)]
    sets = choices(options, 50)
    assert sets[:, 2].sum() == 0  # beyond the sum
    assert (sets[:, :2].sum(axis=1) <= 1).all()  # one of a group
    rows = {tuple(row) for row in sets.tolist()}
    assert {(0.0, 0.0, 0.0), (0.0, 1.0, 0.0)} <= rows
