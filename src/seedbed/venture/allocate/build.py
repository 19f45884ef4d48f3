"""From a venture to the problem of its split: what each use gives, what limits it, what is at hand.

Uses without a curve (`gives`) go on as they are: nobody has said what more of them would bring.
Everything is month by month as in `venture.model`: stocks begin at today's spending, what a month
brings is discounted at its end, cash is what the model says without the uses that are to be split.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.errors import MeasurementMissing, VentureWrong
from seedbed.venture.allocate import carry as carried
from seedbed.venture.allocate import curves
from seedbed.venture.allocate.limits import limits
from seedbed.venture.allocate.problem import Array, Cash, Problem, Use
from seedbed.venture.document import numbers
from seedbed.venture.draws import Draws
from seedbed.venture.months import first, months_from
from seedbed.venture.parts import Use as Written
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Said

LONGEST_TAIL = 60
"""Months after the plan that are counted at most."""
SIZES = {"month": 1, "quarter": 3}


@dataclass(frozen=True)
class Asked:
    """How to split.

    Attributes:
        period: `month` or `quarter`.
        budget: Most to spend in all on the uses that are split; None: what the cash allows.
        scenarios: Draws to decide by.
        after: Whether the last period's level goes on, paid and counted, until what was spent in
            the plan has acted; else the plan's end makes the last periods poor.
        months: Split over the first months only; None: all that the venture has.
    """

    period: str = "quarter"
    budget: float | None = None
    scenarios: int = 1000
    after: bool = True
    months: int | None = None


@dataclass(frozen=True)
class Built:
    """A venture's problem.

    Attributes:
        problem: What to solve.
        names: The uses that are split.
        kept: The uses that go on as they are, without a curve.
        labels: The periods, such as `2026-12 … 2027-02`.
        months: T, that are split.
        spread: By use: the (M, P) matrix from levels to what is paid by month, M ≥ T.
        fixed: By use: (T,) what is paid whatever is decided (hires under way).
        today: (U, P) today's levels.
        paths: (S, T) cash at the month's end if the uses got and gave nothing.
        least: Cash that must be left.
        cautions: What was left out, and why.
    """

    problem: Problem
    names: tuple[str, ...]
    kept: tuple[str, ...]
    labels: tuple[str, ...]
    months: int
    spread: tuple[Array, ...]
    fixed: tuple[Array, ...]
    today: Array
    paths: Array
    least: float
    cautions: tuple[Caution, ...]

    def paid(self, x: Array) -> Array:
        """Return what is paid for each use by month, (U, T), at levels (U, P)."""
        both = zip(self.spread, self.fixed, x, strict=True)
        return np.array([(fixed + spread @ level)[: self.months] for spread, fixed, level in both])


def build(plan: Plan, asked: Asked, *, rows: slice | None = None) -> Built:
    """Return the problem of a venture's split.

    Args:
        plan: The plan.
        asked: How to split.
        rows: The draws to decide by; the first `asked.scenarios` by default.

    Raises:
        MeasurementMissing: no use says what it gives.
        VentureWrong: periods are neither months nor quarters.
    """
    spending, months = plan.venture.spending, plan.venture.months
    months = min(asked.months or months, months)
    names = tuple(name for name, use in spending.items() if use.gives)
    if not names:
        raise _nothing_to_split(plan)
    if asked.period not in SIZES:
        raise VentureWrong(
            expected="month or quarter", got=repr(asked.period), do="Give --period one of these."
        )
    draws = plan.draws.taken(slice(asked.scenarios) if rows is None else rows)
    size = SIZES[asked.period]
    after = _after(plan, names) if asked.after else 0
    spread = tuple(_spread(plan, spending[name], months, size, after) for name in names)
    fixed = tuple(_under_way(plan, spending[name], months + after) for name in names)
    uses = tuple(
        _use(draws, name, spending[name], part, paid)
        for name, part, paid in zip(names, spread, fixed, strict=True)
    )
    discount = _discount(draws, months + after)
    net, cautions = _base(plan, draws)
    net = net[:, :months] - np.sum(fixed, axis=0)[:months]
    paths = float(plan.venture.capital) + np.cumsum(net, axis=1)
    labels = _labels(plan, months, size)
    least = float(plan.venture.limits.least_cash)
    out = np.cumsum(np.hstack(spread), axis=0)[:months]
    weights = np.full(draws.n, 1 / draws.n)
    cash = Cash(weights @ paths - least, out, tuple(_said(plan, t, least) for t in range(months)))
    problem = Problem(
        uses=uses,
        periods=len(labels),
        discount=discount,
        price=np.concatenate(
            [
                (discount * _counted(plan, name, months, after)) @ part
                for name, part in zip(names, spread, strict=True)
            ],
            axis=-1,
        ),
        weights=weights,
        limits=limits(plan, names, labels, out[-1], asked.budget),
        cash=cash,
        scale=float(plan.venture.capital),
        offset=(net * discount[..., :months]).sum(axis=1),
    )
    kept = tuple(name for name in spending if name not in names)
    today = np.array([[float(spending[name].monthly)] * len(labels) for name in names])
    return Built(problem, names, kept, labels, months, spread, fixed, today, paths, least, cautions)


def _nothing_to_split(plan: Plan) -> MeasurementMissing:
    return MeasurementMissing(
        expected="at least one use under spending that says what it gives",
        got=f"none of {', '.join(plan.venture.spending)}" if plan.venture.spending else "no uses",
        do="Write what money brings there, such as"
        " gives: {curve: log, a: 4000..12000, b: 6000}; see docs/how-to/split-the-money.md.",
        where="spending",
    )


def _use(draws: Draws, name: str, written: Written, spread: Array, fixed: Array) -> Use:
    path = f"spending.{name}"
    months, today = len(spread), float(written.monthly)
    keep = draws[f"{path}.carry"] if f"{path}.carry" in draws else np.zeros(draws.n)
    rates = keep[:1] if np.ptp(keep) == 0 else keep
    acts = [carried.geometric(months, one, lag=written.lag) for one in rates]
    left = [carried.left(one, today, months=months, lag=written.lag) for one in rates]
    carry, before = np.array(acts) @ spread, np.array(acts) @ fixed + np.array(left)
    if len(rates) == 1:
        carry, before = carry[0], before[0]
    step = float(written.hire) if written.hire else None
    return Use(name, _curve(draws, path, written), carry, before, step)


def _curve(draws: Draws, path: str, written: Written) -> curves.Curve:
    assert written.gives is not None
    kind = written.gives.curve

    def of(name: str) -> Array:
        return np.asarray(draws[f"{path}.gives.{name}"])[:, None]

    if kind == "log":
        return curves.Log(of("a"), of("b"))
    if kind == "power":
        return curves.Power(of("a"), of("r"))
    if kind == "saturating":
        return curves.Saturating(of("a"), of("k"))
    if kind == "logistic" and written.gives.middle is None:
        return curves.Logistic(of("a"), of("k"))
    if kind == "logistic":
        return curves.Logistic(of("a"), of("k"), of("middle"))
    return curves.Hill(of("a"), of("half"), of("slope"))


def _after(plan: Plan, names: tuple[str, ...]) -> int:
    """Return the months after the plan in which what was spent in it still acts."""
    tails = []
    for name in names:
        path = f"spending.{name}.carry"
        keep = plan.value(path) if plan.has(path) else 0.0
        tails.append(carried.tail(keep, lag=plan.venture.spending[name].lag))
    return min(max(tails), LONGEST_TAIL)


def _counted(plan: Plan, name: str, months: int, after: int) -> Array:
    """Return the part of each month's payment that is counted, (M,).

    All of it within the plan. After it, not that of the last months, as many as an effect takes on
    average: what it brings lies beyond the last month that counts.
    """
    path = f"spending.{name}.carry"
    keep = plan.value(path) if plan.has(path) else 0.0
    delay = plan.venture.spending[name].lag + keep / max(1 - keep, 1 / LONGEST_TAIL)
    month = np.arange(months + after)
    return np.where(month < months, 1.0, np.clip(months + after - delay - month, 0.0, 1.0))


def _spread(plan: Plan, written: Written, months: int, size: int, after: int) -> Array:
    """Return the matrix from levels to what is paid by month, the last level going on after.

    Whole hires begin `hiring_lag` months later.
    """
    spread = carried.groups(months, size)
    spread = np.vstack([spread, np.repeat(spread[-1:], after, axis=0)])
    wait = min(plan.venture.limits.hiring_lag, months) if written.hire else 0
    return np.vstack([np.zeros((wait, spread.shape[1])), spread[: len(spread) - wait]])


def _under_way(plan: Plan, written: Written, months: int) -> Array:
    """Return what is paid until the first hire can begin: today's level."""
    wait = plan.venture.limits.hiring_lag if written.hire else 0
    return np.where(np.arange(months) < wait, float(written.monthly), 0.0)


