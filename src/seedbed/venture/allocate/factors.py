"""R = C·η·α·β·γ: the return on capital, each factor measured where it can be.

    C   capital
    η   allocation: what today's split adds, of what the best split of the same limits adds
    α   insight: how good past forecasts were, from `plan score`
    β   innovation: quality gained, of the gain that the recipe's bar asks for in the same months
    γ   earning: the price of an answer, of what a right answer is worth to who buys it

What is wrong with it: R is linear in C, so with constant factors the best split of money is all or
nothing, and a tenth more of any factor brings the same. It is told here for what it can tell: which
factor is low, and what a tenth more of each is worth at its own cost. The formula's example,
10,000,000 · 0.8 · 0.9 · 0.7 · 0.8, is 4,032,000; the printed 4,320,000 is a slip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import prod
from typing import Any

from seedbed.errors import SeedbedError
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
        "quality gained by the releases, of the gain up to the recipe's bar",
        "各版本提升的质量，占达到配方质量标准所需提升的比例",
    ),
    "earning": Said(
        "price.now / ((1 − unit.error_rate) · value.error_cost)",
        "price.now / ((1 − unit.error_rate) · value.error_cost)",
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
        Said("the last release has passed the bar", "最新版本已超过质量标准"),
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
    """

    name: str
    value: float | None
    origin: str
    where: str = ""
    cost: float | None = None
    gain: float | None = None
    raw: float | None = None
    why: Said | None = None

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
        "allocation": allocation,
        "insight": insight.value,
        "innovation": _innovation(plan),
        "earning": _earning(plan),
    }
    found = [_factor(plan, name, seen[name]) for name in NAMES]
    found = [replace(one, why=insight.why) if one.name == "insight" else one for one in found]
    total = returned(plan, found)
    return tuple(_raised(plan, one, total) for one in found)


def returned(plan: Plan, found: Sequence[Factor]) -> float | None:
    """Return R, or None where a factor is missing."""
    values = [one.value for one in found if one.value is not None]
    if len(values) < len(found):
        return None
    return float(plan.venture.capital) * prod(values)


def _factor(plan: Plan, name: str, seen: float | None) -> Factor:
    path = f"factors.{name}"
    if plan.has(path) and (seen is None or plan.register[path].now.pin):
        return Factor(name, plan.value(path), "file", plan.register[path].where)
    if seen is None:
        return Factor(name, None, "missing")
    # γ may be above 1: a price above what a right answer is worth.
    kept = seen if name == "earning" else min(max(seen, 0.0), 1.0)
    return Factor(name, kept, "measured", raw=None if kept == seen else seen)


def _raised(plan: Plan, one: Factor, total: float | None) -> Factor:
    costs = plan.venture.factors.raise_cost
    cost = float(costs[one.name]) if one.name in costs else None
    if total is None or not one.value:
        return replace(one, cost=cost)
    room = 1 / one.value - 1 if one.name == "allocation" else TENTH
    return replace(one, cost=cost, gain=total * max(min(TENTH, room), 0.0))


def _innovation(plan: Plan) -> float | None:
    """Return the part made so far of the gain that the bar asks for, first release to last.

    Below 0 where quality was lost, above 1 where the bar is passed.
    """
    from seedbed.release.store import folders, opened

    if not plan.venture.about.releases:
        return None
    name = plan.venture.about.releases[0].partition("@")[0].partition("/")[0]
    told = []
    try:
        told = [_quality(opened(one).read("report.json")) for one in folders(plan.home, name)]
    except SeedbedError:
        return None
    if not told or told[-1][1] is None:
        return None
    start, bar = told[0][0] if len(told) > 1 else told[0][2], told[-1][1]
    if start is None or bar <= start:
        return None
    return (told[-1][0] - start) / (bar - start)


def _quality(report: Mapping[str, Any]) -> tuple[float, float | None, float | None]:
    """Return a report's quality, its bar, and the baseline's quality where they are known."""
    value = float(report["metrics"][report["metric"]]["value"])
    base = next(
        (row["value"] for row in report.get("ladder") or () if row["rung"] == "baseline"), None
    )
    return value, report.get("bar"), base


def _earning(plan: Plan) -> float | None:
    needed = ("price.now", "unit.error_rate", "value.error_cost")
    if not all(plan.has(path) for path in needed):
        return None
    price, error, cost = (plan.value(path) for path in needed)
    return price / ((1 - error) * cost) if error < 1 and cost > 0 else None
