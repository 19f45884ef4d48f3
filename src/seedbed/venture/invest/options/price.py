"""Ask another price: it costs some work, and its worth is the regret of today's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.errors import NoOptimum
from seedbed.venture.invest.option import Effect, Left, Option
from seedbed.venture.invest.setting import Setting
from seedbed.venture.price.demand import Demand
from seedbed.venture.price.optimum import Best, Case, bounds, optimise
from seedbed.venture.result import Said

TITLE = Said("another price", "换一个价格")
NEEDS = ("price.now", "price.elasticity")
CHANGE = 0.005
"""Prices nearer than this share to today's are no other price."""


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield the price of the highest expected worth within the bounds."""
    kind = setting.plan.venture.price.demand
    if missing := setting.has(*NEEDS[: 1 if kind == "inverse" else 2]):
        named = ", ".join(missing)
        yield Left("price", TITLE, Said(f"{named} has no value", f"缺少 {named}"))
        return
    try:
        best, case = found(setting)
    except NoOptimum as cause:
        why = f"no finite best price: {cause.got}; set price.low and price.high"
        zh = f"没有有限的最优价（{cause.got}）；请设置 price.low 和 price.high"
        yield Left("price", TITLE, Said(why, zh))
        return
    if abs(best.price / case.today - 1) > CHANGE:
        yield _option(setting, best, case)
    else:
        today = setting.told(case.today)
        said = Said(f"today's price, {today}, is the best already", f"当前价格已是最优（{today}）")
        yield Left("price", TITLE, said)


def found(setting: Setting) -> tuple[Best, Case]:
    """Return the best price over the whole plan, and the case it was found for.

    Raises:
        NoOptimum: profit rises with the price for ever, and there is no upper bound.
    """
    case = case_of(setting)
    return optimise(case), case


def case_of(setting: Setting) -> Case:
    """Return the case: discounted answers of all months, and what one costs with its errors."""
    plan, draws = setting.plan, setting.draws
    told = plan.venture.price
    ones = np.ones(setting.n)
    elasticity = ones if told.demand == "inverse" else draws["price.elasticity"]
    share = draws.get_or("market.share", 0.0) if told.demand == "logit" else 0.0
    demand = Demand(told.demand, draws["price.now"], elasticity, share * ones)
    cost = plan.model.cost_of_answer(draws) + draws.get_or("unit.other_cost", 0.0)
    if not setting.has("unit.error_rate", "value.error_cost"):
        cost = cost + draws["unit.error_rate"] * draws["value.error_cost"]
    low, high = bounds(demand, np.asarray(cost), told.low, told.high)
    volume = setting.worth(setting.base.answers)
    return Case(demand, np.asarray(cost), volume, plan.value("price.now"), low, high)


def _option(setting: Setting, best: Best, case: Case) -> Option:
    effect = Effect(price=best.price)
    flows = setting.flows(effect)
    asked, today = setting.told(best.price), setting.told(case.today)
    return Option(
        key="price",
        group="price",
        title=Said(
            f"ask {asked} for an answer instead of {today}",
            f"每次回答收 {asked}，而不是 {today}",
        ),
        cost=setting.work("price"),
        flows=flows,
        worth=setting.worth(flows),
        rests=(
            "price.elasticity",
            "price.now",
            "customers.answers",
            "unit.hour",
            "invest.work_hour",
            "invest.hours_price",
        ),
        command=f"seedbed plan price {setting.file} --publish",
        effect=effect,
        notes=_notes(setting, best, case),
    )


def _notes(setting: Setting, best: Best, case: Case) -> tuple[Said, ...]:
    if not best.bound:
        return ()
    en, zh = {"low": ("lower", "下"), "high": ("upper", "上")}[best.bound]
    at = setting.told(case.low if best.bound == "low" else case.high)
    return (
        Said(
            f"that is the {en} bound of the search, {at}: the bound chose it, not the market",
            f"这正是搜索范围的{zh}界 {at}：选中它的是界限，而不是市场",
        ),
    )
