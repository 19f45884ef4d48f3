"""What an assumption is called in the document: in words, where the file has a path.

A founder edits `customers.churn`; an investor reads "customers who leave, a month". The appendix
has both. A path that is not here keeps its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from seedbed.venture.document import formulas
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, Table

NAMES: dict[str, tuple[str, str]] = {
    "capital": ("capital", "本金"),
    "discount": ("what money costs a year", "资金的年成本"),
    "limits.least_cash": ("least cash", "最低现金"),
    "unit.hour": ("price of a machine's hour", "机器时价"),
    "unit.answers_per_second": ("answers a second of a machine", "单机每秒回答数"),
    "unit.tokens_per_answer": ("tokens of an answer", "每次回答 token 数"),
    "unit.utilisation": ("utilisation of machines", "机器利用率"),
    "unit.error_rate": ("share of wrong answers", "错误率"),
    "unit.other_cost": ("other cost of an answer", "每次回答的其他成本"),
    "unit.peak.answers_per_second": ("answers a second at the peak", "峰值每秒回答数"),
    "unit.peak.wait_seconds": ("longest wait promised", "承诺的最长等待"),
    "unit.peak.share": ("share of calls it is promised to", "承诺覆盖的请求比例"),
    "market.population": ("companies that could buy", "可能购买的公司数"),
    "market.share": ("share of companies that will buy", "最终购买的公司占比"),
    "market.innovation": ("buyers who come by themselves (Bass p)", "自发购买率（Bass p）"),
    "market.imitation": ("buyers whom others bring (Bass q)", "口碑带动率（Bass q）"),
    "market.segments": ("segments of the market", "细分市场"),
    "customers.now": ("customers today", "现有客户数"),
    "customers.answers": ("answers of a customer, a month", "客户月均回答数"),
    "customers.churn": ("customers who leave, a month", "客户月流失率"),
    "customers.acquisition_cost": ("cost of winning a customer", "获客成本"),
    "customers.growth": ("growth of customers, a month", "客户月增长率"),
    "customers.support_cost": ("support of a customer, a month", "客户月支持成本"),
    "price.now": ("today's price", "现价"),
    "price.elasticity": ("elasticity of demand", "需求弹性"),
    "price.low": ("lowest price thought of", "所考虑的最低价"),
    "price.high": ("highest price thought of", "所考虑的最高价"),
    "value.error_cost": ("cost of a wrong answer", "一次错误回答的代价"),
    "value.right_answer": ("what a right answer is worth to its buyer", "一次正确回答对买方的价值"),
    "factors.allocation": ("allocation η", "分配效率 η"),
    "factors.insight": ("market insight α", "市场洞察 α"),
    "factors.innovation": ("speed of innovation β", "创新速度 β"),
    "factors.earning": ("ability to earn γ", "变现能力 γ"),
    "factors.bar_months": ("months to the quality bar", "达到质量标准的计划月数"),
    "invest.label_cost": ("price of a label", "每条标注的单价"),
    "invest.survey_cost": ("price of a survey", "一次调查的费用"),
    "invest.work_hour": ("worth of an hour of our own work", "自己一小时工时的价值"),
    "invest.hours_label": ("hours of work for labels", "标注所需工时"),
    "invest.hours_larger": ("hours of work for a larger base", "换更大基座所需工时"),
    "invest.hours_price": ("hours of work for a new price", "调价所需工时"),
    "invest.hours_survey": ("hours of work for a survey", "调查所需工时"),
    "invest.hours_rung": ("hours of work for the next rung", "升一级训练所需工时"),
    "invest.larger_gain": ("errors that a larger base takes away", "更大基座可减少的错误"),
    "invest.larger_slower": ("how much slower a larger base is", "更大基座慢多少倍"),
    "invest.rung_passes": ("passes over the rows of the next rung", "下一级训练的遍数"),
}
"""Paths that every venture has."""

LISTED: tuple[tuple[str, str, str], ...] = (
    (r"spending\.(.+)\.gives\.\w+", "what {} gives ({})", "“{}”投入的产出（{}）"),
    (r"spending\.(.+)\.carry", "what of {} lasts into the next month", "“{}”延续到下月的比例"),
    (r"spending\.(.+)\.monthly", "{} today, a month", "“{}”目前每月投入"),
    (r"spending\.(.+)\.hire", "cost of one hire in {}, a month", "“{}”每名员工每月成本"),
    (r"risks\.(.+)\.chance", "chance that {}", "“{}”的概率"),
    (r"risks\.(.+)\.cost", "cost if {}", "“{}”发生时的损失"),
    (r"rounds\.(.+)\.amount", "amount of the {} round", "{} 轮金额"),
    (r"rounds\.(.+)\.chance", "chance of the {} round", "{} 轮成功的概率"),
    (r"rounds\.(.+)\.pre_money", "pre-money of the {} round", "{} 轮投前估值"),
    (r"rounds\.(.+)\.delay", "delay of the {} round", "{} 轮推迟的月数"),
    (r"costs\.(.+)\.monthly", "{}, a month", "“{}”每月支出"),
    (r"costs\.(.+)\.growth", "growth of {}", "“{}”的增长率"),
    (r"income\.(.+)\.monthly", "{}, in a month that has them", "“{}”当月收入"),
    (r"income\.(.+)\.chance", "chance of {} in a month", "某月有“{}”的概率"),
    (r"invest\.levers\.(\w+)\.gain", "errors that `{}` takes away", "`{}` 可减少的错误"),
    (r"invest\.levers\.(\w+)\.cost", "cost of `{}`", "`{}` 的费用"),
    (r"market\.segments\.(.+)\.count", "companies: {}", "公司数：{}"),
    (r"market\.segments\.(.+)\.share", "share that buys: {}", "购买占比：{}"),
    (r"market\.segments\.(.+)\.answers", "answers a month: {}", "月均回答数：{}"),
)
"""Paths of what a venture names itself."""


def name(path: str) -> Said:
    """Return what an assumption is called; its path where nobody has said."""
    if path in NAMES:
        return Said(*NAMES[path])
    for pattern, en, zh in LISTED:
        found = re.fullmatch(pattern, path)
        if found:
            inside = (found[1], path.rpartition(".")[2])
            return Said(en.format(*inside), zh.format(*inside))
    return Said(path, path)


class Named:
    """Puts names for the paths of a plan's assumptions."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.names = {path: name(path) for path in {*paths, *NAMES} - {"capital", "discount"}}
        ordered = sorted(self.names, key=len, reverse=True)
        self._found = re.compile(
            "|".join(rf"(?<![\w.`]){re.escape(one)}(?![\w`]|\.\w)" for one in ordered)
        )

    def text(self, text: str, language: str) -> str:
        """Return a text with names for paths."""
        return self._found.sub(lambda found: self.names[found[0]](language), text)

    def said(self, said: Said) -> Said:
        """Return a text of both languages with names for paths."""
        return Said(self.text(said.en, "en"), self.text(said.zh, "zh"))

    def section(self, section: Section) -> Section:
        """Return a section with names for paths: sentences, cells, figures and charts."""
        return replace(
            section,
            answer=self.said(section.answer),
            figures=tuple(map(self._figure, section.figures)),
            tables=tuple(map(self._table, section.tables)),
            charts=tuple(map(self._chart, section.charts)),
            cautions=tuple(map(self._caution, section.cautions)),
            notes=tuple(map(self.said, section.notes)),
        )

    def _figure(self, one: Figure) -> Figure:
        return replace(one, title=self.said(one.title))

    def _caution(self, one: Caution) -> Caution:
        return replace(one, said=self.said(one.said))

    def _table(self, table: Table) -> Table:
        rows = tuple(tuple(map(self._cell, row)) for row in table.rows)
        columns = tuple(map(self.said, table.columns))
        return replace(table, title=self.said(table.title), columns=columns, rows=rows)

    def _cell(self, cell: Any) -> Any:
        if isinstance(cell, Said):
            return self.said(cell)
        if not isinstance(cell, str):
            return cell
        told = self.said(Said(cell, cell))
        return told if told.en != cell else cell

    def _chart(self, chart: Chart) -> Chart:
        def spec(language: str) -> dict[str, Any]:
            return self._inside(chart.spec(language), language)  # type: ignore[no-any-return]

        return Chart(chart.key, self.said(chart.title), spec)

    def _inside(self, value: Any, language: str) -> Any:
        """Return a specification whose texts that are a path alone are named."""
        if isinstance(value, str):
            return self.names[value](language) if value in self.names else value
        if isinstance(value, Mapping):
            return {key: self._inside(one, language) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._inside(one, language) for one in value]
        return value


def formula(one: Figure) -> Said:
    """Return a figure's formula in both languages."""
    return Said(formulas.shown(one.formula, "en"), formulas.shown(one.formula, "zh"))
