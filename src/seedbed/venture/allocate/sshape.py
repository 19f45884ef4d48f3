"""Curves that begin slowly (S-shaped Hill and logistic): branch and bound over concave envelopes.

Such a curve pays nothing until enough is spent, so a split can be best among its neighbours and
still be bad. The envelope, the least concave curve above it, gives a bound that holds for every
split; ranges of what acts are halved where curve and envelope differ most. What is left between the
best split found and the bound is stated. Source: J. Falk and R. Soland, "An algorithm for separable
nonconvex programming problems", Management Science 15 (1969).
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from seedbed.errors import Infeasible
from seedbed.venture.allocate import hires, infeasible, linear, solve
from seedbed.venture.allocate.curves import Curve, Jet
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.problem import Array, Limit, Problem, Use
from seedbed.venture.allocate.solve import Solution
from seedbed.venture.result import Said

CLOSE = 1e-4
SECONDS = 15.0
NODES = 200


@dataclass(frozen=True)
class Enveloped(Curve):
    """The concave envelope of an S-shaped curve over a range: straight to `touch`, then the curve.

    Attributes:
        base: The curve.
        low: (1, M) from where.
        start: (S, M) what the curve gives there.
        touch: (S, M) where the straight line meets the curve.
        rise: (S, M) the line's slope.
    """

    base: Curve
    low: Array
    start: Array
    touch: Array
    rise: Array

    def jet(self, x: Array) -> Jet:
        """See `Curve.jet`."""
        value, slope, bend = self.base.jet(np.maximum(x, self.touch))
        straight = x < self.touch
        line = self.start + self.rise * (x - self.low)
        return Jet(
            np.where(straight, line, value),
            np.where(straight, self.rise, slope),
            np.where(straight, 0.0, bend),
        )

    def inverse(self, slope: Array) -> Array:
        """See `Curve.inverse`."""
        raise NotImplementedError("only whole problems are solved over envelopes")

    def _scaled(self, money: float) -> dict[str, Array]:
        raise NotImplementedError("the problem is scaled before envelopes are laid")


def envelope(curve: Curve, low: Array, high: Array) -> Enveloped:
    """Return the envelope over ranges [low, high] by month, (M,) each; high may be infinite."""
    low, high = low[None, :], high[None, :]
    start = curve.value(low)
    turn = curve.turn()
    # The tangent from `low` touches at most where it does from 0.
    near = np.maximum(np.broadcast_to(turn, start.shape), low)
    far = np.maximum(curve.reach(), near)
    for _ in range(60):
        middle = (near + far) / 2
        jet = curve.jet(middle)
        over = jet.slope * (middle - low) > jet.value - start
        near, far = np.where(over, middle, near), np.where(over, far, middle)
    touch = np.where(turn > low, np.minimum(far, high), low)
    long = np.maximum(touch - low, 1e-300)
    rise = np.where(touch > low, (curve.value(touch) - start) / long, 0.0)
    return Enveloped(curve.a, curve, low, start, touch, rise)


@dataclass(frozen=True)
class _Node:
    ranges: tuple[tuple[Array, Array], ...]  # by use: least and most of what acts, (M,) each
    limits: tuple[Limit, ...]


def best(problem: Problem, aim: Aim) -> Solution:
    """Return the best split found; its `ceiling` bounds every split within the limits."""
    began, count = time.monotonic(), itertools.count()
    months = problem.discount.shape[-1]
    whole = (np.zeros(months), np.full(months, np.inf))
    root = _Node(tuple(whole for _ in problem.uses), ())
    queue: list[tuple[float, int, _Node, Solution]] = []
    found: Solution | None = None
    closed, nodes = [-np.inf], [root]
    for _ in range(NODES):
        for node in nodes:
            bound = _bounded(problem, aim, node)
            if bound is None:
                continue
            one = _true(problem, aim, bound, polish=found is None)
            found = one if found is None or one.value > found.value else found
            heapq.heappush(queue, (-bound.ceiling, next(count), node, bound))
        if found is None:
            raise infeasible.clash(problem)
        top = max([-queue[0][0] if queue else -np.inf, *closed])
        late = time.monotonic() - began > SECONDS
        if not queue or late or top - found.value <= CLOSE * max(abs(found.value), 1e-6):
            break
        _, _, node, bound = heapq.heappop(queue)
        nodes = list(_children(problem, node, bound.x))
        closed += [] if nodes else [bound.ceiling]
    assert found is not None  # the root has one
    return replace(_polished(problem, aim, found), ceiling=max(top, found.value))


def _bounded(problem: Problem, aim: Aim, node: _Node) -> Solution | None:
    """Return the best split over the envelopes of a node's ranges; None where none fits."""
    uses = tuple(
        replace(use, curve=envelope(curve, *span)) if (curve := _steep(use)) else use
        for use, span in zip(problem.uses, node.ranges, strict=True)
    )
    relaxed = replace(problem, uses=uses, limits=(*problem.limits, *node.limits))
    months = range(0 if problem.cash is None else len(problem.cash.start))
    if node.limits and linear.kept(relaxed, range(len(relaxed.limits)), months) is None:
        return None
    inner = hires.best if any(use.step for use in problem.uses) else solve.smooth
    try:
        return inner(relaxed, aim)
    except Infeasible:
        return None


