"""The problem over several periods, and what a split of money is worth in every draw.

x holds a level of spending, money a month, for each use u and period p. What acts in month m is
z = before + carry·x, so each use gives f(z) and, over all months and uses, draw s is worth

    V_s(x) = Σ_m d_sm Σ_u f_us(z_um) − Σ_p price_s·x

with d the discount factors: the net present value of the split. Months after the plan in which
what was spent still acts may be among the m. V_s is concave wherever the curves are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.allocate.curves import Curve
from seedbed.venture.result import Said

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Use:
    """Something that money is put to.

    Attributes:
        name: What it is called.
        curve: What it gives a month, parameters (S, 1) or (1, 1).
        carry: (M, P), or (S, M, P): what a period's level adds to what acts in a month.
        before: (M,), or (S, M): what acts in a month of what was spent before.
        step: Money a month of a whole hire; None where any amount will do.
    """

    name: str
    curve: Curve
    carry: Array
    before: Array
    step: float | None = None


@dataclass(frozen=True)
class Limit:
    """A linear limit, row·x ≤ most, and how it is said.

    Attributes:
        key: Name for programs, such as `share.marketing.2`.
        row: (n,).
        most: The amount.
        said: It, with its amount, as in "marketing at most 50 % in quarter 2".
        uses: Uses that it holds back, or pushes.
        plain: Whether it is only that spending cannot be negative.
    """

    key: str
    row: Array
    most: float
    said: Said
    uses: tuple[int, ...] = ()
    plain: bool = False


@dataclass(frozen=True)
class Cash:
    """Least cash: start_t + Σ_(τ≤t) mean gains_τ − out_t·x ≥ 0 for each of T months.

    Attributes:
        start: (T,) mean cash at the month's end if the uses got and gave nothing, less the least.
        out: (T, n) what a level has drawn by the month's end.
        said: Each month's limit in words.
    """

    start: Array
    out: Array
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Problem:
    """What to split, over what, within which limits; see the module.

    Attributes:
        uses: U uses; the variable of use u in period p is u·P + p.
        periods: P.
        discount: (M,) or (S, M).
        price: (n,) or (S, n): present value of a unit of level.
        weights: (S,) chances of the draws, adding to 1.
        limits: Linear limits, those that spending is not negative among them.
        cash: Least cash, where it is asked for.
        scale: A usual amount of money; results do not depend on it.
        offset: (S,) what a draw is worth besides, whatever the split.
    """

    uses: tuple[Use, ...]
    periods: int
    discount: Array
    price: Array
    weights: Array
    limits: tuple[Limit, ...]
    cash: Cash | None = None
    scale: float = 1.0
    offset: Array | float = 0.0
    rows: Array = field(init=False)
    mosts: Array = field(init=False)

    def __post_init__(self) -> None:
        rows = np.array([one.row for one in self.limits]).reshape(len(self.limits), self.size)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "mosts", np.array([one.most for one in self.limits], float))

    @property
    def size(self) -> int:
        """How many variables there are."""
        return len(self.uses) * self.periods

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.weights)

    def look(self, x: Array) -> Look:
        """Return what a split is worth, and how that changes; x is (n,)."""
        return Look(self, x)

    def worths(self, x: Array) -> Array:
        """Return V_s(x), (S,)."""
        return Look(self, x, bends=False).worth

    def reweighted(self, weights: Array) -> Problem:
        """Return the same problem with other chances of the draws; those without any are left."""
        rows = np.flatnonzero(weights > 0)
        return self._taken(rows, weights[rows])

    def of(self, row: int) -> Problem:
        """Return the problem of one draw alone, as if it were known to be the truth."""
        return self._taken(np.array([row]), np.ones(1))

    def _taken(self, rows: NDArray[np.intp], weights: Array) -> Problem:
        uses = tuple(
            replace(
                use,
                curve=use.curve.taken(rows),
                carry=use.carry[rows] if use.carry.ndim == 3 else use.carry,
                before=use.before[rows] if use.before.ndim == 2 else use.before,
            )
            for use in self.uses
        )
        return replace(
            self,
            uses=uses,
            discount=self.discount[rows] if self.discount.ndim == 2 else self.discount,
            price=self.price[rows] if self.price.ndim == 2 else self.price,
            weights=weights,
            offset=np.broadcast_to(self.offset, (self.draws,))[rows],
        )


class Look:
    """Worth, slopes and bends at one split.

    Attributes:
        worth: V_s, (S,).
        slope: ∇V_s, (S, n).
        by_use: What each use gives, the mean present value, (U,).
        cash: What is above the least cash at each month's end, (T,); empty without the limit.
        cash_slope: (T, n).
    """

    def __init__(self, problem: Problem, x: Array, *, bends: bool = True) -> None:
        self._problem = problem
        self._bends: list[Array] = []
        count, months = problem.draws, problem.discount.shape[-1]
        levels = x.reshape(len(problem.uses), problem.periods)
        self.worth = np.zeros(count) + problem.offset - problem.price @ x
        self.slope = np.empty((count, problem.size)) if bends else np.empty((0, 0))
        self.by_use = np.empty(len(problem.uses))
        gains, rises = np.zeros(months), np.zeros((months, problem.size))
        for i, (use, level) in enumerate(zip(problem.uses, levels, strict=True)):
            stock = use.before + use.carry @ level
            jet = use.curve.jet(stock)
            gain = (problem.discount * jet.value).sum(axis=-1)
            self.worth += gain
            self.by_use[i] = float(_mean(problem.weights, np.atleast_1d(gain)[:, None])[0])
            gains += _mean(problem.weights, jet.value)
            if bends:
                at = slice(i * problem.periods, (i + 1) * problem.periods)
                rises[:, at] = self._keep(use, jet.slope, jet.bend, at)
        self.cash, self.cash_slope = _cash(problem, x, gains, rises)

    def _keep(self, use: Use, slope: Array, bend: Array, at: slice) -> Array:
        """Note a use's slopes and bends; return the slope of its mean gain by month, (M, P)."""
        problem = self._problem
        acts = (use.carry > 0).any(axis=-1)  # where nothing acts, a slope may be infinite
        slope, bend = np.where(acts, slope, 0.0), np.where(acts, bend, 0.0)
        self._bends.append(bend)
        price = problem.price[..., at]
        if use.carry.ndim == 2:
            self.slope[:, at] = (problem.discount * slope) @ use.carry - price
            return np.asarray(_mean(problem.weights, slope)[:, None] * use.carry)
        rise = np.einsum("sm,smp->sp", problem.discount * slope, use.carry)
        self.slope[:, at] = rise - price
        return np.asarray(np.einsum("sm,smp->mp", problem.weights[:, None] * slope, use.carry))

    def curvature(self, on_worth: Array, on_cash: Array) -> Array:
        """Return −Σ_s on_worth_s ∇²V_s − Σ_t on_cash_t ∇²cash_t, (n, n), ⪰ 0 if concave."""
        problem = self._problem
        found = np.zeros((problem.size, problem.size))
        weight = on_worth[:, None] * problem.discount
        if len(on_cash):
            later = np.cumsum(on_cash[::-1])[::-1]
            weight = np.broadcast_to(weight, (len(on_worth), problem.discount.shape[-1])).copy()
            weight[:, : len(later)] += problem.weights[:, None] * later
        for i, (use, bend) in enumerate(zip(problem.uses, self._bends, strict=True)):
            at = slice(i * problem.periods, (i + 1) * problem.periods)
            if use.carry.ndim == 2:
                by_month = (weight * bend).sum(axis=0)
                found[at, at] = -(use.carry.T * by_month) @ use.carry
            else:
                flat = use.carry.reshape(-1, problem.periods)
                found[at, at] = -(flat.T * np.ravel(weight * bend)) @ flat
        return found


def _mean(weights: Array, values: Array) -> Array:
    """Return the mean over draws, (M,); values are (S, M), (1, M) or (M,)."""
    if values.ndim == 1 or len(values) == 1:
        return np.asarray(values.reshape(-1))
    return np.asarray(weights @ values)


def _cash(problem: Problem, x: Array, gains: Array, rises: Array) -> tuple[Array, Array]:
    if problem.cash is None:
        return np.empty(0), np.empty((0, problem.size))
    months = len(problem.cash.start)
    above = problem.cash.start + np.cumsum(gains[:months]) - problem.cash.out @ x
    return above, np.cumsum(rises[:months], axis=0) - problem.cash.out
