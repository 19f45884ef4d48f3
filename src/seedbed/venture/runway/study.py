"""Everything that `plan runway` finds, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.model import TODAY, Decision
from seedbed.venture.plan import Plan
from seedbed.venture.result import HIGH, LOW
from seedbed.venture.runway import actions
from seedbed.venture.runway.actions import Effect
from seedbed.venture.runway.alive import Alive, Trough, alive, trough
from seedbed.venture.runway.paths import PATHS, Paths, by_chance_alone, drawn, follow
from seedbed.venture.runway.ruin import Ruin, ruin

ASSUMED, LUCK = 200, 100
"""Assumptions that are held fixed in turn, and paths of luck for each."""


class Study:
    """The runway of a plan under a decision.

    Args:
        plan: The plan.
        paths: How many paths of cash.
        decision: What is decided; by default to go on as today.

    Raises:
        MeasurementMissing: a value that the model needs is not there.
        VentureWrong: too few or too many paths.
    """

    def __init__(self, plan: Plan, *, paths: int = PATHS, decision: Decision = TODAY) -> None:
        self.plan = plan
        self.decision = decision
        self.months = plan.venture.months
        self.least = float(plan.venture.limits.least_cash)
        self.paths: Paths = follow(plan, drawn(plan, paths), decision)

    @cached_property
    def ruin(self) -> Ruin:
        """When cash falls below zero."""
        return self.paths.ruin()

    @cached_property
    def below_least(self) -> Ruin | None:
        """When cash falls below `limits.least_cash`; None where that is no limit of its own."""
        return self.paths.ruin(self.least) if self.least > 0 else None

    @cached_property
    def without_rounds(self) -> Ruin:
        """When cash would fall below zero without new money."""
        return ruin(self.paths.outcome.cash)

    @cached_property
    def alive(self) -> Alive:
        """Which draws are default alive."""
        return alive(self.plan, self.paths)

    @cached_property
    def trough(self) -> Trough:
        """The lowest point of each path without new money."""
        return trough(self.plan, self.paths)

    @cached_property
    def effects(self) -> list[Effect]:
        """What could be done, and what it does."""
        few = self.paths.draws.taken(slice(actions.PATHS))
        return actions.effects(self.plan, few, self.decision)

    @cached_property
    def by_assumption(self) -> Array:
        """The chance of ruin under each of `ASSUMED` assumptions taken as certain."""
        held = by_chance_alone(self.paths.draws, ASSUMED, LUCK)
        first = follow(self.plan, held, self.decision).ruin().first
        return np.asarray((first.reshape(ASSUMED, LUCK) > 0).mean(axis=1))

    @property
    def luck(self) -> bool:
        """Whether anything is left to chance once the assumptions are known."""
        lumps = any(one.chance is not None for one in self.plan.venture.income)
        return lumps or bool(self.plan.venture.rounds)

    @cached_property
    def bands(self) -> Bands:
        """Cash by month at the points of the fan chart."""
        return bands(self.paths.cash)


def usual(plan: Plan) -> Study:
    """Return the study of going on as today; computed once a plan, for whoever asks.

    Raises:
        MeasurementMissing: a value that the model needs is not there.
    """
    return plan.once("runway", lambda: Study(plan))


@dataclass(frozen=True, slots=True)
class Bands:
    """Cash at the end of each month, (T,) each.

    Attributes:
        low: The 5 % point: of twenty paths nineteen lie above it.
        lower: The 25 % point.
        middle: Half of the paths lie above it.
        upper: The 75 % point.
        high: The 95 % point.
    """

    low: Array
    lower: Array
    middle: Array
    upper: Array
    high: Array


def bands(cash: Array) -> Bands:
    """Return cash by month at 5, 25, 50, 75 and 95 %, each month by itself.

    Args:
        cash: (N, T).
    """
    n = len(cash)
    places = [round(share * (n - 1)) for share in (LOW, 0.25, 0.5, 0.75, HIGH)]
    found = np.stack([np.partition(month, places)[places] for month in cash.T])
    return Bands(*found.T)
