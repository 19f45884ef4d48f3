"""From the best mean to the mildest bad case: the splits that no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.venture.allocate import solve
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Problem
from seedbed.venture.allocate.solve import Solution

WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)


@dataclass(frozen=True)
class Step:
    """A point of the frontier.

    Attributes:
        risk: Weight of the bad case.
        mean: Mean worth.
        bad: Mean worth of the worst draws, −CVaR.
        solution: The split.
    """

    risk: float
    mean: float
    bad: float
    solution: Solution


def frontier(
    problem: Problem, *, tail: float = 0.1, weights: Sequence[float] = WEIGHTS
) -> tuple[Step, ...]:
    """Return the frontier, from the best mean to the best of the worst draws."""
    steps = []
    for risk in weights:
        found = solve.best(problem, Aim(risk, tail))
        mean = float(problem.weights @ found.worths)
        bad = Aim(1.0, tail).value(found.worths, problem.weights)
        steps.append(Step(risk, mean, bad, found))
    return tuple(steps)
