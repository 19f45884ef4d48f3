"""What `plan runway` says: the answer, its figures, tables, charts and cautions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from seedbed.venture.model import TODAY, Decision
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Figure, Said, Section, figure_of
from seedbed.venture.runway import charts, tables
from seedbed.venture.runway.paths import PATHS
from seedbed.venture.runway.study import Study

TITLE = Said("How long the money lasts", "钱能撑多久")
FEW = 0.05
"""A chance of ruin that many would bear."""
BANDS = ("low", "lower", "middle", "upper", "high")
CASH = "capital + Σ (received + gains − serving − acquiring − spending − fixed) + rounds"


def section(plan: Plan, *, paths: int = PATHS, decision: Decision = TODAY) -> Section:
    """Return how long the money lasts.

    Args:
        plan: The plan.
        paths: How many paths of cash are followed.
        decision: What is decided; by default to go on as today.

    Raises:
        MeasurementMissing: a value that the model needs is not there; the error names it.
        VentureWrong: too few or too many paths.
    """
    return told(Study(plan, paths=paths, decision=decision))


def told(study: Study) -> Section:
    """Return a study in words."""
    return Section(
        key="runway",
        title=TITLE,
        answer=_answer(study),
        figures=tuple(_figures(study)),
        tables=tables.tables(study),
        charts=charts.charts(study),
        cautions=tuple(_cautions(study)),
        notes=tuple(_notes(study)),
        data=_data(study),
    )


def _answer(study: Study) -> Said:
    ruin, months = study.ruin, study.months
    share = ruin.share
    half, first = ruin.month_at(0.5), ruin.month_at(FEW)
    alive = study.alive.share
    if half is not None:
        en = f"The money is gone by month {half} in half of all paths"
        zh = f"半数路径的资金在第 {half} 个月前耗尽"
    elif first is not None:
        en = f"The money lasts {months} months in {1 - share:.1%} of all paths"
        zh = f"{1 - share:.1%} 的路径能撑满 {months} 个月"
    else:
        en = f"The money lasts {months} months in all but {share:.2%} of the paths"
        zh = f"除 {share:.2%} 的路径外，资金都能撑满 {months} 个月"
    if first is not None:
        en += f"; the first twentieth of them runs out by month {first}"
        zh += f"；最早的二十分之一在第 {first} 个月前耗尽"
    en += (
        f". Without new money and at today's growth the company is "
        f"{'alive' if alive >= 0.5 else 'dead'} by default (alive in {alive:.0%} of the draws)."
    )
    zh += (
        f"。不再融资并保持目前增速，公司{'默认能活下去' if alive >= 0.5 else '默认会倒下'}"
        f"（{alive:.0%} 的情形下能活）。"
    )
    return Said(en, zh)


def _figures(study: Study) -> Iterator[Figure]:
    yield from _of_ruin(study)
    yield from _of_cash(study)
    yield from _of_break_even(study)


def _of_ruin(study: Study) -> Iterator[Figure]:
    ruin, months = study.ruin, study.months
    low, high = (float(one) for one in np.quantile(study.by_assumption, (0.05, 0.95)))
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
        yield Figure(
            "runway.below_least",
            Said("chance that cash falls below the least", "现金跌破最低限额的概率"),
            study.below_least.share,
            "%",
            formula=f"share of paths with cash < {study.least:,.0f}",
        )
    if study.plan.venture.rounds:
        yield Figure(
            "runway.ruin_without_rounds",
            Said("the same without new money", "若没有新融资"),
            study.without_rounds.share,
            "%",
        )
    yield _month("runway.half", Said("half of the paths run out by", "半数路径耗尽于"), study, 0.5)
    yield _month(
        "runway.twentieth", Said("one path in twenty runs out by", "二十分之一耗尽于"), study, FEW
    )
    yield Figure(
        "runway.months",
        Said("months it lasts on average, within the horizon", "期限内平均可撑月数"),
        float(ruin.lasting.mean()),
        "months",
    )


def _month(key: str, title: Said, study: Study, share: float) -> Figure:
    """Return a month by its number; one beyond the horizon is written as that."""
    found = study.ruin.month_at(share)
    value: Any = f"> {study.months}" if found is None else found
    return Figure(key, title, value, "", formula="first month with that share of paths below 0")


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


def _cautions(study: Study) -> Iterator[Caution]:
    if not study.luck:
        yield Caution(
            "runway.no_luck",
            Said(
                "Once the assumptions are known, nothing here is left to chance: income comes every"
                " month, as assumed. Give lumpy income a chance under income, or the spread is too"
                " narrow.",
                "一旦假设确定，这里就没有随机性：收入每月如期到账。请在 income 中为不稳定的收入设置"
                " chance，否则区间过窄。",
            ),
            "income",
        )
    sold = study.paths.outcome.answers[:, 0]
    if not np.any(sold > 0) and not study.plan.has("customers.growth"):
        yield Caution(
            "runway.no_growth",
            Said(
                "Nothing is sold today, so that there is no growth to go on: default alive says"
                " only that expenses are not covered yet.",
                "目前没有销售，谈不上增速：“默认存活”只说明支出尚未被覆盖。",
            ),
            "customers.now",
        )
    yield from _of_horizon(study)


def _of_horizon(study: Study) -> Iterator[Caution]:
    lasting = study.ruin.first == 0
    falling = lasting & (study.paths.outcome.net[:, -1] < 0)
    share = float(np.mean(falling))
    if share > FEW:
        yield Caution(
            "runway.horizon",
            Said(
                f"In {share:.0%} of the paths the money lasts until month {study.months} but cash"
                " still falls then: a longer horizon (months) would show when it ends.",
                f"{share:.0%} 的路径撑到第 {study.months} 个月，但现金仍在下降："
                "请加大 months 以看到终点。",
            ),
            "months",
        )
    saved = float(np.mean((study.without_rounds.first > 0) & lasting))
    if saved > FEW:
        yield Caution(
            "runway.rounds",
            Said(
                f"In {saved:.0%} of the paths only a round keeps the company alive: its chance is"
                " the founders' own guess.",
                f"{saved:.0%} 的路径全靠融资续命，而融资成功率只是创始人自己的估计。",
            ),
            "rounds",
        )


def _notes(study: Study) -> Iterator[Said]:
    yield Said(
        "Cash is looked at where a month ends; what dips below zero in between is not seen. For"
        " evenly spread results that is as if the floor lay 0.58 of a month's standard deviation"
        " lower (Broadie, Glasserman and Kou 1997).",
        "只看每月月末的现金，月中短暂跌破零不计。若收支均匀，相当于门槛降低月标准差的 0.58 倍"
        "（Broadie、Glasserman 与 Kou，1997）。",
    )
    yield Said(
        "The range of the chance of ruin holds each of 200 assumptions for certain in turn: it is"
        " what finding out could still change. The error of counting falls with more paths; that"
        " range does not.",
        "破产概率的区间来自逐一固定 200 组假设：这是进一步查证所能改变的部分。"
        "路径越多，计数误差越小，但该区间不会缩小。",
    )
    if study.plan.venture.rounds:
        yield Said(
            "A round closes only where those before it closed and the company still has money; its"
            " fees, and terms such as preferences, are not modelled.",
            "一轮融资只有在前几轮完成且公司仍有现金时才会完成；费用与优先清算等条款未纳入模型。",
        )
    yield Said(
        "Taxes, interest and foreign exchange are not in the model unless they are under costs.",
        "税费、利息与汇率未纳入模型，除非写在 costs 中。",
    )


def _data(study: Study) -> dict[str, Any]:
    ruin, bands = study.ruin, study.bands
    return {
        "paths": ruin.paths,
        "months": study.months,
        "capital": study.plan.venture.capital,
        "ruin_by_month": ruin.by_month,
        "ruin_wilson": ruin.intervals(),
        "ruin_by_assumption": np.quantile(study.by_assumption, (0.05, 0.5, 0.95)),
        "below_least_by_month": study.below_least.by_month if study.below_least else None,
        "cash": {name: getattr(bands, name) for name in BANDS},
        "default_alive": study.alive.share,
        "effects": [
            {
                "action": one.action.key, "months": one.months, "months_error": one.months_error,
                "points": one.points, "points_error": one.points_error,
            }
            for one in study.effects
        ],
        "rounds_closed": {
            name: float(np.mean(closed)) for name, closed in study.paths.raised.closed.items()
        },
    }  # fmt: skip
