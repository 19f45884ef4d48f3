"""Paths of monthly cash: the shared model, with the money of rounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.venture.assumption import Array
from seedbed.venture.draws import Draws, draw
from seedbed.venture.model import TODAY, Decision, Outcome
from seedbed.venture.plan import Plan
from seedbed.venture.runway.rounds import AS_PLANNED, Changes, Raised, raise_money
from seedbed.venture.runway.ruin import Ruin, ruin

PATHS = 100_000


@dataclass(frozen=True, slots=True)
class Paths:
    """Cash in every path.

    Attributes:
        draws: What was assumed in each path.
        outcome: What the model made of it, without rounds.
        raised: Cash with the money of rounds.
    """

    draws: Draws
    outcome: Outcome
    raised: Raised

    @property
    def cash(self) -> Array:
        """Cash at the end of each month, rounds included, (N, T)."""
        return self.raised.cash

    def ruin(self, floor: float = 0.0) -> Ruin:
        """Return when each path falls below a floor."""
        return ruin(self.cash, floor)


def drawn(plan: Plan, paths: int = PATHS) -> Draws:
    """Return draws for so many paths; the plan's own where that is their number.

    Raises:
        VentureWrong: fewer than 100 paths or more than a million.
    """
    if not 100 <= paths <= 1_000_000:
        raise VentureWrong(
            expected="from 100 to 1,000,000 paths",
            got=f"{paths:,}",
            do="100,000 give the chance of ruin to within a third of a point.",
            where="--paths",
        )
    if paths == plan.venture.draws:
        return plan.draws
    return draw(plan.register, paths, seed=plan.venture.seed)


def follow(
    plan: Plan, draws: Draws, decision: Decision = TODAY, changes: Changes = AS_PLANNED
) -> Paths:
    """Return the paths of cash under a decision.

    Raises:
        MeasurementMissing: a value that the model needs is not there.
    """
    outcome = plan.model.run(draws, decision)
    return Paths(draws, outcome, raise_money(outcome.cash, draws, plan.venture.rounds, changes))


def by_chance_alone(draws: Draws, rows: int, times: int) -> Draws:
    """Return some draws' assumptions, each so many times in a row: only chance differs.

    Of n draws, `rows` are taken evenly. The paths of one assumption differ in what chance decides:
    lumps of income, and whether rounds close.
    """
    taken = np.linspace(0, draws.n - 1, rows).astype(np.int64)
    again = np.repeat(taken, times)
    values = {path: draws[path][again] for path in draws}
    return Draws(draws.register, {}, n=len(again), seed=draws.seed + 1, values=values)