def _discount(draws: Draws, months: int) -> Array:
    rate = np.asarray(draws.get_or("discount", 0.0), float).reshape(-1)
    if np.ptp(rate) == 0:
        rate = rate[:1]
    found = (1 + rate[:, None]) ** (-np.arange(1, months + 1) / 12)
    return np.asarray(found[0] if len(found) == 1 else found)


def _base(plan: Plan, draws: Draws) -> tuple[Array, tuple[Caution, ...]]:
    """Return what each month changes in cash without the uses that are split, (S, T)."""
    try:
        outcome = plan.model.run(draws)
    except MeasurementMissing as why:
        return _costs_alone(plan, draws), (_without_income(why),)
    net = outcome.net - outcome.gains
    for use in plan.venture.spending.values():
        if use.gives:
            net = net + float(use.monthly)
    return net, ()


def _costs_alone(plan: Plan, draws: Draws) -> Array:
    """Return what is paid whatever is decided, as cash flows: costs, and uses without a curve."""
    net = np.zeros((draws.n, plan.venture.months))
    for one in plan.venture.costs:
        growth = 1 + np.asarray(draws.get_or(f"costs.{one.name}.growth", 0.0)).reshape(-1, 1)
        month = np.arange(1, plan.venture.months + 1)
        paid = draws[f"costs.{one.name}.monthly"][:, None] * growth ** (month - one.since)
        net -= np.where((month >= one.since) & (month <= (one.until or month[-1])), paid, 0.0)
    for use in plan.venture.spending.values():
        net -= 0.0 if use.gives else float(use.monthly)
    return net


def _without_income(why: MeasurementMissing) -> Caution:
    return Caution(
        "allocate.without_income",
        Said(
            f"Income from answers is not counted, for {why.where or why.expected} has no value: the"
            " split lives on capital and on what it brings itself.",
            f"未计入回答收入，因为 {why.where or why.expected} 没有数值："
            "此分配只靠资本和其自身收益。",
        ),
        why.where,
    )


def _labels(plan: Plan, months: int, size: int) -> tuple[str, ...]:
    named = [month_of(plan, t) for t in range(months)]
    parts = [named[i : i + size] for i in range(0, len(named), size)]
    return tuple(part[0] if len(part) == 1 else f"{part[0]} … {part[-1]}" for part in parts)


def month_of(plan: Plan, t: int) -> str:
    """Return the name of month t, counted from 0, such as `2026-12`."""
    return months_from(first(plan), t + 1)[t]


def _said(plan: Plan, t: int, least: float) -> Said:
    month, money = month_of(plan, t), numbers.money(least, plan.venture.currency)
    return Said(f"at least {money} of cash at the end of {month}", f"{month} 月末现金至少 {money}")
