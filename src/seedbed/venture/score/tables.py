"""The tables and charts of scores."""

from __future__ import annotations

from typing import Any

from seedbed.venture.result import Chart, Figure, Said, Table
from seedbed.venture.score.compare import Against, Scored
from seedbed.venture.score.frozen import Forecast

_NONE = Said("", "")
WORDS = {
    "customers": Said("customers", "客户数"),
    "answers": Said("answers", "回答次数"),
    "income": Said("income", "收入"),
    "cash": Said("cash", "现金"),
    "same as last month": Said("same as last month", "与上月相同"),
    "straight line": Said("straight line", "直线外推"),
    "better": Said("better", "更好"),
    "worse": Said("worse", "更差"),
    "too few to say": Said("too few to say", "数据太少，无法判断"),
}
UNITS = {"customers": "customers", "answers": "answers"}


def skill(forecast: Forecast, scored: list[Scored]) -> Table:
    """Return each quantity against each reference."""
    heads = (
        Said("forecast of", "预测对象"),
        Said("against", "对照"),
        Said("months", "月数"),
        Said("CRPS", "CRPS"),
        Said("its CRPS", "对照 CRPS"),
        Said("skill", "技巧分"),
        Said("from", "下限"),
        Said("to", "上限"),
        Said("verdict", "结论"),
    )
    rows = tuple(_row(forecast, one, other) for one in scored for other in one.against)
    title = Said("Skill: 1 is perfect, 0 no better", "技巧分：1 为完美，0 为没有更好")
    return Table("score.skill", title, heads, rows)


def _row(forecast: Forecast, one: Scored, other: Against) -> tuple[Any, ...]:
    unit = unit_of(forecast, one.quantity)
    return (
        WORDS[one.quantity], WORDS[other.name], len(one.months), Figure("", _NONE, one.crps, unit),
        Figure("", _NONE, other.crps, unit), _rounded(other.skill), _rounded(other.low),
        _rounded(other.high), WORDS[other.verdict],
    )  # fmt: skip


def months(forecast: Forecast, scored: list[Scored]) -> Table:
    """Return forecast and truth month by month."""
    heads = (
        Said("forecast of", "预测对象"),
        Said("month", "月份"),
        Said("5 %", "5%"),
        Said("half", "中位数"),
        Said("95 %", "95%"),
        Said("came", "实际"),
        Said("CRPS", "CRPS"),
    )
    rows: list[tuple[Any, ...]] = []
    for one in scored:
        unit = unit_of(forecast, one.quantity)
        for i, month in enumerate(one.months):
            numbers = (*one.bands[:, i], one.truth[i], one.scores[i])
            cells = (Figure("", _NONE, float(number), unit) for number in numbers)
            rows.append((WORDS[one.quantity], month, *cells))
    return Table("score.months", Said("Month by month", "逐月"), heads, tuple(rows))


def chart(one: Scored) -> Chart:
    """Return the chart of a quantity."""
    name = WORDS[one.quantity]
    title = Said(f"{name.en}: forecast and truth", f"{name.zh}：预测与实际")
    return Chart(f"score.{one.quantity}", title, lambda language: against_truth(one, language))


def against_truth(one: Scored, language: str) -> dict[str, Any]:
    """Return the forecast's interval and median with what came, by month."""
    low, middle, high = one.bands.tolist()
    rows = [
        {"month": month, "low": low[i], "middle": middle[i], "high": high[i], "came": came}
        for i, (month, came) in enumerate(zip(one.months, one.truth.tolist(), strict=True))
    ]
    x = {"field": "month", "type": "ordinal", "title": Said("month", "月份")(language),
         "axis": {"labelAngle": 0, "labelOverlap": True}}  # fmt: skip
    title = WORDS[one.quantity](language)

    def layer(mark: dict[str, Any], field: str, **more: Any) -> dict[str, Any]:
        y = {"field": field, "type": "quantitative", "title": title, "scale": {"zero": False}}
        return {"mark": mark, "encoding": {"x": x, "y": y, **more}}

    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "layer": [
            layer({"type": "bar", "opacity": 0.25, "color": "#0b62a8", "width": 14}, "low",
                  y2={"field": "high"}),
            layer({"type": "tick", "color": "#0b62a8", "thickness": 2, "width": 14}, "middle"),
            layer({"type": "point", "filled": True, "size": 60, "color": "#b34700"}, "came"),
        ],
    }  # fmt: skip


def unit_of(forecast: Forecast, quantity: str) -> str:
    """Return what a quantity is counted in."""
    return UNITS.get(quantity, str(forecast.told["currency"]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
