"""How long customers stay, what one is worth, and when what it cost to win has come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.result import Caution, Figure, Said, Table, figure_of
from seedbed.venture.unit import charts, sbg, show_payback, worth
from seedbed.venture.unit.costs import costs
from seedbed.venture.unit.numbers import Doubles, at_least_zero
from seedbed.venture.unit.pieces import Piece, cell
from seedbed.venture.unit.retention import Retention
from seedbed.venture.unit.words import amount, percent

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan

UNSEEN = 0.4
"""Share of a lifetime that may lie beyond what was seen without a warning."""
LIVED = (0, 3, 6, 12, 24)
SUM = "Σ S(t) / (1 + d)^t = ₂F₁(1, β; α+β; 1/(1+d)),  d = (1 + discount)^(1/12) - 1"
MARGIN = "margin = answers · (price.now - full cost per answer) - support_cost"
INPUTS = ("customers.answers", "price.now", "unit.hour", "unit.answers_per_second")


def show(plan: Plan, kept: Retention) -> Piece:
    """Return the lifetime and the worth of a customer, with what 1/churn would have said.

    Raises:
        MeasurementMissing: a price, the answers of a customer or the discount has no value.
    """
    rate = worth.monthly_rate(plan.draws["discount"])
    months = plan.venture.months
    if not (rate >= sbg.LEAST_DISCOUNT).all():
        return _undiscounted(plan, kept)
    margin = monthly_margin(plan)
    lasts = sbg.discounted_lifetime(kept.alpha, kept.beta, rate)
    constant = sbg.constant_lifetime(kept.churn, rate)
    late = plan.venture.customers.pays_after
    paid = (1 + rate) ** -late
    ltv = worth.worth(margin, kept.alpha, kept.beta, rate, pays_after=late)
    naive = margin * constant * paid
    within = worth.worth_within(margin * paid, kept.alpha, kept.beta, rate, months)
    figures = (
        *_shape(kept),
        *_lifetimes(kept, lasts, constant),
        *_worths(plan, kept, ltv, naive, within),
    )
    acquired = show_payback.show(plan, kept, margin, ltv)
    return Piece(
        figures=(*figures, *acquired.figures),
        tables=(_ages(kept, rate, margin, plan.venture.currency),),
        charts=(charts.survival(kept),),
        cautions=(*kept.cautions, *_beyond(kept, lasts, rate), *acquired.cautions),
        notes=(WHY, MONTHLY),
        data={
            "retention": {
                "origin": kept.origin,
                "alpha": kept.fit.alpha if kept.fit else None,
                "beta": kept.fit.beta if kept.fit else None,
            },
            "worth_by_constant_churn": float(np.median(naive)),
            **acquired.data,
        },
        answer=_answer(plan, ltv, naive, acquired),
    )


def monthly_margin(plan: Plan) -> Doubles:
    """Return what a customer leaves a month, in each draw, by the formula of the monthly model."""
    draws = plan.draws
    answers = at_least_zero(draws["customers.answers"], "customers.answers")
    support = draws.get_or("customers.support_cost", 0.0)
    told: Doubles = answers * (draws["price.now"] - costs(draws).total) - support
    return told


def _beyond(kept: Retention, lasts: Doubles, rate: Doubles) -> list[Caution]:
    """Return a warning where most of the lifetime lies beyond what was ever seen."""
    if kept.lives is None:
        return []
    oldest = len(kept.lives.left)
    seen = worth.worth_within(1.0, kept.alpha, kept.beta, rate, oldest + 1)
    beyond = 1 - float(np.median(seen / lasts))
    if beyond <= UNSEEN:
        return []
    text = Said(
        f"No customer was seen for longer than {oldest} months, and {percent(beyond)} of the"
        " discounted lifetime lies beyond that: it rests on the shape of the model.",
        f"没有任何客户的观察期超过 {oldest} 个月，而折现寿命的 {percent(beyond)} 在此之后："
        "这部分完全依赖模型的形状。",
    )
    return [Caution("unit.worth.beyond", text, "customers.churn")]


def _undiscounted(plan: Plan, kept: Retention) -> Piece:
    """Return the worth within the plan's months: without a discount the sum may have no end."""
    margin, months = monthly_margin(plan), plan.venture.months
    within = worth.worth_within(margin, kept.alpha, kept.beta, 0.0, months)
    text = Said(
        "The discount is zero in some draws: a lifetime need not be finite then, so only the worth"
        f" within {months} months is told. Write a discount above zero.",
        f"部分抽样的折现率为零，此时客户寿命可能无限，因此只给出 {months} 个月内的价值。"
        "请填写大于零的折现率。",
    )
    figure = figure_of(
        "unit.worth_within",
        Said(f"Worth of a customer within {months} months", f"{months} 个月内的客户价值"),
        within,
        unit=plan.venture.currency,
        formula=f"{MARGIN}; margin · Σ S(t), t < {months}",
        inputs=INPUTS,
    )
    acquired = show_payback.show(plan, kept, margin, within)
    return Piece(
        figures=(figure, *acquired.figures),
        charts=(charts.survival(kept),),
        cautions=(*kept.cautions, Caution("unit.worth.undiscounted", text, "discount")),
    )


