"""The charts of `plan unit`, as Vega-Lite with the data inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.venture.result import Chart, Said
from seedbed.venture.unit import cost, sbg

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan
    from seedbed.venture.unit.costs import Costs
    from seedbed.venture.unit.offers import Offer
    from seedbed.venture.unit.retention import Retention

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
MONTHS = 36
BLUE, INK = "#0b62a8", "#16201b"
BAND = {"type": "area", "opacity": 0.15, "color": BLUE}
LINE = {"type": "line", "color": BLUE}
TODAY = {"type": "point", "filled": True, "size": 90, "color": BLUE, "opacity": 1}
SEEN = {"type": "point", "filled": True, "size": 45, "color": INK}
POINTS = (0.05, 0.5, 0.95)

Rows = list[dict[str, Any]]


def utilisation(plan: Plan, each: Costs) -> Chart:
    """Return the cost of an answer against utilisation, with where we are today."""
    draws = plan.draws
    full = cost.per_unit(draws["unit.hour"], draws["unit.answers_per_second"], 1.0)
    besides = each.other
    rows: Rows = []
    for busy in np.geomspace(0.01, 1, 60):
        low, middle, high = np.quantile(full / busy + besides, POINTS)
        rows.append({"busy": float(busy), "low": low, "middle": middle, "high": high})
    ends = np.quantile(draws["unit.utilisation"], POINTS)
    now = {
        "busy": float(ends[1]), "from": float(ends[0]), "to": float(ends[2]),
        "middle": float(np.median(each.made)),
    }  # fmt: skip
    price = [{"price": float(np.median(draws["price.now"]))}] if "price.now" in draws else []
    currency = plan.venture.currency

    def spec(language: str) -> dict[str, Any]:
        zh = language == "zh"
        x = _axis("busy", "利用率" if zh else "utilisation", shown="%", scale={"type": "log"})
        side = f"每次回答的成本（{currency}）" if zh else f"cost of an answer ({currency})"
        y = _axis("middle", side, scale={"type": "log"})
        layers = [
            _layer(rows, BAND, x=x, y=y | {"field": "low"},
                   y2={"field": "high"}),
            _layer(rows, LINE, x=x, y=y),
            _layer([now], {"type": "rule", "strokeWidth": 3, "opacity": 0.5},
                   x=x | {"field": "from"}, x2={"field": "to"}, y=y),
            _layer([now], TODAY, x=x, y=y),
            _layer([now | {"said": "今天" if zh else "today"}],
                   {"type": "text", "dy": -12, "align": "left"}, x=x, y=y,
                   text={"field": "said"}),
        ]  # fmt: skip
        if price:
            told = [price[0] | {"said": "售价" if zh else "price", "busy": 0.01}]
            y_price = y | {"field": "price"}
            layers.append(_layer(told, {"type": "rule", "strokeDash": [4, 3]}, y=y_price))
            mark = {"type": "text", "dx": 6, "dy": -7, "align": "left"}
            layers.append(_layer(told, mark, x=x, y=y_price, text={"field": "said"}))
        return {"$schema": SCHEMA, "layer": layers}

    title = Said("Cost of an answer against utilisation", "单位成本与利用率")
    return Chart("unit.utilisation", title, spec)


def survival(kept: Retention) -> Chart:
    """Return who is still there: the fitted curve, what was seen, and a constant churn."""
    ours, constant = (
        Said("customers differ (sBG)", "客户有差异（sBG）"),
        Said("constant churn", "固定流失率"),
    )
    curves = sbg.survival(kept.alpha[:2000, None], kept.beta[:2000, None], np.arange(MONTHS + 1))
    low, middle, high = np.quantile(curves, POINTS, axis=0)
    steady = (1 - float(np.median(kept.churn))) ** np.arange(MONTHS + 1)
    points: Rows = []
    if kept.lives is not None:
        there = kept.lives.customers - np.concatenate(([0.0], kept.lives.left.cumsum()))
        together = bool((kept.lives.stayed[:-1] == 0).all())
        if together:  # a cohort: what was seen is a share; else each age has its own customers
            points = [
                {"month": t, "share": float(many / there[0])}
                for t, many in enumerate(there[: MONTHS + 1])
            ]

    def spec(language: str) -> dict[str, Any]:
        zh = language == "zh"
        x = _axis("month", "月" if zh else "months", scale={"nice": False})
        y = _axis("share", "仍在的客户" if zh else "customers still there", shown="%")
        y["scale"] = {"domain": [0, 1]}
        band = [
            {"month": t, "low": float(low[t]), "high": float(high[t])} for t in range(MONTHS + 1)
        ]
        lines = [
            {"month": t, "share": float(curve[t]), "model": said(language)}
            for said, curve in ((ours, middle), (constant, steady))
            for t in range(MONTHS + 1)
        ]
        colour = {"field": "model", "type": "nominal", "title": None}
        layers = [
            _layer(band, BAND, x=x, y=y | {"field": "low"},
                   y2={"field": "high"}),
            _layer(lines, {"type": "line"}, x=x, y=y, color=colour),
            _layer(points, SEEN, x=x, y=y),
        ]  # fmt: skip
        return {"$schema": SCHEMA, "layer": layers if points else layers[:2]}

    return Chart("unit.survival", Said("How long customers stay", "客户留存曲线"), spec)


def margins(offers: Sequence[Offer], currency: str) -> Chart:
    """Return the margin of a month by the percentile of what customers use, a line a plan."""

    def spec(language: str) -> dict[str, Any]:
        zh = language == "zh"
        side = f"毛利（{currency}/月）" if zh else f"margin ({currency} a month)"
        x = _axis("percentile", "用量百分位" if zh else "percentile of use")
        x["axis"] = {"tickCount": 10}
        y = _axis("margin", side)
        rows = [
            {"percentile": percentile, "margin": margin, "plan": offer.title(language)}
            for offer in offers
            for percentile, margin in offer.curve()
        ]
        colour = {"field": "plan", "type": "nominal", "title": None}
        return {
            "$schema": SCHEMA,
            "layer": [
                _layer([{"margin": 0}], {"type": "rule", "opacity": 0.5}, y=y),
                _layer(rows, {"type": "line"}, x=x, y=y, color=colour),
            ],
        }

    title = Said("Margin by how much customers use", "按客户用量百分位的毛利")
    return Chart("unit.margins", title, spec)


def _axis(
    field: str, title: str, *, shown: str = "", scale: dict[str, Any] | None = None
) -> dict[str, Any]:
    axis = {"format": shown} if shown else {}
    made: dict[str, Any] = {"field": field, "type": "quantitative", "title": title, "axis": axis}
    return made | ({"scale": scale} if scale else {})


def _layer(rows: Rows, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}
