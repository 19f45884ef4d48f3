"""Pictures of the market: who will have bought by when, and what a survey's curves look like."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.venture.market.diffusion import Adoption
from seedbed.venture.result import Chart, Said
from seedbed.venture.survey.granger import Granger
from seedbed.venture.survey.westendorp import QUESTIONS, Westendorp

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
BLUE, RED, GREY = "#0b62a8", "#b34700", "#56625b"
ASKED = {
    "too_cheap": Said("too cheap", "太便宜"),
    "cheap": Said("cheap", "便宜"),
    "expensive": Said("expensive", "贵"),
    "too_expensive": Said("too expensive", "太贵"),
}


def adopted(found: Adoption) -> Chart:
    """Draw who has bought by month: the median, and nine tenths of the draws."""
    low, middle, high = np.quantile(found.bought, (0.05, 0.5, 0.95), axis=0)
    rows = [
        {"month": int(m), "low": float(a), "middle": float(b), "high": float(c)}
        for m, a, b, c in zip(found.months, low, middle, high, strict=True)
    ]
    title = Said(
        "Who will have bought, with nine tenths of the draws", "累计采用客户数（含九成区间）"
    )
    x, y = Said("months from now", "距今月数"), Said("customers", "客户数")
    return Chart("market.adoption", title, _banded(rows, "month", "middle", x, y))


def westendorp(found: Westendorp, currency: str) -> Chart:
    """Draw the four curves and where they cross."""
    points = [
        {"price": float(price), "share": float(found.curves[i, k]), "asked": name}
        for i, name in enumerate(QUESTIONS)
        for k, price in enumerate(found.prices)
    ]
    marks = sorted((one.price, name.upper()) for name, one in found.points.items())
    rules = [{"price": price, "name": name} for price, name in marks]

    def spec(language: str) -> dict[str, Any]:
        rows = [{**one, "asked": ASKED[str(one["asked"])](language)} for one in points]
        x = {"field": "price", "type": "quantitative", "scale": {"zero": False}}
        x |= {"title": Said(f"price, {currency}", f"价格（{currency}）")(language)}
        share = Said("share of people", "受访者占比")(language)
        y: dict[str, Any] = {"field": "share", "type": "quantitative", "title": share}
        y |= {"axis": {"format": ".0%"}, "scale": {"domain": [0, 1]}}
        colour: dict[str, Any] = {"field": "asked", "type": "nominal", "title": None}
        colour |= {"sort": [ASKED[name](language) for name in QUESTIONS]}
        colour |= {"legend": {"orient": "bottom"}}  # above stand the names of the crossings
        rule = {"mark": {"type": "rule", "color": GREY, "strokeDash": [4, 4]}, "encoding": {"x": x}}
        names = [
            {
                "data": {"values": rules[row::2]},  # in two rows, for neighbours can be close
                "mark": {"type": "text", "color": GREY, "dy": -6 - 12 * row, "fontSize": 10},
                "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "name"}},
            }
            for row in (0, 1)
        ]
        lines = {"mark": "line", "encoding": {"x": x, "y": y, "color": colour}}
        under = {"data": {"values": rules}, "layer": [rule, *names]}
        return {"$schema": SCHEMA, "data": {"values": rows}, "layer": [lines, under]}

    title = Said("Price sensitivity (van Westendorp)", "价格敏感度（van Westendorp）")
    return Chart("market.westendorp", title, spec)


def granger(found: Granger, currency: str) -> Chart:
    """Draw income for each person asked by price, with its interval."""
    columns = (found.prices, found.income_low, found.income, found.income_high)
    rows = [
        {"price": float(p), "low": float(a), "middle": float(b), "high": float(c)}
        for p, a, b, c in zip(*columns, strict=True)
    ]
    x = Said(f"price, {currency}", f"价格（{currency}）")
    y = Said(f"income for each person asked, {currency}", f"每位受访者收入（{currency}）")
    title = Said("Income by price (Gabor-Granger)", "价格与收入（Gabor-Granger）")
    return Chart("market.granger", title, _banded(rows, "price", "middle", x, y))


def _banded(rows: list[dict[str, Any]], at: str, line: str, across: Said, up: Said) -> Any:
    def spec(language: str) -> dict[str, Any]:
        x = {"field": at, "type": "quantitative", "title": across(language)}
        y = {"field": line, "type": "quantitative", "title": up(language)}
        band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        return {
            "$schema": SCHEMA,
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "area", "color": BLUE, "opacity": 0.15}, "encoding": band},
                {"mark": {"type": "line", "color": BLUE}, "encoding": {"x": x, "y": y}},
            ],
        }

    return spec
