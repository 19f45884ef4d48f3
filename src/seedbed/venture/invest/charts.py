"""Pictures of what to do next: money per money with intervals, and what knowing is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seedbed.venture.invest.know import Known
from seedbed.venture.invest.rank import Ranked
from seedbed.venture.result import Chart, Said

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
GREEN, BLUE, RED, GREY = "#00755a", "#0b62a8", "#b34700", "#9aa69f"
ROW = 30
"""Pixels of a bar."""
LEAST = 0.01
"""Money per money below which a point stands at the chart's edge: the scale is logarithmic."""
MOST = 12
TENS = [10.0**k for k in range(-2, 7)]


def bars(ranked: Sequence[Ranked]) -> Chart:
    """Draw money per money of every option: the median and nine tenths of the draws."""
    rows: list[dict[str, Any]] = []
    for one in ranked[: 2 * MOST]:
        low, middle, high = (max(LEAST, min(float(x), 1e6)) for x in one.option.ratios())
        rows.append(
            {"option": one.option, "low": low, "middle": middle, "high": high, "pays": middle > 1}
        )

    def spec(language: str) -> dict[str, Any]:
        words = {True: Said("pays", "划算"), False: Said("does not pay", "不划算")}
        values = [
            {**row, "option": row["option"].title(language), "pays": words[row["pays"]](language)}
            for row in rows
        ]
        title = Said("money back for each unit of money (log scale)", "每投入一元的回报（对数）")
        x: dict[str, Any] = {"field": "low", "type": "quantitative", "title": title(language)}
        x |= {"scale": {"type": "log"}, "axis": {"values": TENS, "format": "~g"}}
        y: dict[str, Any] = {"field": "option", "type": "nominal", "title": None, "sort": None}
        colour: dict[str, Any] = {"field": "pays", "type": "nominal", "title": None}
        colour |= {
            "scale": {"domain": [words[True](language), words[False](language)],
                      "range": [GREEN, GREY]}
        }  # fmt: skip
        even = {
            "data": {"values": [{"low": 1.0}]},
            "mark": {"type": "rule", "color": RED, "strokeDash": [5, 4]},
            "encoding": {"x": x},
        }
        whisker = {
            "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.55},
            "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "color": colour},
        }
        point = {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": {**x, "field": "middle"}, "y": y, "color": colour},
        }
        return {
            "$schema": SCHEMA,
            "data": {"values": values},
            "height": ROW * max(2, len(values)),
            "layer": [whisker, point, even],
        }

    title = Said(
        "What a unit of money brings, by option, with nine tenths of the draws",
        "各选项每元投入的回报（含九成区间）",
    )
    return Chart("invest.options", title, spec)


def knowing(each: Sequence[Known], currency: str) -> Chart:
    """Draw what it is worth to know each assumption, with its interval."""
    rows = [
        {
            "path": one.path,
            "value": one.worth.value,
            "low": one.worth.low,
            "high": one.worth.high,
        }
        for one in each[:MOST]
        if one.clear
    ]

    def spec(language: str) -> dict[str, Any]:
        title = Said(f"worth of knowing it first, {currency}", f"先弄清它的价值（{currency}）")
        x: dict[str, Any] = {"field": "value", "type": "quantitative", "title": title(language)}
        y: dict[str, Any] = {"field": "path", "type": "nominal", "title": None, "sort": None}
        whisker = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}
        return {
            "$schema": SCHEMA,
            "data": {"values": rows},
            "height": ROW * max(2, len(rows)),
            "layer": [
                {
                    "mark": {"type": "bar", "color": BLUE, "height": 14},
                    "encoding": {"x": x, "y": y},
                },
                {"mark": {"type": "rule", "color": "#16201b"}, "encoding": whisker},
            ],
        }

    title = Said(
        "What to find out first: EVPI by assumption", "先弄清什么：各假设的完全信息期望价值"
    )
    return Chart("invest.knowing", title, spec)
