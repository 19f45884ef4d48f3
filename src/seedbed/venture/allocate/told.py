"""A split of money as a `Section`: what the command line prints and the plan document renders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seedbed.venture.allocate import changes, charts, factors, past, tables, words
from seedbed.venture.allocate.study import Study, money_of
from seedbed.venture.document.numbers import money
from seedbed.venture.months import of_start
from seedbed.venture.result import HIGH, LOW, Caution, Figure, Said, Section

TITLE = Said("Where the next money goes", "下一笔钱花在哪里")
CLOSE = 0.01
"""A gap of this share of what the split adds is worth a caution."""
RESAMPLES = 10
"""Fewer than this say nothing of a range."""
FAR = 0.05
"""So is what it adds over other draws, if it differs by this share."""


def section(study: Study, extra: tuple[Caution, ...] = (), *, trial: bool = False) -> Section:
    """Return the section of a study.

    Args:
        study: What was found.
        extra: Cautions that come first.
        trial: Whether the split is not to be kept; see `past.last` for what it is compared with.
    """
    last = past.last(study.plan, trial=trial)
    return Section(
        key="allocate",
        title=TITLE,
        answer=words.answer(study),
        figures=_figures(study),
        tables=tables.tables(study, changes.table(study, last)),
        charts=charts.charts(study),
        cautions=(*extra, *_cautions(study), *changes.unlike(study, last)),
        notes=(*_notes(study), *changes.notes(study, last, trial=trial)),
        data=_data(study, last),
    )


def _figures(study: Study) -> tuple[Figure, ...]:
    code = study.plan.venture.currency
    _, total = money_of(study)
    today = next(one for one in study.rivals if one.name == "today").lost
    found = [
        _figure(
            "total", Said("put to these uses in all", "投入这些用途的总额"), total, code,
            "Σ over uses and months",
        ),
        _drawn(
            "added", Said("what the best split adds to the plan's worth", "最优分配增加的价值"),
            study.added, code, "worth of the best split − worth of spending nothing on them",
        ),
        _drawn(
            "over_today", Said("more than going on as today", "比维持现状多"), today, code,
            "worth of the best split − worth of today's",
        ),
        _figure(
            "shadow_price", Said("worth of one more unit of money", "影子价格：多一单位资金的价值"),
            study.worth, code, "λ = 1 + Σ multipliers of least cash and of the budget",
        ),
        _figure(
            "left",
            Said("mean cash above the least, in the tightest month", "最紧月份高于最低现金的均值"),
            _left(study), code, "min over months of mean cash − limits.least_cash",
        ),
        _figure(
            "below",
            Said("chance that cash falls below its least in some month", "某月现金跌破下限的概率"),
            study.below, "%", "share of draws",
        ),
        _figure(
            "gap", Said("most that any other split could add on top", "其他分配至多还能增加"),
            study.best.gap, code, "ceiling by the tangent − value of the split",
        ),
    ]  # fmt: skip
    if study.known and len(study.known.gained):
        said = Said("what knowing the truth first would add", "先知真相可增加的价值")
        how = "best split of each draw alone − this split"
        found.append(_drawn("known", said, study.known.gained, code, how))
    total_return = factors.returned(study.plan, study.factors)
    if total_return is not None:
        said = Said("return on capital R", "资本回报 R")
        found.append(_figure("return", said, total_return, code, "C·η·α·β·γ"))
    return tuple(found)


def _left(study: Study) -> float:
    return max(float(study.built.problem.look(study.best.x.ravel()).cash.min()), 0.0)


def _figure(key: str, title: Said, value: float, unit: str, formula: str) -> Figure:
    return Figure(f"allocate.{key}", title, round(value, 6), unit, formula=formula)


def _drawn(key: str, title: Said, draws: np.ndarray, unit: str, formula: str) -> Figure:
    """Return a figure whose value is the mean, for the mean is what was made large."""
    low, high = (float(one) for one in np.quantile(draws, (LOW, HIGH)))
    spread = low < high
    return Figure(
        f"allocate.{key}",
        title,
        float(np.mean(draws)),
        unit,
        low=low if spread else None,
        high=high if spread else None,
        formula=f"mean of {formula}",
    )


def _cautions(study: Study) -> tuple[Caution, ...]:
    found = [*of_start(study.plan, "allocate"), *study.built.cautions]
    code = study.plan.venture.currency
    if study.built.kept:
        names = ", ".join(study.built.kept)
        found.append(
            Caution(
                "allocate.kept",
                Said(
                    f"Not split, for nothing says what they give: {names}. They go on as today;"
                    " write `gives` under each to have it weighed.",
                    f"未参与分配（未写明收益）：{names}。它们维持现状；请在各项下写 `gives`。",
                ),
                f"spending.{study.built.kept[0]}.gives",
            )
        )
    if slow := [one.name for one in study.built.problem.uses if not one.curve.concave]:
        found.append(_not_concave(study, slow))
    added = abs(float(np.mean(study.added)))
    if study.best.gap > CLOSE * max(added, 1.0):
        found.append(
            Caution(
                "allocate.gap",
                Said(
                    f"The search ended before it was sure: another split could add up to"
                    f" {money(study.best.gap, code)} more.",
                    f"搜索在确证之前结束：其他分配至多还可能增加 {money(study.best.gap, code)}。",
                ),
            )
        )
    if study.below > 0.1:
        found.append(_often_below(study))
    if study.unseen and abs(study.unseen[0] - float(np.mean(study.added))) > FAR * max(added, 1.0):
        found.append(_unseen(study))
    if study.known and study.known.impossible:
        found.append(_impossible(study))
    if 0 < len(study.resampled) < RESAMPLES:
        found.append(_few_resamples(len(study.resampled)))
    return (*found, *(_outside(one, one.raw) for one in study.factors if one.raw is not None))


def _few_resamples(count: int) -> Caution:
    return Caution(
        "allocate.resamples",
        Said(
            f"The split was searched for again over {count} resamples of the draws only, for each"
            f" search takes long: {count} are no distribution, and the range of the luck of the"
            " draws may be wider than it is shown.",
            f"由于每次求解耗时较长，只对 {count} 次重抽样重新求解：{count} 次不足以构成分布，"
            "“因抽样波动”的实际范围可能更宽。",
        ),
    )


def _outside(one: factors.Factor, raw: float) -> Caution:
    title, why = factors.TITLES[one.name], factors.OUTSIDE[one.name][raw > 1]
    return Caution(
        f"allocate.outside.{one.name}",
        Said(
            f"{title.en} was measured at {raw:.3g}, and counts as {one.value:g} in"
            f" R = C·η·α·β·γ: {why.en}.",
            f"{title.zh} 的实测值为 {raw:.3g}，在 R = C·η·α·β·γ 中按 {one.value:g} 计：{why.zh}。",
        ),
        f"factors.{one.name}",
    )


def _not_concave(study: Study, slow: Sequence[str]) -> Caution:
    named, gap = ", ".join(slow), money(study.best.gap, study.plan.venture.currency)
    return Caution(
        "allocate.not_concave",
        Said(
            f"Money begins slowly at {named}: the curve is not concave, so equal slopes need not be"
            " the best split. It was searched for by branch and bound over concave envelopes; any"
            f" other split could add at most {gap}. What knowing the truth first would add"
            " is not computed for such curves.",
            f"{named} 的收益起步缓慢：曲线不是凹的，“边际相等”未必最优。此处用凹包络上的分支定界"
            f"求解，其他分配至多再增加 {gap}；这类曲线不计算“先知真相”的价值。",
        ),
        f"spending.{slow[0]}.gives",
    )


def _often_below(study: Study) -> Caution:
    share = study.below
    return Caution(
        "allocate.below",
        Said(
            f"Least cash is kept on average, not always: in {share:.0%} of the draws it is broken"
            " in some month. `plan runway` shows when.",
            f"最低现金只在平均意义上满足：{share:.0%} 的情形中某月会跌破，"
            "何时发生请见 `plan runway`。",
        ),
        "limits.least_cash",
    )


def _unseen(study: Study) -> Caution:
    assert study.unseen is not None
    added, count, code = *study.unseen, study.plan.venture.currency
    seen = float(np.mean(study.added))
    return Caution(
        "allocate.unseen",
        Said(
            f"Over {count:,} draws that it was not decided by, the split adds {money(added, code)},"
            f" not {money(seen, code)}: decide by more of them (--scenarios).",
            f"在未用于决策的 {count:,} 次抽样上，该分配增加 {money(added, code)}，"
            f"而非 {money(seen, code)}：请增加情形数（--scenarios）。",
        ),
    )


def _impossible(study: Study) -> Caution:
    assert study.known is not None
    bad, all_ = study.known.impossible, study.known.impossible + len(study.known.rows)
    return Caution(
        "allocate.impossible",
        Said(
            f"In {bad} of {all_} draws solved alone no split keeps the limits; they are left out of"
            " what knowing would add.",
            f"单独求解的 {all_} 次抽样中有 {bad} 次无法满足全部限制，未计入“先知真相”的价值。",
        ),
    )


def _notes(study: Study) -> tuple[Said, ...]:
    found = [
        Said(
            "Least cash is kept on average over the draws. Rounds that may come are not counted: a"
            " plan must not spend money that is not there.",
            "最低现金按抽样平均满足。可能到来的融资不计入：计划不应花还没有的钱。",
        ),
        _after(study),
        Said(
            "R = C·η·α·β·γ is linear in C: with constant factors the best split is all or nothing,"
            " and a tenth more of any factor brings the same. That is why the split above rests on"
            " diminishing returns. The formula's example, 10,000,000 · 0.8 · 0.9 · 0.7 · 0.8, is"
            f" {factors.worked_example():,.0f}; the printed 4,320,000 is a slip.",
            "R = C·η·α·β·γ 对 C 是线性的：因子不变时，最优分配是全有或全无，任一因子提高一成的"
            "效果都相同。因此上面的分配以收益递减为依据。公式的算例 10,000,000·0.8·0.9·0.7·0.8 等于"
            f" {factors.worked_example():,.0f}；原文印作 4,320,000，是笔误。",
        ),
    ]
    return tuple(found)


def _after(study: Study) -> Said:
    months = study.built.problem.discount.shape[-1] - study.built.months
    last = words.last_month(study)
    if not months:
        return Said(
            f"What still acts after {last} is not counted, so the last periods get too little.",
            f"{last} 之后仍在起作用的效果未计入，因此最后几期分得太少。",
        )
    return Said(
        f"After {last} the last period's level is taken to go on for {months} months, paid and"
        " counted in what the split adds, so that the plan's end does not bend it. Trust the first"
        " periods, and split again each quarter.",
        f"假定 {last} 之后最后一期的水平再延续 {months} 个月，其支出与收益均计入，以免计划的终点"
        "扭曲分配。请以前几期为准，每季度重新分配。",
    )


def _data(study: Study, last: Mapping[str, Any] | None) -> dict[str, Any]:
    return tables.told(study) | {
        "periods": list(study.built.labels),
        "months": study.built.months,
        "months_after": study.built.problem.discount.shape[-1] - study.built.months,
        "levels": {
            name: [round(float(one), 2) for one in row]
            for name, row in zip(study.built.names, study.best.x, strict=True)
        },
        "kept": list(study.built.kept),
        "value": study.best.value,
        "ceiling": study.best.ceiling,
        "residual": study.best.residual,
        "risk": study.aim.risk,
        "tail": study.aim.tail,
        "binds": [{"said": said, "worth": price} for said, price in words.held_back(study)],
        "frontier": [{"risk": f.risk, "mean": f.mean, "worst": f.bad} for f in study.frontier],
        "factors": {one.name: one.value for one in study.factors},
        "unseen": study.unseen,
        "last": last,
    }
