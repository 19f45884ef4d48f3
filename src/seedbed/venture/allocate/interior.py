"""A primal-dual interior-point method for the mean, or a mix of mean and CVaR, of concave worths.

    maximise (1 − w) Σ p_s V_s(x) − w CVaR_β(−V(x))   within linear limits and least cash

with Rockafellar and Uryasev's CVaR = min_η η + Σ p_s v_s / (1 − β), v_s ≥ −V_s − η, v_s ≥ 0. The
v_s are eliminated one by one in closed form, so a step costs one (n + 1)-square system however
many draws there are: that is why it is here, beside cvxpy (which is what it is tested against).

Source: Boyd and Vandenberghe, Convex Optimization (2004), 11.7; R. T. Rockafellar and S. Uryasev,
"Optimization of conditional value-at-risk", Journal of Risk 2 (2000), 21-41.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from seedbed.venture.allocate.problem import Array, Look, Problem

MOST_STEPS = 150
LEAST = 1e-9
"""Spending that the method begins with at least, in the problem's scale of money."""
TOLERANCE = 1e-9
"""Of the gap and the residuals, in the problem's scale of money."""


@dataclass(frozen=True)
class Aim:
    """What is made as large as can be.

    Attributes:
        risk: w, the weight of CVaR against the mean, 0 to 1.
        tail: 1 − β: the share of worst draws that CVaR averages, 0.1 for the worst tenth.
    """

    risk: float = 0.0
    tail: float = 0.1

    def value(self, worth: Array, weights: Array) -> float:
        """Return the aim of worths (S,)."""
        mean = float(weights @ worth)
        if self.risk == 0:
            return mean
        at = self.worst(worth, weights)
        return (1 - self.risk) * mean + self.risk * float(at @ worth)

    def worst(self, worth: Array, weights: Array) -> Array:
        """Return the weights, adding to 1, under which the mean is that of the worst draws."""
        order = np.argsort(worth, kind="stable")
        room = np.cumsum(weights[order] / self.tail)
        part = np.clip(np.minimum(room, 1.0) - np.concatenate([[0.0], room[:-1]]), 0.0, None)
        found = np.zeros(len(worth))
        found[order] = part
        return np.asarray(found / found.sum())


@dataclass(frozen=True)
class Point:
    """Where the method ended.

    Attributes:
        x: The split, (n,).
        worst: (S,) weights of the draws in the tail, adding to w.
        prices: Multipliers of the linear limits, (L,): money in aim per unit of the limit.
        cash_prices: Multipliers of least cash, (T,).
        residual: Largest of the Karush-Kuhn-Tucker residuals, in the problem's scale.
        steps: How many steps it took.
    """

    x: Array
    worst: Array
    prices: Array
    cash_prices: Array
    residual: float
    steps: int


State: TypeAlias = dict[str, Array]
_POSITIVE = ("v", "sa", "q", "p", "sl", "l", "sc", "m")
_PAIRS = (("sa", "q"), ("v", "p"), ("sl", "l"), ("sc", "m"))


def maximise(problem: Problem, aim: Aim, start: Array, fixed: Array) -> Point:
    """Return the best split.

    Args:
        problem: With concave curves, and a split that keeps all limits.
        aim: What is made large.
        start: (n,) strictly inside the bounds of every single variable that is free.
        fixed: (n,) the value of variables that are given; NaN where they are free.
    """
    return _Method(problem, aim, fixed).run(start)


