"""What is asked of a split: the best one, its rivals, what is uncertain about it, what binds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seedbed.errors import Infeasible
from seedbed.venture.allocate import frontier as fronts
from seedbed.venture.allocate import solve
from seedbed.venture.allocate.build import Asked, Built, build
from seedbed.venture.allocate.factors import Factor, factors
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Array, Limit
from seedbed.venture.allocate.solve import Solution
from seedbed.venture.plan import Plan
from seedbed.venture.score.insight import insight

BINDS = 1e-6
"""A unit of the limit is worth so much in the aim before it is said to bind."""


@dataclass(frozen=True)
class Effort:
    """How much is computed.

    Attributes:
        known: Draws solved alone, each as if it were known to be the truth.
        resamples: Bootstrap resamples of the draws, each solved again.
        weights: Weights of the bad case along the frontier; none for no frontier.
    """

    known: int = 40
    resamples: int = 10
    weights: tuple[float, ...] = fronts.WEIGHTS


QUICK = Effort(known=12, resamples=0, weights=(0.0, 0.4, 0.8, 1.0))
"""For the plan document."""


@dataclass(frozen=True)
class Rival:
    """Another split and what it loses against the best.

    Attributes:
        name: `today` or `equal`.
        x: (U, P).
        lost: By draw, the best split's worth less this one's, (S,).
        broken: Limits that it breaks.
    """

    name: str
    x: Array
    lost: Array
    broken: tuple[Limit, ...]
    short: float


@dataclass(frozen=True)
class Known:
    """The best split of single draws, each as if it were known to be the truth.

    Attributes:
        rows: Which draws.
        x: (K, U, P).
        gained: What knowing would have added, (K,).
        impossible: Draws in which no split keeps the limits.
    """

    rows: Array
    x: Array
    gained: Array
    impossible: int


@dataclass(frozen=True)
class Study:
    """All that is told of a split."""

    plan: Plan
    asked: Asked
    aim: Aim
    built: Built
    best: Solution
    nothing: Array
    rivals: tuple[Rival, ...]
    known: Known | None
    resampled: Array
    unseen: tuple[float, int] | None
    frontier: tuple[fronts.Step, ...]
    below: float
    worth: float
    factors: tuple[Factor, ...]

    @property
    def added(self) -> Array:
        """What the best split adds by draw, against spending nothing on these uses, (S,)."""
        return self.best.worths - self.nothing


def study(
    plan: Plan,
    asked: Asked | None = None,
    aim: Aim | None = None,
    effort: Effort | None = None,
) -> Study:
    """Return the best split of a venture's money, and all that is told of it.

    Args:
        plan: The plan.
        asked: How to split.
        aim: What to make large; the mean by default.
        effort: How much to compute.

    Raises:
        Infeasible: no split keeps all limits.
        MeasurementMissing: no use says what it gives.
        VentureWrong: periods are neither months nor quarters.
    """
    asked, aim, effort = asked or Asked(), aim or Aim(), effort or Effort()
    built = build(plan, asked)
    problem = built.problem
    best = solve.best(problem, aim)
    nothing = problem.worths(np.zeros(problem.size))
    rivals = tuple(_rivals(built, best))
    return Study(
        plan=plan,
        asked=asked,
        aim=aim,
        built=built,
        best=best,
        nothing=nothing,
        rivals=rivals,
        known=_known(built, best, effort.known) if effort.known else None,
        resampled=_resampled(built, aim, effort.resamples, plan.venture.seed),
        unseen=_unseen(plan, asked, best),
        frontier=fronts.frontier(problem, tail=aim.tail, weights=effort.weights),
        below=_below(built, best.x),
        worth=_worth(built, best),
        factors=factors(
            plan,
            allocation=_efficiency(problem.weights, best, nothing, rivals),
            insight=insight(plan),
        ),
    )


def _rivals(built: Built, best: Solution) -> Iterator[Rival]:
    problem = built.problem
    months = np.array([spread[: built.months].sum(axis=0) for spread in built.spread])
    total = float((months * best.x).sum())
    equal = np.full(best.x.shape, total / months.sum())
    for name, x in (("today", built.today), ("equal", equal)):
        look = problem.look(x.ravel())
        over = problem.rows @ x.ravel() - problem.mosts > 1e-9 * problem.scale
        broken = tuple(one for one, out in zip(problem.limits, over, strict=True) if out)
        yield Rival(name, x, best.worths - look.worth, broken, min(float(look.cash.min()), 0.0))


def _known(built: Built, best: Solution, count: int) -> Known | None:
    """Solve single draws; whole hires are let go, for what is asked is which way a split leans."""
    problem = built.problem
    if any(not use.curve.concave for use in problem.uses):
        return None
    rows, splits, gained, impossible = [], [], [], 0
    for row in range(min(count, problem.draws)):  # draws are in no order: the first are a sample
        try:
            one = solve.smooth(problem.of(row), Aim())
        except Infeasible:
            impossible += 1
            continue
        if one.residual > 1e-4:  # the limits cannot be kept in this draw, whatever is done
            impossible += 1
            continue
        rows.append(row)
        splits.append(one.x)
        gained.append(one.value - best.worths[row])
    return Known(np.array(rows), np.array(splits), np.array(gained), impossible)


def _resampled(built: Built, aim: Aim, count: int, seed: int) -> Array:
    """Return the best splits of bootstrap resamples of the draws, (B, U, P)."""
    problem = built.problem
    rng = np.random.default_rng([seed, 1])
    if any(not use.curve.concave or use.step for use in problem.uses):
        count = min(count, 3)
    found = []
    for _ in range(count):
        weights = rng.multinomial(problem.draws, problem.weights) / problem.draws
        found.append(solve.best(problem.reweighted(weights), aim).x)
    return np.array(found)


def _unseen(plan: Plan, asked: Asked, best: Solution) -> tuple[float, int] | None:
    """Return what the split adds over draws that it was not decided by, and how many those are."""
    rows = slice(asked.scenarios, min(5 * asked.scenarios, plan.draws.n))
    if rows.stop - rows.start < 100:
        return None
    other = build(plan, asked, rows=rows).problem
    added = other.worths(best.x.ravel()) - other.worths(np.zeros(other.size))
    return float(other.weights @ added), len(added)


def _below(built: Built, x: Array) -> float:
    """Return the share of draws in which cash falls below its least in some month."""
    problem = built.problem
    months = built.months
    gains = np.zeros((problem.draws, months))
    for use, level in zip(problem.uses, x, strict=True):
        stock = (use.before + use.carry @ level)[..., :months]
        gains += use.curve.value(stock)
    paid = np.cumsum(built.paid(x).sum(axis=0) - np.sum(built.fixed, axis=0)[:months])
    cash = built.paths + np.cumsum(gains, axis=1) - paid
    return float(problem.weights @ np.any(cash < built.least - 1e-6 * problem.scale, axis=1))


def _worth(built: Built, best: Solution) -> float:
    """Return what one more unit of money is worth: itself, and what the limits of money gain."""
    money = sum(
        price
        for one, price in zip(built.problem.limits, best.prices, strict=True)
        if one.key.startswith("budget.")
    )
    return 1.0 + float(best.cash_prices.sum()) + float(money)


def _efficiency(
    weights: Array, best: Solution, nothing: Array, rivals: tuple[Rival, ...]
) -> float | None:
    """Return η: what today's split adds over what the best one adds; None where nothing adds.

    Below 0 where today's split adds less than spending nothing, above 1 where it breaks limits that
    the best one keeps.
    """
    most = float(weights @ (best.worths - nothing))
    today = next(rival for rival in rivals if rival.name == "today")
    if most <= 0:
        return None
    return 1 - float(weights @ today.lost) / most


def binding(study: Study) -> list[tuple[Limit, float]]:
    """Return the limits that hold the split back, dearest first, with their worth a unit."""
    pairs = zip(study.built.problem.limits, study.best.prices, strict=True)
    found = [(one, float(price)) for one, price in pairs if price > BINDS and not one.plain]
    return sorted(found, key=lambda pair: -pair[1])


def tight_months(study: Study) -> list[tuple[int, float]]:
    """Return the months in which least cash holds the split back, with the worth of a unit."""
    prices = enumerate(study.best.cash_prices)
    return [(month, float(price)) for month, price in prices if price > BINDS]


def money_of(study: Study) -> tuple[Array, float]:
    """Return what is put to each use over the plan, (U,), and in all."""
    paid = study.built.paid(study.best.x).sum(axis=1)
    return paid, float(paid.sum())
