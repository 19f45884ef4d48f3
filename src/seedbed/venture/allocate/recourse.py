"""Linear decisions in two stages: decide now, learn which scenario holds, then react.

Three problems are compared: *recourse* (one decision now that is best over all scenarios),
*wait and see* (the scenario is known first) and the *expected-value solution* (decided as if the
mean scenario were certain, then lived with). Wait and see ≥ recourse ≥ expected value; the first
difference is the expected value of perfect information, the second the value of the stochastic
solution. Source: J. R. Birge and F. Louveaux, Introduction to Stochastic
Programming, chapters 1 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.errors import Infeasible
from seedbed.venture.allocate.problem import Array


@dataclass(frozen=True)
class Scenario:
    """What may turn out: react by y ≥ 0 with technology·x + reaction·y ≤ room.

    Attributes:
        chance: Its probability.
        gain: (k,) what a unit of each reaction brings.
        technology: (m, n).
        reaction: (m, k).
        room: (m,).
        most: (k,) most of each reaction.
    """

    chance: float
    gain: Array
    technology: Array
    reaction: Array
    room: Array
    most: Array


@dataclass(frozen=True)
class TwoStage:
    """Decide x ≥ 0 at a cost, within limits·x ≤ mosts, before the scenario is known."""

    cost: Array
    limits: Array
    mosts: Array
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True)
class Compared:
    """What was found.

    Attributes:
        x: The best decision now.
        recourse: Its expected profit.
        wait_and_see: Expected profit if the scenario were known before deciding.
        expected_value: Expected profit of the decision made for the mean scenario.
    """

    x: Array
    recourse: float
    wait_and_see: float
    expected_value: float

    @property
    def perfect_information(self) -> float:
        """EVPI: what it would be worth to know first."""
        return self.wait_and_see - self.recourse

    @property
    def stochastic_solution(self) -> float:
        """VSS: what is lost by planning for the mean."""
        return self.recourse - self.expected_value


def compare(problem: TwoStage) -> Compared:
    """Solve the three problems.

    Raises:
        Infeasible: no decision fits its limits and every scenario's.
    """
    x, recourse = solve(problem)
    alone = [solve(_only(problem, (one,)))[1] for one in problem.scenarios]
    chances = [one.chance for one in problem.scenarios]
    fixed, _ = solve(_only(problem, (_mean(problem.scenarios),)))
    return Compared(
        x=x,
        recourse=recourse,
        wait_and_see=float(np.dot(chances, alone)),
        expected_value=solve(problem, fixed=fixed)[1],
    )


def solve(problem: TwoStage, *, fixed: Array | None = None) -> tuple[Array, float]:
    """Return the best decision and its expected profit; `fixed` gives the decision.

    Raises:
        Infeasible: nothing fits.
    """
    from scipy.optimize import linprog
    from scipy.sparse import block_array, csr_array

    count, scenes = len(problem.cost), problem.scenarios
    blocks: list[list[object]] = [[csr_array(problem.limits), *([None] * len(scenes))]]
    for i, one in enumerate(scenes):
        row: list[object] = [None] * len(scenes)
        row[i] = csr_array(one.reaction)
        blocks.append([csr_array(one.technology), *row])
    if not len(problem.mosts):
        blocks = blocks[1:]
    bounds: list[tuple[float, float | None]] = [(0, None)] * count
    if fixed is not None:
        bounds = [(value, value) for value in fixed]
    bounds += [(0, None if np.isinf(most) else most) for one in scenes for most in one.most]
    cost = np.concatenate([problem.cost, *(-one.chance * one.gain for one in scenes)])
    room = np.concatenate([problem.mosts, *(one.room for one in scenes)])
    found = linprog(cost, A_ub=block_array(blocks), b_ub=room, bounds=bounds, method="highs")
    if found.x is None:
        raise Infeasible(
            expected="a decision that fits its limits in every scenario",
            got=found.message,
            do="Loosen a limit, or give a way to react in every scenario.",
        )
    return np.asarray(found.x[:count]), -float(found.fun)


def _only(problem: TwoStage, scenarios: tuple[Scenario, ...]) -> TwoStage:
    certain = tuple(
        _with_chance(one, one.chance / sum(s.chance for s in scenarios)) for one in scenarios
    )
    return TwoStage(problem.cost, problem.limits, problem.mosts, certain)


def _with_chance(one: Scenario, chance: float) -> Scenario:
    return Scenario(chance, one.gain, one.technology, one.reaction, one.room, one.most)


def _mean(scenarios: Sequence[Scenario]) -> Scenario:
    """Return the scenario of mean values; reactions must be the same in all."""
    chances = np.array([one.chance for one in scenarios])

    def mean(name: str) -> Array:
        values = [getattr(one, name) for one in scenarios]
        return np.asarray(np.tensordot(chances, np.array(values), axes=1) / chances.sum())

    first = scenarios[0]
    most = first.most
    return Scenario(1.0, mean("gain"), mean("technology"), first.reaction, mean("room"), most)
