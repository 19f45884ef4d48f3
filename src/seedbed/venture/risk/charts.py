"""Pictures of risk: likelihood against cost, the tornado, and Sobol's indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seedbed.venture.result import Chart, Said
from seedbed.venture.risk.register import Entry
from seedbed.venture.risk.sobol import Indices
from seedbed.venture.risk.tornado import Tornado

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
BLUE, RED, GREEN, GREY = "#0b62a8", "#b34700", "#00755a", "#56625b"
ROW, MOST = 26, 14


def risk_map(risks: Sequence[Entry], currency: str) -> Chart:
    """Draw the risks, by their numbers in the register: how likely, and what they would cost."""
    shown = [
        (number, one)
        for number, one in enumerate(risks, 1)
        if one.cost is not None and float(one.cost.mean()) > 0
    ]

    def spec(language: str) -> dict[str, Any]:
        words = {
            True: Said("in the file", "文件所列"),
            False: Said("seen by the model", "模型所见"),
        }
        values = [
            {
                "name": one.name(language),
                "chance": float(one.chance.mean()),
                "cost": float(one.cost.mean()) if one.cost is not None else 0.0,
                "own": words[one.own](language),
                "number": str(number),
            }
            for number, one in shown
        ]
        x: dict[str, Any] = {"field": "chance", "type": "quantitative", "scale": {"domain": [0, 1]}}
        x |= {"title": Said("chance within the plan", "计划期内的概率")(language)}
        x |= {"axis": {"format": ".0%"}}
        y: dict[str, Any] = {"field": "cost", "type": "quantitative", "scale": {"type": "log"}}
        y |= {
            "title": Said(f"cost if it happens, {currency}", f"发生时的成本（{currency}）")(
                language
            )
        }
        colour: dict[str, Any] = {"field": "own", "type": "nominal", "title": None}
        colour |= {"scale": {"range": [BLUE, RED]}}
        point = {"type": "point", "filled": True, "size": 420, "opacity": 1}
        # Names would cover each other; the table's numbers do not.
        text = {
            "mark": {"type": "text", "color": "#ffffff", "fontWeight": 600},
            "encoding": {"x": x, "y": y, "text": {"field": "number"}},
        }
        layers = [{"mark": point, "encoding": {"x": x, "y": y, "color": colour}}, text]
        return {"$schema": SCHEMA, "data": {"values": values}, "height": 300, "layer": layers}

    title = Said("Risks by chance and cost", "风险图：概率与成本")
    return Chart("risk.map", title, spec)


def tornado(found: Tornado, currency: str) -> Chart:
    """Draw how far each assumption moves the worth between the ends of its own range."""
    rows = [
        {"path": one.name, "low": one.low, "high": one.high}
        for one in found.bars[:MOST]
        if one.length > 0
    ]

    def spec(language: str) -> dict[str, Any]:
        ends = {
            "low": Said("at its 5 % point", "取 5% 分位"),
            "high": Said("at its 95 % point", "取 95% 分位"),
        }
        values = [
            {"path": row["path"], "middle": found.middle, "end": row[end], "at": said(language)}
            for row in rows
            for end, said in ends.items()
        ]
        x: dict[str, Any] = {"field": "end", "type": "quantitative", "scale": {"zero": False}}
        x |= {
            "title": Said(f"worth of the plan, {currency}", f"计划的价值（{currency}）")(language)
        }
        y: dict[str, Any] = {"field": "path", "type": "nominal", "title": None, "sort": None}
        colour: dict[str, Any] = {"field": "at", "type": "nominal", "title": None, "sort": None}
        colour |= {"scale": {"range": [BLUE, RED]}}
        bar = {
            "mark": {"type": "bar", "height": 16},
            "encoding": {"x": x, "x2": {"field": "middle"}, "y": y, "color": colour},
        }
        line = {
            "data": {"values": [{"end": found.middle}]},
            "mark": {"type": "rule", "color": GREY},
            "encoding": {"x": x},
        }
        return {
            "$schema": SCHEMA,
            "data": {"values": values},
            "height": ROW * max(2, len(rows)),
            "layer": [bar, line],
        }

    title = Said(
        "What moves the worth, each over its own range", "龙卷风图：各假设在自身区间内的影响"
    )
    return Chart("risk.tornado", title, spec)


def sobol(found: Indices) -> Chart:
    """Draw first and total Sobol indices with their intervals."""
    shown = [one for one in found.each[:MOST] if one.whole > 0.001]

    def spec(language: str) -> dict[str, Any]:
        words = (Said("by itself (S1)", "单独（S1）"), Said("with others (ST)", "含交互（ST）"))
        values = []
        for one in shown:
            pair = (
                (one.first, one.first_low, one.first_high),
                (one.whole, one.whole_low, one.whole_high),
            )
            for word, (value, low, high) in zip(words, pair, strict=True):
                values.append(
                    {"path": one.name, "kind": word(language), "value": max(0.0, float(value)),
                     "low": max(0.0, float(low)), "high": float(high)}
                )  # fmt: skip
        x: dict[str, Any] = {"field": "value", "type": "quantitative", "axis": {"format": ".0%"}}
        x |= {"title": Said("share of the variance of the worth", "占价值方差的比例")(language)}
        y: dict[str, Any] = {"field": "path", "type": "nominal", "title": None, "sort": None}
        aside: dict[str, Any] = {"field": "kind", "type": "nominal", "sort": None}
        colour = {**aside, "title": None, "scale": {"range": [GREEN, BLUE]}}
        both = {"x": x, "y": y, "yOffset": aside}
        return {
            "$schema": SCHEMA,
            "data": {"values": values},
            "height": 34 * max(2, len(shown)),
            "layer": [
                {"mark": {"type": "bar", "height": 10}, "encoding": {**both, "color": colour}},
                {
                    "mark": {"type": "rule", "color": "#16201b"},
                    "encoding": {**both, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
                },
            ],
        }

    return Chart("risk.sobol", Said("Where the doubt comes from", "不确定性来自哪里"), spec)
