"""R = C·η·α·β·γ: the return on capital, each factor measured where it can be.

    C   capital
    η   allocation: what today's split adds, of what the best split of the same limits adds
    α   insight: how good past forecasts were, from `plan score`
    β   innovation: quality gained a month, of what the recipe's bar asks for a month
    γ   earning: income per value delivered to who buys

η comes from the split itself, β and γ from `measures`. What is wrong with the formula: R is
linear in C, so with constant factors the best split of money is all or nothing, and a tenth more
of any factor brings the same. It is told here for what it can tell: which factor is low, and what
a tenth more of each is worth at its own cost. The formula's example, 10,000,000 · 0.8 · 0.9 · 0.7
· 0.8, is 4,032,000; the printed 4,320,000 is a slip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import prod

from seedbed.venture.allocate import measures
from seedbed.venture.allocate.measures import Seen
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said
from seedbed.venture.score.insight import Skill

NAMES = ("allocation", "insight", "innovation", "earning")
TITLES = {
    "allocation": Said("allocation η", "分配效率 η"),
    "insight": Said("insight α", "市场洞察 α"),
    "innovation": Said("innovation β", "创新速度 β"),
    "earning": Said("earning γ", "变现能力 γ"),
}
HOW = {
    "allocation": Said(
        "what today's split adds, of what the best one adds",
        "今天的分配所增加的价值，占最优分配所增加价值的比例",
    ),
    "insight": Said("forecasts scored by plan score", "由 plan score 评分的历次预测"),
    "innovation": Said(
        "quality gained a month by the releases, of what the recipe's bar asks for a month",
        "各版本每月提升的质量，占按计划达到配方质量标准每月所需提升的比例",
    ),
    "earning": Said(
        "income of an answer / ((1 − unit.error_rate) · value.right_answer)",
        "每次回答收入 / ((1 − unit.error_rate) · value.right_answer)",
    ),
}
OUTSIDE = {
    "allocation": (
        Said("today's split adds less than spending nothing", "今天的分配还不如什么都不花"),
        Said(
            "today's split adds more than the best one, for it breaks limits that the best keeps",
            "今天的分配突破了最优分配所遵守的限制，因而增加得更多",
        ),
    ),
    "insight": (
        Said('"same as last month" was the better forecast', "“与上月相同”的预测更准"),
        Said("a forecast cannot be better than exact", "预测不可能比完全准确更好"),
    ),
    "innovation": (
        Said("the last release is worse than the first", "最新版本不如最初的版本"),
        Said("quality grew faster than was planned", "质量提升快于计划"),
    ),
}
"""What it means that a factor was measured below 0, and above 1."""
TENTH = 0.1


@dataclass(frozen=True)
class Factor:
    """One factor.

    Attributes:
        name: Such as `allocation`.
        value: None where it is neither given nor measured.
        origin: `file`, `measured` or `missing`.
        where: The line of the file; empty where it was measured.
        cost: What raising it by a tenth costs; None where the file does not say.
        gain: What a tenth more of it adds to R; of η no more than what is left to 1.
        raw: What was measured, where that lies outside 0 to 1 and `value` is the nearer end.
        why: Why it could not be measured, where there is more to say than that it was not.
        how: From what it was measured, where there is more to say than `HOW`.
    """

    name: str
    value: float | None
    origin: str
    where: str = ""
    cost: float | None = None
    gain: float | None = None
    raw: float | None = None
    why: Said | None = None
    how: Said | None = None

    @property
    def net(self) -> float | None:
        """What raising it by a tenth brings, less its own cost."""
        return None if self.gain is None or self.cost is None else self.gain - self.cost


def worked_example() -> Decimal:
    """Return the product of the formula's own example, exactly."""
    return Decimal(10_000_000) * prod(Decimal(one) for one in ("0.8", "0.9", "0.7", "0.8"))


def factors(plan: Plan, *, allocation: float | None, insight: Skill) -> tuple[Factor, ...]:
    """Return the four factors, with what each is worth and costs to raise by a tenth.

    Args:
        plan: The plan.
        allocation: η as the split found it; None where it could not be told.
        insight: α, the skill of scored forecasts.
    """
    seen = {
        "allocation": Seen(allocation),
        "insight": Seen(insight.value, why=insight.why),
        "innovation": measures.innovation(plan),
        "earning": measures.earning(plan),
    }
    found = [_factor(plan, name, seen[name]) for name in NAMES]
    total = returned(plan, found)
    return tuple(_raised(plan, one, total) for one in found)


def returned(plan: Plan, found: Sequence[Factor]) -> float | None:
    """Return R, or None where a factor is missing."""
    values = [one.value for one in found if one.value is not None]
    if len(values) < len(found):
        return None
    return float(plan.venture.capital) * prod(values)


def _factor(plan: Plan, name: str, seen: Seen) -> Factor:
    path = f"factors.{name}"
    if plan.has(path) and (seen.value is None or plan.register[path].now.pin):
        return Factor(name, plan.value(path), "file", plan.register[path].where)
    if seen.value is None:
        return Factor(name, None, "missing", why=seen.why)
    # γ may be above 1: a price above what a right answer is worth.
    kept = seen.value if name == "earning" else min(max(seen.value, 0.0), 1.0)
    raw = None if kept == seen.value else seen.value
    return Factor(name, kept, "measured", raw=raw, how=seen.how)


def _raised(plan: Plan, one: Factor, total: float | None) -> Factor:
    costs = plan.venture.factors.raise_cost
    cost = float(costs[one.name]) if one.name in costs else None
    if total is None or not one.value:
        return replace(one, cost=cost)
    room = 1 / one.value - 1 if one.name == "allocation" else TENTH
    return replace(one, cost=cost, gain=total * max(min(TENTH, room), 0.0))
