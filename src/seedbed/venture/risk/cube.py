"""The plan's worth as a function of points in the unit cube, one side for each assumption.

Only what the model asks for is varied. Where income comes or does not by chance, luck is one more
side: it chooses among `STREAMS` sequences of such chances.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.draws import Draws
from seedbed.venture.model import TODAY, Decision
from seedbed.venture.plan import Plan

Floats = NDArray[np.float64]
LUCK = "luck"
STREAMS = 4096
REPEATS = 32
"""Sequences of luck over which a result is averaged where luck is not the question."""
INSIDE = 1e-12
"""Points this near to the cube's walls are moved in: a wall has no quantile."""


class _Recorded(Draws):
    """Draws that remember which paths were asked for."""

    asked: set[str]

    def __getitem__(self, path: str) -> Floats:
        self.asked.add(path)
        return super().__getitem__(path)


def used(plan: Plan) -> tuple[str, ...]:
    """Return the assumptions with a range that the model asks for, in the register's order."""
    draws = _Recorded(plan.register, {}, n=2, seed=plan.venture.seed)
    draws.asked = set()
    plan.model.run(draws)
    register = plan.register
    return tuple(p for p in register if p in draws.asked and not register[p].now.certain)


class Cube:
    """The model over the unit cube.

    Args:
        plan: The plan.
        decision: What is decided; by default to go on as today.

    Attributes:
        paths: The assumptions that are varied.
        lucky: Whether luck is a side of its own.
    """

    def __init__(self, plan: Plan, decision: Decision = TODAY) -> None:
        self.plan = plan
        self.decision = decision
        self.paths = used(plan)
        self.lucky = any(
            f"income.{one.name}.chance" in plan.register for one in plan.venture.income
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The sides: the assumptions, then luck where there is any."""
        return (*self.paths, LUCK) if self.lucky else self.paths

    def worth(self, points: Floats) -> Floats:
        """Return the worth (n,) at points (n, sides), luck among them."""
        sides = len(self.paths)
        streams = (points[:, sides] * STREAMS).astype(np.int64) if self.lucky else None
        return self._run(points[:, :sides], streams)

    def average(self, points: Floats) -> Floats:
        """Return the worth (n,) at points (n, assumptions), averaged over luck."""
        if not self.lucky:
            return self._run(points, None)
        many = np.repeat(points, REPEATS, axis=0)
        streams = np.tile(np.arange(REPEATS), len(points))
        return np.asarray(self._run(many, streams).reshape(-1, REPEATS).mean(axis=1))

    def _run(self, points: Floats, streams: NDArray[np.int64] | None) -> Floats:
        from scipy.special import ndtri

        inside = INSIDE + points * (1 - 2 * INSIDE)
        scores = dict(zip(self.paths, ndtri(inside).T, strict=True))
        seed = self.plan.venture.seed
        draws = Draws(self.plan.register, scores, n=len(points), seed=seed, rows=streams)
        return np.asarray(self.plan.model.run(draws, self.decision).worth)
