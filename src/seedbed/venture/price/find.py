"""What the price is chosen for, and the price: the plan's draws brought together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.elasticity import Estimate
from seedbed.venture.elasticity_facts import PATH
from seedbed.venture.plan import Plan
from seedbed.venture.price.demand import Demand
from seedbed.venture.price.optimum import Best, Case, bounds, optimise
from seedbed.venture.price_history import History
from seedbed.venture.register import Origin
from seedbed.venture.result import Caution


@dataclass(frozen=True, slots=True)
class Held:
    """The elasticity that holds in every verb: the register's.

    Attributes:
        draws: At today's price (N,).
        origin: `measured`, `survey` or `file`; `inverse` where the formula U = k/P says one.
        estimate: What was estimated, where that holds.
        cautions: Why no estimate holds, or what to beware of in it.
    """

    draws: Array
    origin: Origin | Literal["inverse"]
    estimate: Estimate | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """All that `plan price` finds.

    Attributes:
        case: What the price was chosen for.
        best: The price.
        held: The elasticity that held.
        seen: What the ledger told.
        alone: Whether there is no customer yet, and money is that of one customer.
    """

    case: Case
    best: Best
    held: Held
    seen: History
    alone: bool


def find(plan: Plan) -> Found:
    """Return the price that maximises expected profit.

    Raises:
        MeasurementMissing: price, elasticity, unit cost or volume has no value.
        NoOptimum: profit rises for ever in some draws and there is no price.high, or no price that
            is allowed covers what an answer costs.
    """
    believed = held(plan)
    draws, price = plan.draws, plan.venture.price
    share = np.broadcast_to(np.asarray(draws.get_or("market.share", 0.0), float), (draws.n,))
    demand = Demand(price.demand, draws["price.now"], believed.draws, share)
    cost = cost_of_answer(plan)
    low, high = bounds(demand, cost, price.low, price.high)
    now = np.asarray(draws.get_or("customers.now", 0.0), float)
    alone = not now.any()
    volume = draws["customers.answers"] * (1.0 if alone else now)
    case = Case(demand, cost, volume, plan.value("price.now"), low, high)
    return Found(case, optimise(case), believed, plan.measured.prices, alone)


def held(plan: Plan) -> Held:
    """Return the elasticity that holds.

    Raises:
        MeasurementMissing: it has no value.
    """
    if plan.venture.price.demand == "inverse":
        return Held(np.ones(plan.draws.n), "inverse")
    entry, told = plan.register.entry(PATH), plan.measured.elasticity
    if entry.pinned:
        return Held(plan.draws[PATH], entry.origin)
    return Held(plan.draws[PATH], entry.origin, told.estimate, told.cautions)


def cost_of_answer(plan: Plan) -> Array:
    """Return what one more answer costs in every draw (N,): machines, payment, errors."""
    draws = plan.draws
    cost = plan.model.cost_of_answer(draws) + draws.get_or("unit.other_cost", 0.0)
    if "unit.error_rate" in draws and "value.error_cost" in draws:
        cost = cost + draws["unit.error_rate"] * draws["value.error_cost"]
    return np.asarray(cost)
