"""What every option is weighed against: the plan as it stands, on the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.document import numbers
from seedbed.venture.draws import Draws
from seedbed.venture.invest.evidence import Evidence, of, typed
from seedbed.venture.invest.option import Effect
from seedbed.venture.invest.priors import Priors
from seedbed.venture.model import Decision, Outcome
from seedbed.venture.plan import Plan

Floats = NDArray[np.float64]
MOST_DRAWS = 10_000


@dataclass(frozen=True)
class Setting:
    """The plan, the sum, and what comes of going on as today.

    Attributes:
        plan: The plan.
        money: The sum that can be spent.
        draws: The draws that all options share.
        base: What comes of going on as today.
        priors: Costs and gains that only options need.
        evidence: What the release that is sold can tell.
    """

    plan: Plan
    money: float
    draws: Draws
    base: Outcome
    priors: Priors
    evidence: Evidence | None

    @classmethod
    def of(cls, plan: Plan, money: float) -> Setting:
        """Return the setting of a plan.

        Raises:
            MeasurementMissing: the model lacks a value; the error says how to give it.
        """
        n = min(plan.draws.n, MOST_DRAWS)
        draws = plan.draws if n == plan.draws.n else plan.draws.taken(slice(n))
        base = plan.model.run(draws)
        evidence = of(plan)
        return cls(plan, money, draws, base, Priors(plan, n), evidence)

    @property
    def file(self) -> str:
        """The venture file, as one would type it."""
        where = self.plan.venture.where("name")
        return typed(Path(where)) if where.endswith((".yaml", ".yml")) else "venture.yaml"

    @property
    def n(self) -> int:
        """Number of draws."""
        return self.draws.n

    @property
    def months(self) -> int:
        """Months of the plan."""
        return self.plan.model.months

    def told(self, amount: float) -> str:
        """Return an amount of the venture's money for a sentence."""
        return numbers.money(amount, self.plan.venture.currency)

    def all(self, value: float) -> Floats:
        """Return the same number for every draw."""
        return np.full(self.n, float(value))

    def flows(self, effect: Effect, *, delay: int = 0) -> Floats:
        """Return (N, T) what an effect changes in monthly cash, before what is put to it.

        Args:
            effect: What changes.
            delay: Months before it begins to; spending begins at once.
        """
        draws = self.draws
        for path, by in effect.factors.items():
            draws = draws.replaced(path, draws[path] * by)
        today = self.plan.venture.spending
        spend = {use: float(today[use].monthly) + more for use, more in effect.extra.items()}
        outcome = self.plan.model.run(draws, Decision(price=effect.price, spend=spend or None))
        changed = outcome.net - self.base.net
        for more in effect.extra.values():
            changed += more
        changed[:, :delay] = 0.0
        return np.asarray(changed)

    def worth(self, flows: Floats) -> Floats:
        """Return (N,) the discounted sum of monthly flows (N, T)."""
        return np.asarray(self.plan.model.discounting(self.draws, flows.T))

    def work(self, kind: str) -> Floats:
        """Return (N,) what one's own work on a kind of option is worth; 0 where nobody can say."""
        hour, hours = self.priors.draw("work_hour"), self.priors.draw(f"hours_{kind}")
        if hour is None or hours is None:
            return np.zeros(self.n)
        return np.asarray(hour * hours)

    def ruined(self, flows: Floats | None = None, cost: Floats | float = 0.0) -> NDArray[np.bool_]:
        """Return (N,) whether cash falls below nothing within the plan.

        Args:
            flows: (N, T) further monthly flows.
            cost: (N,) money that is paid at once.
        """
        cash = self.base.cash - np.reshape(cost, (-1, 1))
        if flows is not None:
            cash = cash + np.cumsum(flows, axis=1)
        return np.asarray((cash < 0).any(axis=1))

    def has(self, *paths: str) -> list[str]:
        """Return those of the paths that have no value."""
        return [path for path in paths if path not in self.draws]