def _shape(kept: Retention) -> tuple[Figure, ...]:
    first = figure_of(
        "unit.churn_first",
        Said("Share of new customers that leave in their first month", "新客户首月流失率"),
        kept.alpha / (kept.alpha + kept.beta),
        unit="%",
        formula="α / (α + β)",
        inputs=("customers.churn",),
    )
    year = figure_of(
        "unit.churn_after_a_year",
        Said("Share that leaves in the month after a year", "满一年后的月流失率"),
        kept.alpha / (kept.alpha + kept.beta + 12),
        unit="%",
        formula="α / (α + β + 12)",
        inputs=("customers.churn",),
    )
    if kept.fit is None or kept.fit.alike:  # then both lie at the edge of what was tried
        return (first, year)
    fitted = tuple(
        Figure(
            f"unit.sbg_{name}",
            Said(
                f"sBG {letter}, most likely, from {kept.said.en}",
                f"sBG {letter}（最大似然，{kept.said.zh}）",
            ),
            value,
            formula="max Σ left · ln P(t) + stayed · ln S(t)",
            inputs=("customers.churn",),
        )
        for name, letter, value in (("alpha", "α", kept.fit.alpha), ("beta", "β", kept.fit.beta))
    )
    return (*fitted, first, year)


def _lifetimes(kept: Retention, lasts: Doubles, constant: Doubles) -> tuple[Figure, ...]:
    return (
        figure_of(
            "unit.lifetime",
            Said("Discounted lifetime of a new customer", "新客户的折现寿命"),
            lasts,
            unit="months",
            formula=SUM,
            inputs=("customers.churn", "discount"),
        ),
        figure_of(
            "unit.lifetime_constant",
            Said("The same by a constant churn rate", "按固定流失率"),
            constant,
            unit="months",
            formula="(1 + d) / (d + churn)",
            inputs=("customers.churn", "discount"),
        ),
        figure_of(
            "unit.lifetime_one_over_churn",
            Said("1 / churn, without discount", "1 / 流失率（不折现）"),
            1 / kept.churn,
            unit="months",
            formula="1 / churn",
            inputs=("customers.churn",),
        ),
    )


