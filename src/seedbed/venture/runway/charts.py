"""The pictures of the runway: cash as a fan, ruin by month, what actions do."""

from __future__ import annotations

from typing import Any

from seedbed.venture.document.numbers import money
from seedbed.venture.result import Chart, Said
from seedbed.venture.runway.study import Study

BLUE, RED, GREEN, GREY = "#0b62a8", "#a33a5e", "#00755a", "#56625b"

_MONTH = Said("month", "月份")
_CASH = Said("cash at the month's end", "月末现金")
_RUIN = Said("chance that the money is gone", "资金耗尽的概率")
_GAIN = Said("months of runway gained", "跑道延长（月）")

FAN = Said("Cash: half of the paths, and nine in ten", "现金：一半路径与九成路径的范围")
BY_MONTH = Said("Chance that the money is gone by each month", "到各月为止资金耗尽的概率")
ACTIONS = Said("What each action does to the runway", "各项行动对跑道的影响")


def charts(study: Study) -> tuple[Chart, ...]:
    """Return the charts of a study."""
    drawn = [
        Chart("runway.cash", FAN, lambda language: fan(study, language)),
        Chart("runway.by_month", BY_MONTH, lambda language: ruin_by_month(study, language)),
    ]
    if study.effects:
        drawn.append(Chart("runway.actions", ACTIONS, lambda language: effects(study, language)))
    return tuple(drawn)


def fan(study: Study, language: str) -> dict[str, Any]:
    """Return the fan of cash with the line below which the money is gone."""
    bands = study.bands
    rows = [
        {
            "month": month + 1, "low": bands.low[month], "lower": bands.lower[month],
            "middle": bands.middle[month], "upper": bands.upper[month],
            "high": bands.high[month],
        }
        for month in range(study.months)
    ]  # fmt: skip
    capital = float(study.plan.venture.capital)
    start = dict.fromkeys(("low", "lower", "middle", "upper", "high"), capital)
    title = f"{_CASH(language)} ({study.plan.venture.currency})"
    layers = [
        _band("low", "high", 0.16, title, language),
        _band("lower", "upper", 0.3, title, language),
        {
            "mark": {"type": "line", "color": BLUE},
            "encoding": {"x": _x(language), "y": {"field": "middle", "type": "quantitative"}},
        },
        _rule(0.0, RED),
    ]
    if study.below_least is not None:
        layers.append(_rule(study.least, GREY))
    return _spec([{"month": 0, **start}, *rows], layers)


def ruin_by_month(study: Study, language: str) -> dict[str, Any]:
    """Return the chance of ruin by month; a second line where `least_cash` is a limit."""
    floors = {Said("cash below 0", "现金低于 0")(language): study.ruin}
    if study.below_least is not None:
        least = money(study.least, study.plan.venture.currency)
        named = Said(f"below {least}", f"低于 {least}")
        floors[named(language)] = study.below_least
    rows = [
        {"month": month, "share": share, "floor": name, "low": low, "high": high}
        for name, ruin in floors.items()
        for month, (share, (low, high)) in enumerate(
            zip(ruin.by_month.tolist(), ruin.intervals(), strict=True), 1
        )
    ]
    color = {
        "field": "floor", "type": "nominal", "title": None,
        "scale": {"domain": list(floors), "range": [RED, GREY]},
    }  # fmt: skip
    line = {
        "mark": {"type": "line", "point": {"size": 18}},
        "encoding": {
            "x": _x(language),
            "y": _y("share", _RUIN(language), format=".0%"),
            "color": color,
        },
    }
    band = {
        "mark": {"type": "area", "opacity": 0.2},
        "encoding": {
            "x": _x(language),
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "color": color,
        },
    }
    return _spec(rows, [band, line])


def effects(study: Study, language: str) -> dict[str, Any]:
    """Return a bar an action: months gained, with the interval of counting."""
    rows = [
        {
            "action": one.action.title(language), "months": one.months,
            "low": one.months - one.months_error, "high": one.months + one.months_error,
        }
        for one in study.effects
    ]  # fmt: skip
    order = {"field": "action", "type": "nominal", "sort": None, "title": None}
    bar = {
        "mark": {"type": "bar", "height": {"band": 0.6}},
        "encoding": {
            "y": order,
            "x": _y("months", _GAIN(language), tickCount=8),
            "color": {
                "condition": {"test": "datum.months < 0", "value": RED},
                "value": GREEN,
            },
        },
    }
    error = {
        "mark": {"type": "rule", "strokeWidth": 1.5},
        "encoding": {
            "y": order,
            "x": {"field": "low", "type": "quantitative"},
            "x2": {"field": "high"},
        },
    }
    return _spec(rows, [bar, error]) | {"height": 26 * max(len(rows), 3)}


def _spec(rows: list[dict[str, Any]], layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "layer": layers,
    }


def _x(language: str) -> dict[str, Any]:
    axis = {"tickMinStep": 1, "format": "d"}
    return {"field": "month", "type": "quantitative", "title": _MONTH(language), "axis": axis}


def _y(name: str, title: str, **axis: Any) -> dict[str, Any]:
    return {"field": name, "type": "quantitative", "title": title, "axis": axis}


def _band(low: str, high: str, opacity: float, title: str, language: str) -> dict[str, Any]:
    return {
        "mark": {"type": "area", "color": BLUE, "opacity": opacity},
        "encoding": {
            "x": _x(language),
            "y": _y(low, title, format="~s"),
            "y2": {"field": high},
        },
    }


def _rule(at: float, color: str) -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "color": color, "strokeDash": [5, 3], "strokeWidth": 1.5},
        "encoding": {"y": {"datum": at, "type": "quantitative"}},
    }
