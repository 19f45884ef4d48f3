"""Problems of allocation whose answers are published: T1, T4 to T8, and the return on capital."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.allocate import carry, factors, recourse, solve, tails
from seedbed.venture.allocate.curves import Hill, Log, Logistic
from seedbed.venture.allocate.exact import Group, split
from seedbed.venture.allocate.problem import Limit, Use
from seedbed.venture.allocate.problem import Problem as Split
from seedbed.venture.result import Said
from seedbed.venture.verify.base import Problem

Array = NDArray[np.float64]

BIRGE = "Birge and Louveaux, Introduction to Stochastic Programming, 1.1"
# The published split is a solver's, 0.0007 from the exact one: its slopes' root is 54.7833235.
SOLVER = 0.001
PYMC = "pymc-marketing, tests/mmm/test_budget_optimizer.py"
ROCKAFELLAR = "Rockafellar and Uryasev, Journal of Risk 2 (2000), 21-41"
POWERS = (0.8, 0.9, 0.7, 0.8)
BOYD = "Boyd and Vandenberghe, Convex Optimization, example 5.2"


@cache
def farmer() -> recourse.Compared:
    """T1: acres of wheat, corn and beet now; buy and sell when the yields are known.

    Reactions are to sell wheat and corn, to sell beet at 36 and at 10, and to buy wheat and corn.
    """
    gain = np.array([170.0, 150.0, 36.0, 10.0, -238.0, -210.0])
    reaction = np.array([[1, 0, 0, 0, -1, 0], [0, 1, 0, 0, 0, -1], [0, 0, 1, 1, 0, 0]], float)
    room = np.array([-200.0, -240.0, 0.0])
    most = np.array([np.inf, np.inf, 6000.0, np.inf, np.inf, np.inf])
    scenes = tuple(
        recourse.Scenario(1 / 3, gain, -by * np.diag([2.5, 3.0, 20.0]), reaction, room, most)
        for by in (1.2, 1.0, 0.8)
    )
    land = np.ones((1, 3))
    cost = np.array([150.0, 230.0, 260.0])
    return recourse.compare(recourse.TwoStage(cost, land, np.array([500.0]), scenes))


@cache
def channels(*, after: int = 3, most: float = np.inf) -> tuple[Array, float]:
    """T4: two channels, 100 a period for 30 periods; return the split and its mean response."""
    months, rates = 30, ((0.1, 0.3, 0.5, 0.7), (0.2, 0.4, 0.6, 0.8))
    uses = tuple(
        Use(
            name,
            Logistic(np.array([[scale]]), np.array(rate)[:, None]),
            carry.windowed(months, keep, window=4, after=after).sum(axis=1, keepdims=True),
            np.zeros(months + after),
        )
        for name, scale, keep, rate in zip("ab", (0.5, 1.0), (0.5, 0.7), rates, strict=True)
    )
    # In hundreds: a hundred a period to split, and the curves take what is spent as it stands.
    limits = [Limit(f"floor.{i}", -np.eye(2)[i], 0.0, Said("", ""), plain=True) for i in (0, 1)]
    limits.append(Limit("budget.1", np.ones(2), 100.0, Said("", "")))
    if np.isfinite(most):
        limits += [Limit(f"most.{i}", np.eye(2)[i], most, Said("", "")) for i in (0, 1)]
    problem = Split(
        uses=uses,
        periods=1,
        discount=np.ones(months + after),
        price=np.zeros(2),
        weights=np.full(4, 0.25),
        limits=tuple(limits),
        scale=100.0,
    )
    found = solve.best(problem)
    return found.x.ravel(), float(np.mean(found.worths))


@cache
def water() -> Array:
    """T5: maximise Σ ln(α_i + x_i) with power 1."""
    alpha = np.array([0.8, 1.0, 1.2])
    return split([Group(np.arange(3), Log(np.ones(3), alpha))], 1.0).spend


@cache
def shares() -> Array:
    """Maximise Π s_i^a_i, which is to maximise Σ a_i ln s_i, over shares of one budget."""
    return split([Group(np.arange(4), Log(np.array(POWERS), np.full(4, 1e-15)))], 1.0).spend


@cache
def portfolio() -> Array:
    """T6: shares of S&P 500, government bonds and small caps."""
    return tails.portfolio(MEANS, COVARIANCE, least=0.011)


MEANS = np.array([0.0101110, 0.0043532, 0.0137058])
COVARIANCE = np.array(
    [
        [0.00324625, 0.00022983, 0.00420395],
        [0.00022983, 0.00049937, 0.00019247],
        [0.00420395, 0.00019247, 0.00764097],
    ]
)
ROWS = np.array(
    [
        [0.12, 0.55, 0.89],
        [0.34, 0.71, 0.23],
        [0.91, 0.08, 0.67],
        [0.45, 0.82, 0.11],
        [0.78, 0.29, 0.95],
    ]
)


def _acres(crop: int) -> float:
    return float(farmer().x[crop])


def _level(channel: int) -> float:
    return float(water()[channel])


def _share(asset: int) -> float:
    return float(portfolio()[asset])


def _part(factor: int) -> float:
    return float(shares()[factor])


def _tail(beta: float, which: int) -> float:
    spread = tails.deviation(portfolio(), COVARIANCE)
    return tails.normal(-float(MEANS @ portfolio()), spread, beta)[which]


def _carried(column: int, keep: float) -> float:
    return float((carry.windowed(5, keep, window=5) @ ROWS[:, column])[-1])


def _hill(x: float) -> float:
    one = np.ones(1)
    return float(Hill(one, one, one).value(np.array([x]))[0])


def _water_log() -> float:
    return float(np.log(np.array([0.8, 1.0, 1.2]) + water()).sum())


PROBLEMS: tuple[Problem, ...] = (
    *(
        Problem(f"T1.{name}", f"the farmer's acres of {name}", BIRGE, "S", acres, 0.5,
                partial(_acres, i))
        for i, (name, acres) in enumerate([("wheat", 170.0), ("corn", 80.0), ("beet", 250.0)])
    ),
    Problem("T1.profit", "the farmer's expected profit", BIRGE, "S", 108390, 0.5,
            lambda: farmer().recourse),
    Problem("T1.wait", "if the weather were known", BIRGE, "R", 115405.56, 0.005,
            lambda: farmer().wait_and_see),
    Problem("T1.evpi", "expected value of perfect information", BIRGE, "R", 7015.56, 0.005,
            lambda: farmer().perfect_information),
    Problem("T1.vss", "value of the stochastic solution", BIRGE, "S", 1150, 0.5,
            lambda: farmer().stochastic_solution),
    Problem("T4.first", "two channels with carry-over: the first's part", PYMC, "S", 54.784, SOLVER,
            lambda: float(channels()[0][0])),
    Problem("T4.second", "the second's part", PYMC, "S", 45.216, SOLVER,
            lambda: float(channels()[0][1])),
    Problem("T4.mean", "the mean response", PYMC, "R", 48.9, 0.05, lambda: channels()[1]),
    Problem("T4.forgotten", "the first's part if the effect after the last period is forgotten",
            PYMC, "R", 58.977, 0.0005, lambda: float(channels(after=0)[0][0])),
    Problem("T4b.first", "the same, each channel at most 50", PYMC, "S", 50, 0.0005,
            lambda: float(channels(most=50.0)[0][0])),
    Problem("T4b.second", "the second's part", PYMC, "S", 50, 0.0005,
            lambda: float(channels(most=50.0)[0][1])),
    *(
        Problem(f"T5.{i + 1}", f"water-filling, channel {i + 1}", BOYD, "R", power, 0.00005,
                partial(_level, i))
        for i, power in enumerate([0.5333, 0.3333, 0.1333])
    ),
    Problem("T5.level", "its level", BOYD, "R", 4 / 3, 1e-6, lambda: 0.8 + float(water()[0])),
    Problem("T5.sum", "its sum of logarithms", BOYD, "R", 0.86305, 0.000005, _water_log),
    *(
        Problem(f"T6.share{i + 1}", f"portfolio of least CVaR, share {i + 1}", ROCKAFELLAR, "M",
                share, 0.00005, partial(_share, i))
        for i, share in enumerate([0.4520, 0.1156, 0.4324])
    ),
    *(
        Problem(f"T6.{name}{beta:.0%}", f"its {name} at {beta:.0%}", ROCKAFELLAR, "M", value, 1e-6,
                partial(_tail, beta, which))
        for which, name, values in (
            (0, "VaR", (0.067847, 0.090200, 0.132128)),
            (1, "CVaR", (0.096975, 0.115908, 0.152977)),
        )
        for beta, value in zip((0.90, 0.95, 0.99), values, strict=True)
    ),
    *(
        Problem(f"T7.{keep}", f"carry-over of five periods, α {keep}", PYMC, "S", value, 0.0005,
                partial(_carried, i, keep))
        for i, (keep, value) in enumerate([(0.1, 0.751), (0.5, 0.435), (0.9, 0.572)])
    ),
    *(
        Problem(f"T8.{x:g}", f"Hill with slope and half-saturation 1 at {x:g}", "algebra", "A",
                x / (1 + x), 1e-12, partial(_hill, x))
        for x in (0.5, 1.0, 4.0)
    ),
    Problem("F1", "return on capital, 10,000,000 · 0.8 · 0.9 · 0.7 · 0.8 (printed as 4,320,000,"
            " a slip)", "algebra", "A", 4_032_000, 0.005, lambda: float(factors.worked_example())),
    *(
        Problem(f"F1.share{i + 1}", f"best share {i + 1} of a budget under Π s_i^a_i, a = {POWERS}",
                "algebra: a_i/Σa", "A", power / sum(POWERS), 1e-9, partial(_part, i))
        for i, power in enumerate(POWERS)
    ),
)  # fmt: skip
"""In the order of verification.md."""
