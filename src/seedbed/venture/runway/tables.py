"""The tables of the runway: by month, by action, by round."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.errors import TableWrong
from seedbed.venture.result import Figure, Said, Table
from seedbed.venture.runway.rounds import ordered
from seedbed.venture.runway.study import Study

_NONE = Said("", "")


def tables(study: Study) -> tuple[Table, ...]:
    """Return the tables of a study."""
    made = [by_month(study)]
    if study.effects:
        made.append(effects(study))
    if study.plan.venture.rounds:
        made += [rounds(study)]
    return tuple(made)


def by_month(study: Study) -> Table:
    """Return ruin and cash month by month."""
    ruin, bands = study.ruin, study.bands
    least = study.below_least
    heads = [
        Said("month", "月份"),
        Said("money gone", "资金耗尽"),
        Said("Wilson 95 %, from", "威尔逊 95% 下限"),
        Said("to", "上限"),
        *([Said("below the least", "低于最低限额")] if least else []),
        Said("cash, 5 %", "现金 5%"),
        Said("half", "中位数"),
        Said("95 %", "95%"),
    ]
    rows = []
    for month, (low, high) in enumerate(ruin.intervals()):
        row: list[Any] = [month + 1, _share(ruin.by_month[month]), _share(low), _share(high)]
        row += [_share(least.by_month[month])] if least else []
        row += [_money(study, one[month]) for one in (bands.low, bands.middle, bands.high)]
        rows.append(tuple(row))
    title = Said("Ruin and cash by month", "各月破产概率与现金")
    return Table("runway.by_month", title, tuple(heads), tuple(rows))


def effects(study: Study) -> Table:
    """Return what each action does."""
    heads = (
        Said("action", "行动"),
        Said("months of runway", "跑道（月）"),
        Said("±", "±"),
        Said("points of ruin", "破产概率（百分点）"),
        Said("±", "±"),
    )
    rows = tuple(
        (
            one.action.title, one.months, one.months_error, one.points, one.points_error,
        )
        for one in study.effects
    )  # fmt: skip
    title = Said(
        "What each action does within the horizon, on the same draws and the same luck",
        "各项行动在期限内的效果（相同抽样、相同运气）",
    )
    return Table("runway.actions", title, heads, rows)


def rounds(study: Study) -> Table:
    """Return each round with what it closed at, and what the shipped table says of such rounds."""
    heads = (
        Said("round", "轮次"),
        Said("month", "月份"),
        Said("amount", "金额"),
        Said("chance assumed", "假定成功率"),
        Said("closes in time", "按期完成"),
        Said("prior", "参考值"),
        Said("of", "来源"),
    )
    rows = tuple(_round(study, one.name, one.month) for one in ordered(study.plan.venture.rounds))
    title = Said(
        "Rounds; the prior is the share of other startups that had one",
        "融资轮次（参考值为其他创业公司中完成过该轮的比例）",
    )
    return Table("runway.rounds", title, heads, rows)


def _round(study: Study, name: str, month: int) -> tuple[Any, ...]:
    plan = study.plan
    path = f"rounds.{name}"
    closed = float(np.mean(study.paths.raised.closed[name]))
    prior = _prior(study, name)
    return (
        name, month, _money(study, plan.value(f"{path}.amount")),
        _share(plan.value(f"{path}.chance")), _share(closed), *prior,
    )  # fmt: skip


def _prior(study: Study, name: str) -> tuple[Any, ...]:
    """Return what the table of rounds says of rounds of this name, if it has any."""
    try:
        row = study.plan.tables.row("rounds.csv", name.strip().lower().replace(" ", "-"))
    except TableWrong:
        return None, None
    return _share(float(row.cells["chance"])), row.source


def _share(value: float) -> Figure:
    return Figure("", _NONE, float(value), "%")


def _money(study: Study, value: float) -> Figure:
    return Figure("", _NONE, float(value), study.plan.venture.currency)
