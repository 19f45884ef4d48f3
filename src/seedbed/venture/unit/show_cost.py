"""What an answer and its tokens cost, part by part, and what the price leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.findings import stale_price
from seedbed.venture.machines import apart
from seedbed.venture.result import HIGH, LOW, Caution, Figure, Said, Table, figure_of
from seedbed.venture.unit import charts, cost
from seedbed.venture.unit.costs import MACHINE, Costs, costs
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.unit.pieces import Piece, cell, stepped
from seedbed.venture.unit.words import amount, percent

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan

FORMULA = "hour / (answers_per_second · 3600 · utilisation)"


def show(plan: Plan) -> Piece:
    """Return the figures of the cost of an answer."""
    draws = plan.draws
    each = costs(draws)
    figures = [*_parts(plan, each), *_tokens(plan, each)]
    cautions = []
    if said := apart(plan):
        cautions.append(Caution("unit.cost.elsewhere", said, "unit.machine"))
    if said := stale_price(plan, "unit.hour"):
        cautions.append(Caution("unit.cost.stale", said, "unit.hour"))
    if "price.now" in draws:
        figures += _margins(plan, each)
        if np.median(each.total) >= np.median(draws["price.now"]):
            cautions.append(Caution("unit.cost.above_price", ABOVE, "price.now"))
    if np.median(each.wrong) > np.median(each.made):
        cautions.append(Caution("unit.cost.mostly_wrong", WRONG, "value.error_cost"))
    return Piece(
        figures=tuple(figures),
        tables=(_table(plan, each),),
        charts=(charts.utilisation(plan, each),),
        cautions=tuple(cautions),
        notes=(IDLE,),
        data={"cost": {name: _points(getattr(each, name)) for name in ("made", "total")}},
        answer=_answer(plan, each),
    )


def _answer(plan: Plan, each: Costs) -> Said:
    currency = plan.venture.currency

    def between(language: str, draws: Doubles) -> str:
        low, middle, high = (amount(one, currency) for one in _points(draws))
        return f"{middle} ({low}–{high})" if language == "en" else f"{middle}（{low}–{high}）"

    en = f"An answer costs {between('en', each.made)} to make"
    zh = f"每次回答的成本为 {between('zh', each.made)}"
    if each.wrong.any():
        en += f", {between('en', each.total)} with what wrong answers cost"
        zh += f"，计入错误回答的代价为 {between('zh', each.total)}"
    if "price.now" in plan.draws:
        price = plan.draws["price.now"]
        told = float(np.median(price))
        left, full = (percent(float(np.median(1 - c / price))) for c in (each.made, each.total))
        en += f"; sold at {amount(told, currency)} that leaves a margin of {left}"
        zh += f"；按 {amount(told, currency)} 出售，毛利率 {left}"
        if each.wrong.any():
            en += f", {full} after wrong answers"
            zh += f"，扣除错误回答后 {full}"
    return Said(f"{en}.", f"{zh}。")


def _points(draws: Doubles) -> list[float]:
    return [float(one) for one in np.quantile(draws, (LOW, 0.5, HIGH))]


def _parts(plan: Plan, each: Costs) -> list[Figure]:
    unit = f"{plan.venture.currency}/answer"
    other = "unit.other_cost" in plan.draws
    inputs = (*MACHINE, "unit.other_cost") if other else MACHINE
    formula = f"{FORMULA} + other_cost" if other else FORMULA
    title = Said("Cost of an answer", "单位成本（每次回答）")
    figures = [
        figure_of(
            "unit.cost_per_answer", title, each.made, unit=unit, formula=formula, inputs=inputs
        )
    ]
    if other:
        title = Said("of which machine time", "其中机器时间")
        figures.append(
            figure_of(
                "unit.machine_per_answer",
                title,
                each.machine,
                unit=unit,
                formula=FORMULA,
                inputs=MACHINE,
            )
        )
    if each.wrong.any():
        title = Said("Cost of an answer with what wrong ones cost", "含错误回答代价的单位成本")
        figures.append(
            figure_of(
                "unit.full_cost_per_answer",
                title,
                each.total,
                unit=unit,
                formula="cost_per_answer + error_rate · error_cost",
                inputs=(*inputs, "unit.error_rate", "value.error_cost"),
            )
        )
    return figures


def _tokens(plan: Plan, each: Costs) -> list[Figure]:
    if "unit.tokens_per_answer" not in plan.draws:
        return []
    per_second = plan.draws["unit.answers_per_second"] * plan.draws["unit.tokens_per_answer"]
    hour, busy = plan.draws["unit.hour"], plan.draws["unit.utilisation"]
    million = cost.per_million_tokens(hour, per_second, busy)
    inputs = (*MACHINE, "unit.tokens_per_answer")
    told = "hour / (answers_per_second · tokens_per_answer · 3600 · utilisation)"
    currency = plan.venture.currency
    return [
        figure_of(
            "unit.cost_per_1000_tokens",
            Said("Machine time of 1,000 tokens", "每千 token 的机器成本"),
            million / 1000,
            unit=f"{currency}/1000 tokens",
            formula=f"{told} · 1000",
            inputs=inputs,
        ),
        figure_of(
            "unit.cost_per_million_tokens",
            Said("Machine time of a million tokens", "每百万 token 的机器成本"),
            million,
            unit=f"{currency}/million tokens",
            formula=f"{told} · 10⁶",
            inputs=inputs,
        ),
    ]


def _margins(plan: Plan, each: Costs) -> list[Figure]:
    price = plan.draws["price.now"]
    paths = ("price.now", *MACHINE)
    even = cost.break_even_utilisation(
        plan.draws["unit.hour"], plan.draws["unit.answers_per_second"], price, each.other
    )
    figures = [
        figure_of(
            "unit.margin",
            Said("Margin of an answer, as a share of its price", "毛利率"),
            1 - each.made / price,
            unit="%",
            formula="1 - cost_per_answer / price.now",
            inputs=paths,
        ),
        stepped(
            "unit.break_even_utilisation",
            Said("Utilisation at which an answer costs its price", "盈亏平衡利用率"),
            even,
            unit="%",
            formula="hour / (answers_per_second · 3600 · (price.now - other_cost))",
            inputs=paths,
        ),
    ]
    if each.wrong.any():
        figures.insert(
            1,
            figure_of(
                "unit.full_margin",
                Said("The same with what wrong answers cost", "含错误回答代价的毛利率"),
                1 - each.total / price,
                unit="%",
                formula="1 - full_cost_per_answer / price.now",
                inputs=(*paths, "unit.error_rate", "value.error_cost"),
            ),
        )
    return figures


def _table(plan: Plan, each: Costs) -> Table:
    total = float(np.median(each.total))
    rows = []
    for title, part, paths in (
        (Said("machine time", "机器时间"), each.machine, MACHINE),
        (Said("fees and the like", "手续费等"), each.other, ("unit.other_cost",)),
        (Said("wrong answers", "错误回答"), each.wrong, ("unit.error_rate", "value.error_cost")),
    ):
        if part.any():
            found = figure_of("", title, part, unit=plan.venture.currency, inputs=paths)
            rows.append((title, found, cell(float(np.median(part)) / total, "%")))
    columns = (
        Said("part", "组成"),
        Said("of an answer", "每次回答"),
        Said("share of the median", "占中位数"),
    )
    return Table(
        "unit.cost_parts", Said("What an answer costs", "单位成本构成"), columns, tuple(rows)
    )


IDLE = Said(
    "A machine is paid for whether it computes or waits: the cost of an answer is for the"
    " utilisation given, and doubles where that is halved. Training, labelling and people are not"
    " in it.",
    "机器无论计算还是空闲都要付费：单位成本对应给定的利用率，利用率减半则成本翻倍。其中不含训练、"
    "标注和人员费用。",
)
ABOVE = Said(
    "At today's price an answer costs as much as it brings or more, wrong answers counted.",
    "按当前售价，计入错误回答后，每次回答的成本不低于收入。",
)
WRONG = Said(
    "Wrong answers cost more than right ones do: a better model is worth more here than a cheaper"
    " machine.",
    "错误回答的代价超过了计算成本：在这里，更好的模型比更便宜的机器更值钱。",
)
