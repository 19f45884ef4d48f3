"""What could be done, and what each does to runway and ruin.

Every action is measured on the same draws and the same luck as doing nothing (common random
numbers), so that the difference is that of the action alone; its error is that of paired
differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.draws import Draws
from seedbed.venture.model import TODAY, Decision
from seedbed.venture.parts import Use
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said
from seedbed.venture.runway.paths import Paths, follow
from seedbed.venture.runway.rounds import AS_PLANNED, Changes, ordered
from seedbed.venture.runway.ruin import Ruin

LATER = 2
"""Months that a round is moved."""
DELAY = 3
"""Months that hires are moved."""
PATHS = 10_000
"""Paths on which actions are compared: pairs need fewer than levels do."""
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do.

    Attributes:
        key: For programs.
        title: In words.
        decision: What is decided then.
        changes: What is different about rounds then.
    """

    key: str
    title: Said
    decision: Decision = TODAY
    changes: Changes = AS_PLANNED


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action does within the horizon.

    Attributes:
        action: The action.
        months: Runway gained, in months on average; a path that lasts the horizon counts as that.
        months_error: Half of the 95 % interval of `months`, of counting paths alone.
        points: Change of the chance of ruin, in points: negative is good.
        points_error: Half of its interval.
    """

    action: Action
    months: float
    months_error: float
    points: float
    points_error: float


def actions(plan: Plan, base: Decision = TODAY) -> Iterator[Action]:
    """Yield what could be done in a venture, beside a decision that stands."""
    for name, use in plan.venture.spending.items():
        yield from _of_use(plan, base, name, use)
    if _priced(plan):
        price = plan.value("price.now") if base.price is None else base.price
        yield Action(
            "price.up",
            Said("raise the price by a tenth", "价格提高一成"),
            replace(base, price=price * 1.1),
        )
    for cost in plan.venture.costs:
        path = f"costs.{cost.name}.monthly"
        yield Action(
            f"cut.cost.{cost.name}",
            Said(f"save a fifth of {cost.name}", f"“{cost.name}”节省两成"),
            replace(base, changes={**base.changes, path: 0.8}),
        )
    if plan.has("customers.acquisition_cost"):
        yield Action(
            "acquisition",
            Said("win customers for a fifth less", "获客成本降低两成"),
            replace(base, changes={**base.changes, "customers.acquisition_cost": 0.8}),
        )
    yield from _of_rounds(plan, base)


def _priced(plan: Plan) -> bool:
    """Tell whether it is known what another price would do."""
    inverse = plan.venture.price.demand == "inverse"
    return plan.has("price.now") and (inverse or plan.has("price.elasticity"))


def _of_use(plan: Plan, base: Decision, name: str, use: Use) -> Iterator[Action]:
    spent = (base.spend or {}).get(name)
    money = np.full(plan.venture.months, float(use.monthly)) if spent is None else spent
    if not np.any(money):
        return
    yield Action(
        f"halve.{name}", Said(f"halve {name}", f"“{name}”减半"), _with(base, name, money * 0.5)
    )
    if use.hire is not None:
        fewer = np.maximum(money - float(use.hire), 0.0)
        lag = plan.venture.limits.hiring_lag
        fewer[..., :lag] = money[..., :lag]
        yield Action(
            f"fewer.{name}",
            Said(f"one less in {name}, from month {lag + 1}", f"第 {lag + 1} 个月起“{name}”少一人"),
            _with(base, name, fewer),
        )
    later = np.concatenate([money[..., :1].repeat(DELAY, -1), money[..., :-DELAY]], axis=-1)
    if later.shape == money.shape and np.any(later < money):
        yield Action(
            f"delay.{name}",
            Said(f"delay {name} by {DELAY} months", f"“{name}”推迟 {DELAY} 个月"),
            _with(base, name, later),
        )


def _with(base: Decision, name: str, money: Array) -> Decision:
    spend: Mapping[str, Array] = {**(base.spend or {}), name: money}
    return replace(base, spend=spend)


def _of_rounds(plan: Plan, base: Decision) -> Iterator[Action]:
    for one in ordered(plan.venture.rounds):
        name = one.name
        yield Action(
            f"later.{name}",
            Said(f"close {name} {LATER} months later", f"“{name}”轮推迟 {LATER} 个月完成"),
            base,
            Changes(later={name: LATER}),
        )
        if one.month > LATER:
            yield Action(
                f"earlier.{name}",
                Said(f"close {name} {LATER} months earlier", f"“{name}”轮提前 {LATER} 个月完成"),
                base,
                Changes(later={name: -LATER}),
            )
        yield Action(
            f"half.{name}",
            Said(f"raise half of {name}", f"“{name}”轮只融一半"),
            base,
            Changes(factor={name: 0.5}),
        )
        yield Action(
            f"without.{name}",
            Said(f"do without {name} and what follows it", f"没有“{name}”轮及其后各轮"),
            base,
            Changes(without=frozenset({name})),
        )


def sooner(plan: Plan, paths: Paths, base: Decision = TODAY) -> Iterator[Action]:
    """Yield that customers pay a month sooner from now on, where they pay late.

    What was sold before still comes when it was to come. With k = `pays_after`, month k brings the
    first month's sales besides, and each month after it the growth of sales.
    """
    late = plan.venture.customers.pays_after
    if not 0 < late <= plan.venture.months:
        return
    price = paths.draws["price.now"][:, None] if base.price is None else base.price
    sold = paths.outcome.answers * price
    flows = np.zeros_like(sold)
    flows[:, late - 1 :] = np.diff(sold[:, : sold.shape[1] - late + 1], axis=1, prepend=0.0)
    if base.flows is not None:
        flows += base.flows
    yield Action(
        "sooner",
        Said("be paid a month sooner from now on", "今后提前一个月收款"),
        replace(base, flows=flows),
    )


def effects(plan: Plan, draws: Draws, base: Decision = TODAY) -> list[Effect]:
    """Return what each action does, what lengthens the runway most first."""
    paths = follow(plan, draws, base)
    now = paths.ruin()
    found = [
        _effect(action, now, follow(plan, draws, action.decision, action.changes).ruin())
        for action in (*actions(plan, base), *sooner(plan, paths, base))
    ]
    return sorted(found, key=lambda one: (-one.months, one.points, one.action.key))


def _effect(action: Action, now: Ruin, then: Ruin) -> Effect:
    months = then.lasting - now.lasting
    ruined = (then.first > 0).astype(np.float64) - (now.first > 0)
    return Effect(
        action, float(months.mean()), _half(months), 100 * float(ruined.mean()), 100 * _half(ruined)
    )


def _half(differences: Array) -> float:
    return float(Z * differences.std(ddof=1) / np.sqrt(len(differences)))