class _Method:
    def __init__(self, problem: Problem, aim: Aim, fixed: Array) -> None:
        self.problem = problem
        self.unit = problem.scale
        self.aim = aim
        self.free = np.flatnonzero(np.isnan(fixed))
        self.fixed = np.where(np.isnan(fixed), 0.0, fixed)
        rows = problem.rows[:, self.free]
        norm = np.linalg.norm(rows, axis=1)
        self.live = norm > 1e-12 * np.abs(problem.rows).max(initial=0.0)
        self.norm = norm[self.live]
        self.rows = rows[self.live] / self.norm[:, None]
        left = problem.mosts - problem.rows @ self.fixed
        self.mosts = left[self.live] / self.norm / self.unit
        self.mean = (1 - aim.risk) * problem.weights
        self.tail = aim.risk * problem.weights / aim.tail if aim.risk else np.empty(0)

    def run(self, start: Array) -> Point:
        state, look = self._begin(np.maximum(start[self.free] / self.unit, LEAST))
        push = 0.1
        step = 0
        while step < MOST_STEPS:
            gap = self._gap(state)
            off = self._residual(state, look, 0.0, pairs=False)
            if max(gap * self._pairs(), off) < TOLERANCE:
                break
            step += 1
            target = push * gap
            move = self._move(state, look, target)
            state, look, length = self._walk(state, look, move, target)
            push = 0.05 if length > 0.9 else 0.2 if length > 0.3 else 0.6
            if length < 1e-10:
                break
        return self._end(state, look, step)

    def _begin(self, y: Array) -> tuple[State, Look]:
        look = self._look(y)
        state: State = {"x": y, "eta": np.zeros(1)}
        slack = np.maximum(self.mosts - self.rows @ y, 1e-3)
        state |= {"sl": slack, "l": 0.1 / slack}
        above = np.maximum(look.cash / self.unit, 1e-2)
        state |= {"sc": above, "m": 0.01 / above}
        if not len(self.tail):
            return state | dict.fromkeys(("v", "sa", "q", "p"), np.empty(0)), look
        worth = look.worth / self.unit
        spread = max(float(np.ptp(worth)), 1e-3)
        state["eta"] = np.array([-float(np.quantile(worth, self.aim.tail))])
        state["v"] = np.maximum(-worth - state["eta"], 0.0) + 0.1 * spread
        state["sa"] = state["v"] + worth + state["eta"]
        share = np.full_like(worth, self.aim.tail)
        return state | {"q": self.tail * share, "p": self.tail * (1 - share)}, look

    def _look(self, y: Array) -> Look:
        look = self.problem.look(self._full(y))
        look.slope, look.cash_slope = look.slope[:, self.free], look.cash_slope[:, self.free]
        return look

    def _full(self, y: Array) -> Array:
        x = self.fixed.copy()
        x[self.free] = y * self.unit
        return x

    def _pairs(self) -> int:
        return max(2 * len(self.tail) + len(self.mosts) + self._months(), 1)

    def _months(self) -> int:
        return 0 if self.problem.cash is None else len(self.problem.cash.start)

    def _gap(self, state: State) -> float:
        """Return the mean product of slacks and multipliers."""
        return sum(float(state[a] @ state[b]) for a, b in _PAIRS) / self._pairs()

    def _residuals(self, state: State, look: Look) -> State:
        slope = look.slope.T @ self.mean
        found: State = {
            "l": self.mosts - self.rows @ state["x"] - state["sl"],
            "c": look.cash / self.unit - state["sc"],
            "eta": np.zeros(1),
            "v": np.empty(0),
            "a": np.empty(0),
        }
        if len(self.tail):
            slope = slope + look.slope.T @ state["q"]
            found["eta"] = np.array([self.aim.risk - state["q"].sum()])
            found["v"] = self.tail - state["q"] - state["p"]
            found["a"] = look.worth / self.unit + state["eta"] + state["v"] - state["sa"]
        found["x"] = self.rows.T @ state["l"] - look.cash_slope.T @ state["m"] - slope
        return found

    def _residual(self, state: State, look: Look, target: float, *, pairs: bool = True) -> float:
        parts = list(self._residuals(state, look).values())
        if not pairs:
            return max(float(np.max(np.abs(part), initial=0.0)) for part in parts)
        parts += [state[a] * state[b] - target for a, b in _PAIRS]
        return float(np.sqrt(sum(part @ part for part in parts)))

    def _move(self, state: State, look: Look, target: float) -> State:
        """Return Newton's step towards slack × multiplier = target everywhere."""
        off = self._residuals(state, look)
        on_worth = self.mean + state["q"] if len(self.tail) else self.mean
        tight = state["l"] / state["sl"]
        dear = state["m"] / state["sc"]
        pull_l = target / state["sl"] - state["l"] - tight * off["l"]
        pull_c = target / state["sc"] - state["m"] - dear * off["c"]
        n = len(state["x"])
        matrix = np.zeros((n + 1, n + 1))
        matrix[:n, :n] = self._curvature(look, on_worth, state["m"])
        matrix[:n, :n] += (self.rows.T * tight) @ self.rows
        matrix[:n, :n] += (look.cash_slope.T * dear) @ look.cash_slope
        right = np.zeros(n + 1)
        right[:n] = -off["x"] - self.rows.T @ pull_l + look.cash_slope.T @ pull_c
        matrix[n, n] = 1.0
        joint = pull_q = one = np.empty(0)
        if len(self.tail):
            one, pull_q, joint = self._draws_out(state, off, target)
            matrix[:n, :n] += (look.slope.T * joint) @ look.slope
            matrix[n, :n] = matrix[:n, n] = look.slope.T @ joint
            matrix[n, n] = joint.sum()
            right[:n] += look.slope.T @ pull_q
            right[n] = pull_q.sum() - off["eta"][0]
        found = _solved(matrix, right)
        dx, deta = found[:n], found[n:]
        move: State = {"x": dx, "eta": deta if len(self.tail) else np.zeros(1)}
        move["sl"] = off["l"] - self.rows @ dx
        move["l"] = target / state["sl"] - state["l"] - tight * move["sl"]
        move["sc"] = off["c"] + look.cash_slope @ dx
        move["m"] = target / state["sc"] - state["m"] - dear * move["sc"]
        if not len(self.tail):
            return move | dict.fromkeys(("v", "sa", "q", "p"), np.empty(0))
        rise = look.slope @ dx + deta
        near, under = state["q"] / state["sa"], state["p"] / state["v"]
        move["v"] = (one - near * (rise + off["a"])) / (near + under)
        move["sa"] = rise + move["v"] + off["a"]
        move["q"] = pull_q - joint * rise
        move["p"] = target / state["v"] - state["p"] - under * move["v"]
        return move

    def _curvature(self, look: Look, on_worth: Array, on_cash: Array) -> Array:
        bent = look.curvature(on_worth, on_cash) * self.unit
        return np.asarray(bent[np.ix_(self.free, self.free)])

    def _draws_out(self, state: State, off: State, target: float) -> tuple[Array, Array, Array]:
        """Eliminate v: return what drives it, the pull on q, and the joint weight of each draw."""
        near, under = state["q"] / state["sa"], state["p"] / state["v"]
        one = target / state["sa"] + target / state["v"] - self.tail
        joint = near * under / (near + under)
        pull = target / state["sa"] - state["q"] - near * one / (near + under) - joint * off["a"]
        return one, pull, joint

    def _walk(
        self, state: State, look: Look, move: State, target: float
    ) -> tuple[State, Look, float]:
        """Go as far as slacks and spending stay positive and the residual falls.

        Slacks may begin wider than they are; spending may not, for a curve ends at 0.
        """
        length = 1.0
        for key in ("x", *_POSITIVE):
            down = move[key] < 0
            if np.any(down):
                length = min(length, 0.995 * float(np.min(-state[key][down] / move[key][down])))
        before = self._residual(state, look, target)
        for _ in range(40):
            there = {key: value + length * move[key] for key, value in state.items()}
            seen = self._look(there["x"])
            if self._residual(there, seen, target) <= (1 - 0.01 * length) * before + 1e-13:
                return there, seen, length
            length *= 0.5
        return state, look, 0.0

    def _end(self, state: State, look: Look, steps: int) -> Point:
        prices = np.zeros(len(self.live))
        prices[self.live] = state["l"] / self.norm
        return Point(
            x=self._full(state["x"]),
            worst=state["q"],
            prices=prices,
            cash_prices=state["m"],
            residual=self._residual(state, look, 0.0, pairs=False),
            steps=steps,
        )


def _solved(matrix: Array, right: Array) -> Array:
    """Solve a system that is positive definite but for rounding."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    # Rows differ by many powers of ten where limits bind: put ones on the diagonal first.
    root = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    even = matrix / root[:, None] / root[None, :]
    ridge = 1e-14
    while True:
        try:
            factor = cho_factor(even + ridge * np.eye(len(even)))
        except LinAlgError:
            ridge *= 100
            continue
        return np.asarray(cho_solve(factor, right / root) / root)
