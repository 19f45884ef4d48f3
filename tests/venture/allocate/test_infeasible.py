"""Where nothing is feasible: a smallest set of limits that clash, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seedbed.errors import Infeasible
from seedbed.venture.allocate import infeasible, solve
from seedbed.venture.allocate.linear import Tangents
from seedbed.venture.allocate.problem import Limit, Problem
from venture.allocate.sample import problem, said


def least(made: Problem, use: int, amount: float) -> list[Limit]:
    eye = np.eye(made.size)
    return [
        Limit(f"least.use{use}.{p}", -eye[use * made.periods + p], -amount,
              said(f"use{use} at least {amount:,.0f} in {p}"), (use,))
        for p in range(made.periods)
    ]  # fmt: skip


def test_the_limits_that_clash_are_named_and_no_others() -> None:
    made = problem(budget=10_000, most={2: 500.0})
    clashing = replace(made, limits=(*made.limits, *least(made, 0, 3_000), *least(made, 1, 100)))
    with pytest.raises(Infeasible) as caught:
        solve.best(clashing)
    assert "the budget" in caught.value.got
    assert "use0 at least 3,000" in caught.value.got
    assert "use1" not in caught.value.got
    assert "use2" not in caught.value.got


def test_what_is_named_clashes_and_no_part_of_it_does() -> None:
    made = problem(budget=10_000, cash=40_000, most={2: 500.0})
    clashing = replace(made, limits=(*made.limits, *least(made, 0, 3_000), *least(made, 2, 400)))
    found = infeasible.smallest(clashing)
    assert not infeasible._fits(clashing, found, Tangents())
    for one in found:
        assert infeasible._fits(clashing, [other for other in found if other != one], Tangents())


def test_cash_that_no_split_can_keep_is_named_by_its_first_month() -> None:
    made = problem(cash=-1_000_000.0)
    with pytest.raises(Infeasible) as caught:
        solve.best(made)
    assert "cash of month" in caught.value.got
    assert "raise money" in caught.value.do


def test_whole_hires_may_be_what_clashes() -> None:
    made = problem(budget=30_000, most={0: 1_000.0})
    uses = (replace(made.uses[0], step=1_500.0), *made.uses[1:])
    clashing = replace(made, uses=uses, limits=(*made.limits, *least(made, 0, 500)))
    names = [one.said.en for one in infeasible.smallest(clashing)]
    assert any("whole hires of 1,500" in name for name in names)
    assert len(names) == 3


def test_limits_that_can_be_kept_do_not_clash() -> None:
    assert infeasible.smallest(problem(budget=10_000, cash=40_000)) == []


def test_cash_that_spending_earns_back_in_time_is_no_clash() -> None:
    """Short by month 6 with nothing spent, but what is spent early brings it in."""
    made = problem(cash=23_000.0)  # burns 4,000 a month for six months: 1,000 short
    bare = made.cash
    assert bare is not None
    assert bare.start[-1] == pytest.approx(-1_000)
    found = solve.best(made)
    assert np.min(made.look(found.x.ravel()).cash) >= -1e-3
