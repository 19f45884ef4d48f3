"""Ruin and break-even where they have a closed form: what the Monte Carlo is checked against."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from seedbed.venture.assumption import Array

STEP = 0.5825971579390106
"""−ζ(1/2)/√(2π): how far a walk overshoots between looks, in standard deviations of a step."""


def gambler(win: float, start: int, goal: int) -> float:
    """Return the chance of losing `start` before reaching `goal`, one at a time.

    With r = (1 − p)/p: (r^start − r^goal)/(1 − r^goal), or 1 − start/goal at p = 1/2 (Feller,
    An Introduction to Probability Theory, volume 1, XIV.2).

    Args:
        win: p, the chance of winning one step, between 0 and 1.
        start: What one has.
        goal: At which one stops, above `start`.
    """
    if win == 0.5:
        return 1 - start / goal
    log_ratio = math.log1p(-win) - math.log(win)
    if log_ratio > 0:  # divided through by r^goal, so that nothing overflows
        return math.expm1((start - goal) * log_ratio) / math.expm1(-goal * log_ratio)
    low, high = math.exp(start * log_ratio), math.exp(goal * log_ratio)
    return (low - high) / (1 - high)


def brownian(cash: float, drift: float, spread: float, months: float) -> float:
    """Return the chance that Brownian cash touches zero within so many months.

    Φ((−x − μT)/(σ√T)) + e^(−2μx/σ²) Φ((−x + μT)/(σ√T)) (Harrison, Brownian Motion and Stochastic
    Flow Systems, 1985, section 1.8).

    Args:
        cash: x, at least 0.
        drift: μ a month.
        spread: σ, the standard deviation of a month, above 0.
        months: T.
    """
    if cash <= 0:
        return 1.0
    if months <= 0:
        return 0.0
    from scipy.special import log_ndtr

    root = spread * math.sqrt(months)
    straight = math.exp(log_ndtr((-cash - drift * months) / root))
    mirrored = -2 * drift * cash / spread**2 + log_ndtr((-cash + drift * months) / root)
    return min(1.0, straight + math.exp(mirrored))


def looked_at(
    cash: float, drift: float, spread: float, months: float, *, every: float = 1
) -> float:
    """Return about how often ruin is seen where one looks only so often: less than it happens.

    The barrier moves by 0.5826·σ·√every (Broadie, Glasserman and Kou, A continuity correction for
    discrete barrier options, Mathematical Finance 7, 1997).
    """
    return brownian(cash + STEP * spread * math.sqrt(every), drift, spread, months)


def break_even_month(income: ArrayLike, growth: ArrayLike, costs: ArrayLike) -> Array:
    """Return when income growing by `growth` a month meets constant costs: ln(c/i)/ln(1 + g).

    Infinite where it never does; 0 where it does already. Arrays are taken one by one.
    """
    income, growth, costs = (np.asarray(one, dtype=np.float64) for one in (income, growth, costs))
    comes = (growth > 0) & (income > 0)
    ratio = np.divide(costs, income, out=np.ones(np.broadcast(costs, income).shape), where=comes)
    months = np.log(np.maximum(ratio, 1.0)) / np.log1p(np.where(comes, growth, 1.0))
    return np.where(income >= costs, 0.0, np.where(comes, months, np.inf))


def deepest(income: ArrayLike, growth: ArrayLike, costs: ArrayLike) -> Array:
    """Return the least that the sum of monthly results comes to before break-even.

    Month t = 0, 1, … brings income·(1 + growth)^t − costs, and all months before break-even count:
    i·((1 + g)^n − 1)/g − n·c. Minus infinity where break-even never comes.
    """
    income, growth, costs = (np.asarray(one, dtype=np.float64) for one in (income, growth, costs))
    until = break_even_month(income, growth, costs)
    comes = np.isfinite(until)
    months = np.ceil(np.where(comes, until, 0.0))
    rate = np.where(comes & (growth > 0), growth, 1.0)
    grown = income * np.expm1(months * np.log1p(rate)) / rate
    return np.where(comes, grown - months * costs, -np.inf)
