"""`plan invest` as a section: one list of what to do with the next sum, in money per money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from seedbed.venture.document import numbers
from seedbed.venture.invest import charts, tables
from seedbed.venture.invest.option import Option
from seedbed.venture.invest.rank import Ranked
from seedbed.venture.invest.study import Study, study
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Figure, Said, Section, figure_of

NAMED = 3
"""Options that a tie names."""
TITLE = Said("What to do with the next money", "下一笔钱花在哪里")


def section(plan: Plan, money: Decimal | float | None = None) -> Section:
    """Return what to do with a sum, what to find out first, and when to stop each bet.

    Args:
        plan: The plan.
        money: The sum; by default a hundredth of the capital.

    Raises:
        VentureWrong: the sum is not above nought.
        MeasurementMissing: the model lacks a value.
    """
    return told(study(plan, money))


def told(found: Study) -> Section:
    """Return what was found as a section."""
    drawn = [charts.bars(found.ranked)] if found.ranked else []
    if any(one.clear for one in found.knowledge.each):
        currency = found.setting.plan.venture.currency
        drawn.append(charts.knowing(found.knowledge.each, currency))
    return Section(
        key="invest",
        title=TITLE,
        answer=_answer(found),
        figures=_figures(found),
        tables=tables.all_of(found),
        charts=tuple(drawn),
        cautions=tuple(_cautions(found)),
        notes=_notes(found),
        data=_data(found),
    )


def _answer(found: Study) -> Said:
    taken = found.filled.taken
    told = partial(numbers.money, code=found.setting.plan.venture.currency)
    whole = told(found.setting.money)
    if not taken:
        return Said(
            f"Keep the {whole}: nothing that was weighed brings more than it costs in half of the"
            f" draws.{_first(found).en}",
            f"留着这 {whole}：所估算的选项中，没有一项在半数抽样里回报高于成本。{_first(found).zh}",
        )
    cost, left = told(float(np.median(found.together.cost))), told(found.filled.left)
    low, middle, high = map(told, np.quantile(found.together.worth, (0.05, 0.5, 0.95)))
    en = "; ".join(one.title.en for one in taken)
    zh = "；".join(one.title.zh for one in taken)
    return Said(
        f"Of {whole}: {en}. Together about {cost}, for a worth of {middle} ({low} to {high});"
        f" {left} is left.{_first(found).en}",
        f"{whole} 这样用：{zh}。合计约 {cost}，价值 {middle}（{low} 至 {high}）；余 {left}。"
        f"{_first(found).zh}",
    )


def _first(found: Study) -> Said:
    """Say what to find out first, where knowing it would be worth something."""
    clear = [one for one in found.knowledge.each if one.clear]
    if not clear:
        return Said(
            " Knowing any one assumption better would not change this.",
            "单独弄清任何一个假设都不会改变这个选择。",
        )
    best = clear[0]
    worth = numbers.money(best.worth.value, found.setting.plan.venture.currency)
    return Said(
        f" Find out first: {best.path}, worth up to {worth}.",
        f"先弄清：{best.path}，价值至多 {worth}。",
    )


def _figures(found: Study) -> tuple[Figure, ...]:
    currency = found.setting.plan.venture.currency
    joint = found.together
    net = figure_of(
        "invest.net",
        Said("what is done leaves, after its cost", "所选各项的净价值"),
        joint.worth - joint.cost,
        unit=currency,
        formula="worth of all at once − cost",
    )
    return (
        net,
        Figure(
            "invest.left",
            Said("left of the sum", "余下的钱"),
            found.filled.left,
            unit=currency,
            formula="money − median of what all cost together",
        ),
        Figure(
            "invest.enough",
            Said("chance that the sum is enough", "这笔钱够用的概率"),
            found.filled.enough,
            unit="%",
        ),
        Figure(
            "invest.ruin",
            Said("chance of ruin with it, without rounds", "照此执行的破产概率（不计融资）"),
            joint.ruin,
            unit="%",
        ),
        Figure(
            "invest.ruin_today",
            Said("chance of ruin as today, without rounds", "维持现状的破产概率（不计融资）"),
            found.kept.ruin_now,
            unit="%",
        ),
        Figure(
            "invest.keep",
            Said("worth of keeping the sum as a reserve", "把钱留作储备的价值"),
            float(found.kept.worth.mean()),
            unit=currency,
            formula="what is earned after a ruin that the sum averts, on average",
        ),
        Figure(
            "invest.evpi",
            Said("worth of knowing everything first (EVPI)", "全部弄清的价值（EVPI）"),
            found.knowledge.total,
            unit=currency,
            formula="E[best worth] − best E[worth]",
        ),
    )


def _cautions(found: Study) -> list[Caution]:
    told = []
    tied = [one for one in found.ranked if one.tied and one.rank == 1]
    if tied:
        told.append(_tie([one.option.title for one in tied]))
    if found.setting.evidence is None:
        told.append(
            Caution(
                "invest.release",
                Said(
                    "no release is named: nothing that betters the model is in the list",
                    "没有写明模型版本：清单中不含任何改进模型的选项",
                ),
                "about.releases",
            )
        )
    if found.together.ruin > found.kept.ruin_now + 0.01:
        more = found.together.ruin - found.kept.ruin_now
        told.append(
            Caution(
                "invest.ruin",
                Said(
                    f"doing all this raises the chance of ruin by {more:.1%}",
                    f"照此执行会使破产概率上升 {more:.1%}",
                ),
            )
        )
    return told + _of_options(found.filled.taken, found.ranked)


def _tie(titles: Sequence[Said]) -> Caution:
    """Say how many stand first together, and name a few: the list has them all."""
    named, many = titles[:NAMED], len(titles)
    en, zh = "; ".join(one.en for one in named), "；".join(one.zh for one in named)
    said = Said(
        f"the first {many} cannot be told apart by their money per money: {en}",
        f"排在最前的 {many} 项无法区分高下：{zh}",
    )
    if rest := many - len(named):
        said = Said(f"{said.en}; and {rest} more", f"{said.zh}；另有 {rest} 项")
    return Caution("invest.tie", said)


def _of_options(taken: tuple[Option, ...], ranked: tuple[Ranked, ...]) -> list[Caution]:
    """Keep in sight what the chosen options say of themselves."""
    if any(one.key == "price" for one in taken):
        notes = next(one.option.notes for one in ranked if one.option.key == "price")
        return [Caution("invest.price_bound", note, "price.high") for note in notes]
    return []


def _notes(found: Study) -> tuple[Said, ...]:
    share, floor = found.together.interplay, found.knowledge.floor.mean
    told = numbers.money(max(0, round(floor)), found.setting.plan.venture.currency)
    notes = [
        Said(
            "Worth is the change of the plan's discounted cash over its months, on the same draws "
            "for all; what comes after the last month, and customers won by better answers, are "
            "not in it. Costs include your own work (invest.work_hour).",
            "价值指计划期内折现现金的变化，各选项使用同一组抽样；计划期之后以及因质量提高而赢得的客户"
            "不计在内。成本含自己的工时（invest.work_hour）。",
        ),
        Said(
            "EVPI is by regression of each option's worth on the assumption (Strong, Oakley and "
            "Brennan 2014); the interval is a bootstrap over batches of draws. It is too high by "
            f"up to {told} on average, what something irrelevant seems to be worth; it is "
            "an upper limit of what any study of the assumption is worth.",
            "EVPI 由各选项价值对该假设的回归求得（Strong、Oakley、Brennan 2014），"
            "区间由分批自助法得出；"
            f"平均至多高估 {told}（即毫不相关的数据看上去的价值）；它是任何调研价值的上限。",
        ),
        Said(
            "“no”: in half of the draws it brings less than it costs; “next best”: it pays, but "
            "the sum, or another size of the same, does more; “not beside the rest”: it pays "
            "alone, and no longer once the others are done.",
            "“否”：半数抽样中回报低于成本；“次优”：划算，但这笔钱用在别处（或同类的另一规模）更好；"
            "“与其余同做则不划算”：单独做划算，其余做了之后便不再划算。",
        ),
        Said(
            "Money counts as part of the cash that is there; the reserve's worth is what the sum "
            "averts if it is kept.",
            "这笔钱视为现有现金的一部分；储备的价值即留下它所避免的损失。",
        ),
    ]
    if abs(share - 1) > 0.005:
        notes.append(
            Said(
                f"Done at once, they bring {share:.0%} of what each brings alone, added up.",
                f"同时进行时，合计为各自单独价值之和的 {share:.0%}。",
            )
        )
    return tuple(notes)


def _data(found: Study) -> dict[str, Any]:
    return {
        "money": found.setting.money,
        "draws": found.setting.n,
        "options": [_option_data(found, one) for one in found.ranked],
        "left_out": [{"key": one.key, "title": one.title, "why": one.why} for one in found.left],
        "taken": [one.key for one in found.filled.taken],
        "left": found.filled.left,
        "together": {
            "cost": float(np.median(found.together.cost)),
            "worth": np.quantile(found.together.worth, (0.05, 0.5, 0.95)),
        },
        "crowded_out": sorted(found.crowded),
        "interplay": found.together.interplay,
        "evpi": {
            "total": found.knowledge.total,
            "noise": found.knowledge.floor.mean,
            "each": [{"path": one.path, **_worth(one.worth)} for one in found.knowledge.each],
        },
        "bets": [
            {"name": b.bet.name, "worth": b.worth, "blind": b.blind, "index": b.index,
             "lesson": b.lesson, "rule": b.rule, "stop": b.stop}
            for b in found.bets
        ],
    }  # fmt: skip


def _worth(worth: Any) -> dict[str, float]:
    return {key: getattr(worth, key) for key in ("value", "low", "high", "bias")}


def _option_data(found: Study, one: Ranked) -> dict[str, Any]:
    option = one.option
    points = (0.05, 0.5, 0.95)
    return {
        "key": option.key,
        "title": option.title,
        "rank": one.rank,
        "tied": one.tied,
        "cost": np.quantile(option.cost, points),
        "worth": np.quantile(option.worth, points),
        "per_money": option.ratios(),
        "chance": float((option.net > 0).mean()),
        "payback": float(np.quantile(option.payback(), 0.5, method="inverted_cdf")),
        "pays": option.pays,
        "rests": option.rests,
        "command": option.command,
        "notes": option.notes,
        "verdict": tables.verdict(found, option),
    }