def _worths(
    plan: Plan, kept: Retention, ltv: Doubles, naive: Doubles, within: Doubles
) -> tuple[Figure, ...]:
    currency, months = plan.venture.currency, plan.venture.months
    inputs = (*INPUTS, "customers.churn", "discount")
    return (
        figure_of(
            "unit.monthly_margin",
            Said("Margin of a customer's month in the monthly model", "月度模型中的客户月毛利"),
            monthly_margin(plan),
            unit=f"{currency}/month",
            formula=MARGIN,
            inputs=INPUTS,
        ),
        figure_of(
            "unit.worth",
            Said("Worth of a new customer (LTV)", "新客户终身价值（LTV）"),
            ltv,
            unit=currency,
            formula=f"margin · {SUM}, pays_after months later",
            inputs=inputs,
        ),
        figure_of(
            "unit.worth_within",
            Said(f"of which within {months} months", f"其中 {months} 个月内"),
            within,
            unit=currency,
            formula=f"the same with t < {months}",
            inputs=inputs,
        ),
        figure_of(
            "unit.worth_difference",
            Said("Worth beyond what a constant churn rate says", "比固定流失率算法多出的价值"),
            ltv - naive,
            unit=currency,
            formula="LTV - margin · (1 + d) / (d + churn)",
            inputs=inputs,
        ),
    )


def _ages(kept: Retention, rate: Doubles, margin: Doubles, currency: str) -> Table:
    """Return what a customer who has stayed so long is still worth: those who stay are better."""
    rows = []
    for lived in LIVED:
        lasts = sbg.discounted_lifetime(kept.alpha, kept.beta, rate, lived=lived)
        there = float(np.median(sbg.survival(kept.alpha, kept.beta, lived)))
        leaving = float(np.median(kept.alpha / (kept.alpha + kept.beta + lived)))
        still = float(np.median(lasts * margin))
        row = (cell(there, "%"), cell(leaving, "%"), float(np.median(lasts)), cell(still, currency))
        rows.append((lived, *row))
    columns = (
        Said("months as a customer", "已留存月数"),
        Said("share that gets there", "留存到此的比例"),
        Said("leave in the next month", "下月流失"),
        Said("discounted months to come", "剩余折现月数"),
        Said("worth from here", "剩余价值"),
    )
    return Table(
        "unit.ages",
        Said("What customers are worth by age", "不同资历客户的剩余价值"),
        columns,
        tuple(rows),
    )


def _answer(plan: Plan, ltv: Doubles, naive: Doubles, acquired: Piece) -> Said:
    currency, middle = plan.venture.currency, float(np.median(ltv))
    simple = float(np.median(naive))
    en = f"A new customer is worth {amount(middle, currency)}"
    zh = f"一位新客户价值 {amount(middle, currency)}"
    en += f" (a constant churn rate says {amount(simple, currency)})"
    zh += f"（按固定流失率计算为 {amount(simple, currency)}）"
    if "payback" in acquired.data:
        told = acquired.data["payback"]
        cac = float(np.median(plan.draws["customers.acquisition_cost"]))
        back = told["median"]
        never = percent(told["never"])
        if np.isfinite(back):
            en += f"; the {amount(cac, currency)} to win one is back after {back:.0f} months"
            zh += f"；{amount(cac, currency)} 的获客成本 {back:.0f} 个月后收回"
            if told["never"]:
                en += f", and never in {never} of draws"
                zh += f"，{never} 的抽样中永远收不回"
        else:
            en += f"; the {amount(cac, currency)} to win one does not come back in {never} of draws"
            zh += f"；{amount(cac, currency)} 的获客成本在 {never} 的抽样中收不回来"
    return Said(f"{en}.", f"{zh}。")


MONTHLY = Said(
    "The monthly model of the other actions takes customers.churn as constant; where this fit says"
    " otherwise, its customers leave sooner than these.",
    "其他功能的月度模型把 customers.churn 当作常数；若与此处拟合不同，模型中的客户会流失得更快。",
)
WHY = Said(
    "Customers differ: those likely to leave do so first, so who stays is worth more and 1/churn"
    " says too little for the long run. It says too much where it leaves the discount out. That a"
    " customer's own chance to leave never changes is an assumption of the model.",
    "客户并不相同：容易流失的先离开，留下的更有价值，因此 1/流失率 会低估长期价值；"
    "不折现时又会高估。模型假定每位客户自身的流失概率不随时间变化。",
)