def _steep(use: Use) -> Curve | None:
    """Return a use's curve where it is S-shaped."""
    return None if use.curve.concave else use.curve


def _true(problem: Problem, aim: Aim, bound: Solution, *, polish: bool) -> Solution:
    """Return a relaxed split with what it is truly worth, where it keeps the least cash."""
    look = problem.look(np.maximum(bound.x.ravel(), 0.0))
    value = aim.value(look.worth, problem.weights)
    if np.any(look.cash < -1e-6 * problem.scale):
        value = -np.inf  # the envelopes promised more than there is
    one = replace(bound, worths=look.worth, value=value, prices=bound.prices[: len(problem.limits)])
    return _polished(problem, aim, one) if polish else one


def _polished(problem: Problem, aim: Aim, one: Solution) -> Solution:
    """Return the split improved among its neighbours, with exact slopes; or as it was."""
    from scipy.optimize import minimize

    free = np.repeat([not use.step for use in problem.uses], problem.periods)
    unit, base = problem.scale, one.x.ravel()

    def full(y: Array) -> Array:
        x = base.copy()
        x[free] = np.maximum(y, 1e-12) * unit
        return x

    def aim_of(y: Array) -> tuple[float, Array]:
        look = problem.look(full(y))
        under = (1 - aim.risk) * problem.weights
        if aim.risk:
            under = under + aim.risk * aim.worst(look.worth, problem.weights)
        return -float(under @ look.worth) / unit, -(under @ look.slope)[free]

    def room(y: Array) -> Array:
        x = full(y)
        return np.concatenate([problem.mosts - problem.rows @ x, problem.look(x).cash]) / unit

    def room_slope(y: Array) -> Array:
        return np.vstack([-problem.rows, problem.look(full(y)).cash_slope])[:, free]

    limits = {"type": "ineq", "fun": room, "jac": room_slope}
    with np.errstate(all="ignore"):
        found = minimize(
            aim_of, base[free] / unit, jac=True, method="SLSQP", constraints=[limits],
            options={"maxiter": 100, "ftol": 1e-12},
        )  # fmt: skip
    x = full(found.x)
    if not np.all(np.isfinite(x)) or np.min(room(x[free] / unit)) < -1e-8:
        return one
    worths = problem.worths(x)
    value = aim.value(worths, problem.weights)
    if value <= one.value:
        return one
    return replace(one, x=x.reshape(one.x.shape), worths=worths, value=value)


def _children(problem: Problem, node: _Node, x: Array) -> Iterator[_Node]:
    """Halve the range in which curve and envelope differ most, at what acts there."""
    most, where = 0.0, None
    for u, (use, span) in enumerate(zip(problem.uses, node.ranges, strict=True)):
        curve = _steep(use)
        if curve is None or use.carry.ndim == 3:
            continue  # where what acts differs between draws there is no one range to halve
        acts = use.before + use.carry @ x[u]
        above = envelope(curve, *span).value(acts) - curve.value(acts)
        lost = problem.weights @ np.broadcast_to(above, (problem.draws, acts.shape[-1]))
        lost = lost * np.atleast_2d(problem.discount).mean(axis=0)
        month = int(np.argmax(lost))
        if lost[month] > most:
            most, where = float(lost[month]), (u, month, float(acts[month]))
    if where is None or most <= 1e-9 * problem.scale:
        return
    u, month, at = where
    use = problem.uses[u]
    twins = np.all(use.carry == use.carry[month], axis=1) & (use.before == use.before[month])
    row = np.zeros(problem.size)
    row[u * problem.periods : (u + 1) * problem.periods] = use.carry[month]
    low, high = node.ranges[u]
    at = min(max(at, low[month] + 1e-6 * problem.scale), high[month])
    for sign in (1.0, -1.0):
        end = at - use.before[month]
        limit = Limit("range.0", sign * row, sign * end, Said("", ""), plain=True)
        span = (low, np.where(twins, at, high)) if sign > 0 else (np.where(twins, at, low), high)
        ranges = (*node.ranges[:u], span, *node.ranges[u + 1 :])
        yield _Node(ranges, (*node.limits, limit))
