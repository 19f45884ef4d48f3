"""The tables of `plan risk`."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from seedbed.venture.result import Figure, Said, Table, figure_of
from seedbed.venture.risk.decisions import GO, NEXT, PRICE, Turned
from seedbed.venture.risk.register import KINDS, Entry
from seedbed.venture.risk.sobol import Index
from seedbed.venture.risk.study import Study

MOST = 12
WORDS: dict[Hashable, Said] = {
    True: Said("go: it is worth more than nothing", "做：价值大于零"),
    False: Said("stop: it loses money over the plan", "停：计划期内亏损"),
    "raise": Said("raise the price", "提价"),
    "keep": Said("keep the price", "维持价格"),
    "lower": Said("lower the price", "降价"),
    "no best price": Said("no finite best price", "没有有限的最优价"),
}
DECISIONS = {
    GO: Said("go or stop", "做或停"),
    PRICE: Said("the price", "价格"),
    NEXT: Said("what to do next", "下一步做什么"),
}


def plain(x: float) -> str:
    """Write a number to three digits that count, without powers of ten."""
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else "–"
    digits = max(0, 2 - math.floor(math.log10(abs(x))))
    return f"{x:,.{min(digits, 12)}f}".replace("-", "−")


def all_of(study: Study) -> tuple[Table, ...]:
    """Return the tables, the register of risks first."""
    found = (_risks(study), _flips(study), _tornado(study), _sobol(study))
    return tuple(table for table in found if table.rows)


def _risks(study: Study) -> Table:
    currency = study.plan.venture.currency
    columns = (
        Said("no.", "编号"),
        Said("what may happen", "可能发生什么"),
        Said("kind", "类别"),
        Said("chance", "概率"),
        Said("cost if it does", "发生时的成本"),
        Said("expected cost", "期望成本"),
        Said("who watches", "谁负责"),
        Said("first sign", "先兆"),
    )
    rows = tuple((str(i), *_risk(one, currency)) for i, one in enumerate(study.risks, 1))
    return Table("risk.register", Said("Register of risks", "风险登记表"), columns, rows)


def _risk(one: Entry, currency: str) -> tuple[Any, ...]:
    cost = (
        Said("cannot be told", "无法估计")
        if one.cost is None
        else figure_of("cost", Said("cost", "成本"), one.cost, unit=currency)
    )
    expected = Figure("expected", Said("expected", "期望"), one.expected, unit=currency)
    return (
        one.name,
        KINDS[one.kind],
        Figure("chance", Said("chance", "概率"), float(one.chance.mean()), unit="%"),
        cost,
        expected,
        one.watches or Said("nobody yet: name one", "尚无：请指定"),
        one.sign,
    )


def _flips(study: Study) -> Table:
    columns = (
        Said("decision", "决策"),
        Said("assumption", "假设"),
        Said("now", "当前取值"),
        Said("flips at", "在此翻转"),
        Said("from", "由"),
        Said("to", "变为"),
    )
    rows = tuple(_flip(one) for one in study.turns if one.value is not None)
    title = Said("The smallest change that flips a decision", "使决策翻转的最小变化")
    return Table("risk.flips", title, columns, rows)


def _flip(one: Turned) -> tuple[Any, ...]:
    now, then = one.flip.now, one.flip.then
    if one.decision == NEXT:
        gone, come = _changed(now, then)
        before, after = Said(gone, gone), Said(come, come)
    else:
        before, after = WORDS[now], WORDS[then]
    told = (plain(one.middle), plain(one.value) if one.value is not None else "")
    return (DECISIONS[one.decision], one.flip.name, *told, before, after)


def _changed(now: Hashable, then: Hashable) -> tuple[str, str]:
    """Return what a set of options loses and gains on the way to another."""
    before, after = (list(one) if isinstance(one, tuple) else [] for one in (now, then))
    gone = [key for key in before if key not in after]
    come = [key for key in after if key not in before]
    return ", ".join(gone) or "–", ", ".join(come) or "–"


def _tornado(study: Study) -> Table:
    currency = study.plan.venture.currency
    columns = (
        Said("assumption", "假设"),
        Said("its 5 % point", "其 5% 分位"),
        Said("its 95 % point", "其 95% 分位"),
        Said("worth at 5 %", "取 5% 时的价值"),
        Said("worth at 95 %", "取 95% 时的价值"),
    )
    rows = []
    for bar in study.tornado.bars[:MOST]:
        if bar.length > 0:
            ends = study.plan.register[bar.name].now.quantile(np.array([0.05, 0.95]))
            worths = (
                Figure("worth", Said("worth", "价值"), x, unit=currency)
                for x in (bar.low, bar.high)
            )
            rows.append((bar.name, plain(ends[0]), plain(ends[1]), *worths))
    title = Said("Tornado: each over its own range, the others at their medians",
                 "龙卷风：各取自身区间，其余取中位数")  # fmt: skip
    return Table("risk.tornado", title, columns, tuple(rows))


def _sobol(study: Study) -> Table:
    columns = (
        Said("assumption", "假设"),
        Said("by itself, S1 (5 % to 95 %)", "单独 S1（5% 至 95%）"),
        Said("with others, ST (5 % to 95 %)", "含交互 ST（5% 至 95%）"),
    )
    rows = tuple(_index(one) for one in study.sobol.each[:MOST])
    return Table(
        "risk.sobol", Said("Where the doubt comes from (Sobol)", "不确定性来自哪里（Sobol）"),
        columns, rows,
    )  # fmt: skip


def _index(one: Index) -> tuple[str, str, str]:
    return (
        one.name,
        f"{one.first:.3f} ({one.first_low:.3f} … {one.first_high:.3f})".replace("-", "−"),
        f"{one.whole:.3f} ({one.whole_low:.3f} … {one.whole_high:.3f})".replace("-", "−"),
    )
