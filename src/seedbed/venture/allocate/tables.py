"""The tables of a split: by period, what binds, its rivals, how sure it is, what changed, R."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.venture.allocate import factors as of_return
from seedbed.venture.allocate import words
from seedbed.venture.allocate.build import month_of
from seedbed.venture.allocate.study import Rival, Study
from seedbed.venture.document.numbers import money
from seedbed.venture.result import HIGH, LOW, Figure, Said, Table

_NONE = Said("", "")
_USE = Said("use", "用途")
_ALL = Said("all", "合计")
RIVALS = {"today": Said("as today", "维持现状"), "equal": Said("in equal parts", "平均分配")}


def tables(study: Study, changed: tuple[Table, ...] = ()) -> tuple[Table, ...]:
    """Return the tables of a study; `changed` is what changed since a split that was kept."""
    found = [split(study), binds(study), rivals(study)]
    if study.known or len(study.resampled):
        found.append(sure(study))
    found += changed
    if len(study.frontier) > 1:
        found.append(frontier(study))
    return (*found, returned(study))


def split(study: Study) -> Table:
    """Return money a month by use and period."""
    code = study.plan.venture.currency
    rows = [
        (name, *(_money(x, study) for x in levels))
        for name, levels in zip(study.built.names, study.best.x, strict=True)
    ]
    rows.append((_ALL, *(_money(x, study) for x in study.best.x.sum(axis=0))))
    heads = (_USE, *(Said(label, label) for label in study.built.labels))
    title = Said(f"The best split, {code} a month", f"最优分配（{code}/月）")
    return Table("allocate.split", title, heads, tuple(rows))


def binds(study: Study) -> Table:
    """Return which limits bind, in words."""
    heads = (Said("limit", "限制"), Said("worth of a unit more", "放宽一单位的价值"))
    rows = tuple((said, float(f"{price:.3g}")) for said, price in words.held_back(study))
    return Table("allocate.binds", Said("What holds it back", "受哪些限制"), heads, rows)


def rivals(study: Study) -> Table:
    """Return what other splits lose."""
    heads = (
        Said("split", "分配方式"), Said("loses on average", "平均损失"),
        Said("nine times in ten between", "九成情形介于"), _NONE,
        Said("better in", "更优的情形"), Said("breaks", "违反的限制"),
    )  # fmt: skip
    rows = tuple(
        (
            RIVALS[one.name],
            _money(float(np.mean(one.lost)), study),
            *(_money(float(q), study) for q in np.quantile(one.lost, (LOW, HIGH))),
            Figure("", _NONE, float(np.mean(one.lost < 0)), "%"),
            _broken(study, one),
        )
        for one in study.rivals
    )
    title = Said("What another split would lose (regret)", "其他分配方式的损失（遗憾值）")
    return Table("allocate.rivals", title, heads, rows)


def _broken(study: Study, rival: Rival) -> Said:
    first = rival.broken[0].said if rival.broken else None
    more = len(rival.broken) - 1
    if first is None and rival.short < -1.0:
        short, code = -rival.short, study.plan.venture.currency
        return Said(f"least cash, by {money(short, code)}", f"最低现金，差 {money(short, code)}")
    if first is None:
        return Said("nothing", "无")
    others = f" (and {more} more)" if more else "", f"（另有 {more} 条）" if more else ""
    return Said(first.en + others[0], first.zh + others[1])


def sure(study: Study) -> Table:
    """Return how much the best split of the first period differs by what is true, and by draw."""
    known = study.known.x[:, :, 0] if study.known and len(study.known.rows) else None
    again = study.resampled[:, :, 0] if len(study.resampled) else None
    rows = []
    for u, name in enumerate(study.built.names):
        row: list[Any] = [name, _money(study.best.x[u, 0], study)]
        for found in (known, again):
            ends = np.quantile(found[:, u], (LOW, HIGH)) if found is not None else (None, None)
            row += [None if end is None else _money(float(end), study) for end in ends]
        rows.append(tuple(row))
    heads = (
        _USE, Said("best", "最优"),
        Said("if all were known, from", "若已知真相：自"), Said("to", "至"),
        Said("by the luck of the draws, from", "因抽样波动：自"), Said("to", "至"),
    )  # fmt: skip
    title = Said(
        f"How sure the split of {study.built.labels[0]} is",
        f"{study.built.labels[0]} 的分配有多确定",
    )
    return Table("allocate.sure", title, heads, tuple(rows))


def frontier(study: Study) -> Table:
    """Return the frontier between the mean and the bad case."""
    share = study.aim.tail
    heads = (
        Said("weight of the bad case", "坏情形的权重"), Said("mean", "均值"),
        Said(f"mean of the worst {share:.0%}", f"最差 {share:.0%} 的均值"),
        *(Said(name, name) for name in study.built.names),
    )  # fmt: skip
    rows = tuple(
        (
            Figure("", _NONE, one.risk, "%"), _money(one.mean, study), _money(one.bad, study),
            *(_money(x, study) for x in one.solution.x[:, 0]),
        )
        for one in study.frontier
    )  # fmt: skip
    title = Said(
        f"From the best mean to the mildest bad case (split of {study.built.labels[0]})",
        f"从均值最优到坏情形最轻（{study.built.labels[0]} 的分配）",
    )
    return Table("allocate.frontier", title, heads, rows)


def returned(study: Study) -> Table:
    """Return the factors of R = C·η·α·β·γ."""
    rows = tuple(
        (
            of_return.TITLES[one.name],
            None if one.value is None else float(f"{one.value:.3g}"),
            _origin(one),
            None if one.gain is None else _money(one.gain, study),
            None if one.cost is None else _money(one.cost, study),
            None if one.net is None else _money(one.net, study),
        )
        for one in study.factors
    )
    heads = (
        Said("factor", "因子"), Said("value", "数值"), Said("from", "来源"),
        Said("a tenth more brings", "提高一成带来"), Said("and costs", "成本"),
        Said("leaves", "净得"),
    )  # fmt: skip
    title = Said("Return on capital R = C·η·α·β·γ", "资本回报 R = C·η·α·β·γ")
    return Table("allocate.return", title, heads, rows)


def _origin(one: of_return.Factor) -> Said:
    how = one.how or of_return.HOW[one.name]
    if one.origin == "measured":
        return how
    if one.origin == "file":
        return Said(f"the file, {one.where}", f"文件，{one.where}")
    why = one.why or Said("missing", "缺失")
    return Said(f"{why.en}; it would be: {how.en}", f"{why.zh}；应为：{how.zh}")


def told(study: Study) -> dict[str, Any]:
    """Return the split as it is kept."""
    paid = study.built.paid(study.best.x)
    return {
        "date": study.plan.today.isoformat(),
        "currency": study.plan.venture.currency,
        "asked": _asked(study),
        "draws": study.built.problem.draws,
        "months": [month_of(study.plan, t) for t in range(paid.shape[1])],
        "monthly": {
            name: [round(float(one), 2) for one in row]
            for name, row in zip(study.built.names, paid, strict=True)
        },
        "added": round(float(np.mean(study.added)), 2),
        "worth_of_one_more": round(study.worth, 6),
    }


def _asked(study: Study) -> dict[str, Any]:
    """Return the question that a split answers: two splits are alike where it is the same."""
    aim, asked = study.aim, study.asked
    return {
        "period": asked.period,
        "budget": asked.budget,
        "months": study.built.months,
        "after": asked.after,
        "risk": {"weight": aim.risk, "worst": aim.tail} if aim.risk else None,
    }


def _money(amount: float, study: Study) -> Figure:
    return Figure("", _NONE, round(float(amount), 2) + 0.0, study.plan.venture.currency)
