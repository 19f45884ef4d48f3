"""The figures of the runway, each with its formula."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from seedbed.venture.document.numbers import money
from seedbed.venture.result import HIGH, LOW, Figure, Said, figure_of
from seedbed.venture.runway.ruin import Ruin
from seedbed.venture.runway.study import Study

FEW = 0.05
"""A chance of ruin that many would bear."""
CASH = "capital + Σ (received + gains − serving − acquiring − spending − fixed) + rounds"


def figures(study: Study) -> Iterator[Figure]:
    """Yield the figures: ruin, cash, break-even."""
    yield from _of_ruin(study)
    yield from _of_cash(study)
    yield from _of_break_even(study)


def _of_ruin(study: Study) -> Iterator[Figure]:
    ruin, months = study.ruin, study.months
    low, high = (float(one) for one in np.quantile(study.by_assumption, (LOW, HIGH)))
    yield Figure(
        "runway.ruin",
        Said(
            f"chance that the money is gone within {months} months (range: what the assumptions"
            " leave open)",
            f"{months} 个月内资金耗尽的概率（区间：假设本身的不确定性）",
        ),
        ruin.share,
        "%",
        low,
        high,
        formula="share of paths with cash < 0 at the end of a month",
    )
    wilson = ruin.interval()
    yield Figure(
        "runway.ruin_error",
        Said(
            f"error of counting {ruin.paths:,} paths alone (half of Wilson's 95 % interval)",
            f"仅由 {ruin.paths:,} 条路径计数带来的误差（威尔逊 95% 区间的一半）",
        ),
        (wilson[1] - wilson[0]) / 2,
        "%",
    )
    if study.below_least is not None:
        floor = money(study.least, study.plan.venture.currency)
        yield Figure(
            "runway.below_least",
            Said("chance that cash falls below the least", "现金跌破最低限额的概率"),
            study.below_least.share,
            "%",
            formula=f"share of paths with cash < {floor}",
        )
    if study.plan.venture.rounds:
        yield Figure(
            "runway.ruin_without_rounds",
            Said("the same without new money", "若没有新融资"),
            study.without_rounds.share,
            "%",
        )
    yield _month(
        study,
        "runway.half",
        Said("half of the paths run out by month", "半数路径耗尽于第几个月"),
        ruin,
        0.5,
    )
    early = Said("one path in twenty runs out by month", "二十分之一的路径耗尽于第几个月")
    yield _month(study, "runway.twentieth", early, ruin, FEW)
    if study.below_least is not None:
        least = Said(
            "half of the paths are below the least by month", "半数路径跌破最低限额于第几个月"
        )
        yield _month(study, "runway.least_half", least, study.below_least, 0.5)
    yield Figure(
        "runway.months",
        Said("months it lasts on average, within the horizon", "期限内平均可撑月数"),
        float(ruin.lasting.mean()),
        "months",
    )


def _month(study: Study, key: str, title: Said, ruin: Ruin, share: float) -> Figure:
    """Return a month by its number; one beyond the horizon is written as that."""
    found = ruin.month_at(share)
    value: Any = f"> {ruin.months}" if found is None else found
    floor = money(ruin.floor, study.plan.venture.currency)
    formula = f"first month with that share of paths below {floor}"
    return Figure(key, title, value, "", formula=formula)


def _of_cash(study: Study) -> Iterator[Figure]:
    currency = study.plan.venture.currency
    yield figure_of(
        "runway.burn",
        Said("what the first month takes from cash", "首月净消耗"),
        -study.paths.outcome.net[:, 0],
        unit=currency,
        formula="serving + acquiring + spending + fixed − received − gains",
    )
    yield figure_of(
        "runway.cash_end",
        Said(
            f"cash after {study.months} months, rounds included",
            f"{study.months} 个月后的现金（含融资）",
        ),
        study.paths.cash[:, -1],
        unit=currency,
        formula=CASH,
        inputs=("capital",),
    )


def _of_break_even(study: Study) -> Iterator[Figure]:
    alive, trough = study.alive, study.trough
    yield Figure(
        "runway.default_alive",
        Said("default alive (Graham)", "默认存活（格雷厄姆）"),
        alive.share,
        "%",
        formula="capital + Σ (income·(1 + growth)^t − expenses) ≥ 0 until break-even",
        inputs=("price.now", "customers.now", "customers.answers"),
    )
    yield figure_of(
        "runway.growth",
        Said("growth of what is sold today, a month", "目前销售的月增速"),
        alive.growth,
        unit="%",
        formula="customers.growth, or the model's over its first three months",
    )
    comes = np.isfinite(alive.month)
    if np.mean(comes) > 0.5:
        yield Figure(
            "runway.graham_month",
            Said("break-even at today's growth, after", "按目前增速达到盈亏平衡"),
            float(np.median(alive.month)),
            "months",
            formula="ln(expenses / income) / ln(1 + growth)",
        )
        yield Figure(
            "runway.graham_need",
            Said("money needed until then", "在此之前所需资金"),
            float(np.median(alive.need)),
            study.plan.venture.currency,
        )
    yield Figure(
        "runway.break_even",
        Said("break-even in the whole model, month", "整体模型的盈亏平衡月份"),
        trough.median if trough.median is not None else f"> {study.months}",
        "",
        formula="the month after which cash without new money is never lower again",
    )
    yield Figure(
        "runway.break_even_share",
        Said(
            f"paths that break even within {study.months} months",
            f"{study.months} 个月内盈亏平衡的路径",
        ),
        trough.share,
        "%",
    )
    yield figure_of(
        "runway.deepest",
        Said("deepest that cash falls below the capital", "现金低于初始资本的最大幅度"),
        -trough.depth,
        unit=study.plan.venture.currency,
    )
