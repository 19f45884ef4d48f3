"""Published problems on prices: the formulas as given, the best price, tiers."""

from __future__ import annotations

import numpy as np

from seedbed.venture.demand import Kind
from seedbed.venture.price import formulas
from seedbed.venture.price.demand import Demand
from seedbed.venture.price.optimum import Best, Case, optimise
from seedbed.venture.verify.base import Problem

VERIFICATION = "verification.md"


def _best(kind: Kind, elasticity: float, now: float, cost: float, *, share: float = 0.0) -> float:
    one = np.ones(1)
    return float(Demand(kind, now * one, elasticity * one, share * one).best(cost * one)[0])


def _linear() -> Best:
    """Return the best price of 10,000 - 800 P at a cost of 5, found from a price of 10."""
    one = np.ones(1)
    demand = Demand("linear", 10 * one, 4 * one, 0 * one)  # 2,000 at 10, where e = 800 · 10 / 2,000
    return optimise(Case(demand, 5 * one, 2000 * one, 10.0, 5.0, 12.5))


def _tiers() -> float:
    from seedbed.ledger.money import NANOS
    from seedbed.ledger.plan import Charge
    from seedbed.ledger.pricing import cost

    tiers = [{"up_to": 100, "price": "1.00"}, {"up_to": 200, "price": "0.50"}, {"price": "0.10"}]
    return cost(Charge.model_validate({"tiers": tiers}), 250) / NANOS


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "F3",
        "Demand U = k/P, k = 0.1, P = 100",
        f"{VERIFICATION}, formula 3",
        "S",
        0.001,
        1e-12,
        lambda: formulas.inverse_demand(0.1, 100.0),
    ),
    Problem(
        "F4",
        "Price P = C + m, C = 50, m = 30 %",
        f"{VERIFICATION}, formula 4",
        "S",
        65.0,
        1e-9,
        lambda: formulas.cost_plus(50.0, 0.3),
    ),
    Problem(
        "T21.price",
        "Linear demand 10,000 - 800 P, unit cost 5: best price",
        f"{VERIFICATION}, T21",
        "R",
        8.75,
        1e-6,
        lambda: _linear().price,
    ),
    Problem(
        "T21.profit",
        "Linear demand 10,000 - 800 P, unit cost 5: profit",
        f"{VERIFICATION}, T21",
        "R",
        11250.0,
        1e-6,
        lambda: float(_linear().profit[0]),
    ),
    Problem(
        "T31",
        "Graduated tiers 1.00 for 100, 0.50 for 100, 0.10 after; 250 units",
        f"{VERIFICATION}, T31",
        "S",
        155.0,
        1e-9,
        _tiers,
    ),
    Problem(
        "P.markup",
        "Constant elasticity 3, unit cost 5: P* = C·e/(e - 1)",
        "Lerner's rule",
        "A",
        7.5,
        1e-9,
        lambda: _best("isoelastic", 3.0, 1.0, 5.0),
    ),
    Problem(
        "P.logit",
        "Logit demand of slope 1, half buy at 3, unit cost 2: P* = C + 1 + Ω",
        "Ω = 0.5671432904 solves Ω·e^Ω = 1 (OEIS A030178)",
        "A",
        3.5671432904,
        5e-11,
        lambda: _best("logit", 1.5, 3.0, 2.0, share=0.5),
    ),
)
