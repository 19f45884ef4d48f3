"""A document with one of everything, and a plan of the contract's example."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.document.content import Chapter, Document, Input, Line, Missing
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, Table
from venture.example import EXAMPLE

TODAY = date(2026, 12, 1)


def both(en: str, zh: str) -> Said:
    return Said(en, zh)


def bars(language: str) -> dict[str, Any]:
    title = {"en": "Cash", "zh": "现金"}[language]
    return {
        "data": {"values": [{"month": 1, "cash": 400}, {"month": 2, "cash": 350}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "month", "type": "ordinal"},
            "y": {"field": "cash", "type": "quantitative", "title": title},
        },
    }


def wide_table() -> Table:
    columns = tuple(both(f"A rather long heading {i}", f"相当长的标题{i}") for i in range(12))
    return Table("unit.wide", both("Wide", "宽表"), columns, (tuple(range(12)),))


def unit() -> Section:
    cost = Figure(
        "unit.cost",
        both("Cost of an answer", "单次回答成本"),
        0.00021,
        "USD",
        0.00014,
        0.00032,
        "hour / (answers_per_second · 3600 · utilisation)",
        ("unit.hour", "unit.utilisation"),
    )
    share = Figure("unit.margin", both("Margin", "毛利率"), 0.7325, "%", 0.6, 0.8)
    rows = (("a|b <i>", 1200, share), ("c & d", 30, None))
    columns = (both("customer", "客户"), both("Answers", "回答数"), both("Margin", "毛利率"))
    return Section(
        "unit",
        both("Unit economics", "单位经济"),
        both("An answer costs $0.00021; the margin is 73%.", "单次回答成本 $0.00021，毛利率 73%。"),
        figures=(cost, share),
        tables=(
            Table("unit.customers", both("By customer", "按客户"), columns, rows),
            wide_table(),
        ),
        charts=(Chart("unit.cash", both("Cash by month", "各月现金"), bars),),
        cautions=(
            Caution("unit.bare", both("No source is named.", "没有注明来源。"), "unit.hour"),
        ),
        notes=(both("Taxes are left out.", "未计税。"),),
    )


@pytest.fixture
def document() -> Document:
    lacks = Missing(
        key="funding",
        title=both("Funding", "融资"),
        path="cap_table.holders",
        expected="who holds shares",
        got="nobody",
        do="Write cap_table.holders.",
        code="SB904",
        chapter="funding",
    )
    section = unit()
    return Document(
        name="brand-sentiment",
        currency="USD",
        made=TODAY,
        tiles=section.figures,
        summary=(
            Line(both("What it costs", "成本多少"), "unit", (section.answer,)),
            Line(both("Who pays", "谁出钱"), "funding", ()),
        ),
        chapters=(
            Chapter("unit", both("Unit economics", "单位经济"), (section,)),
            Chapter("funding", both("Funding", "融资"), (lacks,)),
        ),
        inputs=(Input(both("Venture file", "创业文件"), "venture.yaml", "ab" * 32),),
        seedbed="0.1.0",
    )


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    venture = file.parse(EXAMPLE.replace("draws: 10000", "draws: 1000"))
    return Plan.of(venture, home=Home(tmp_path / "home"), today=TODAY)
