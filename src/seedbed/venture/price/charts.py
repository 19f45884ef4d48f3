"""Pictures of prices: profit by price with its bands, and who pays what under which plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seedbed.venture.bills import Month, answers_of
from seedbed.venture.price.compare import Offer
from seedbed.venture.price.optimum import Best, Case
from seedbed.venture.result import Chart, Said

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
BLUE, RED, GREY = "#0b62a8", "#b34700", "#56625b"
MOST_POINTS = 160
SCALE = {"type": "log", "nice": False}
TICKS = {"tickCount": 8, "labelOverlap": True, "labelSeparation": 12}


def profit(case: Case, best: Best, currency: str) -> Chart:
    """Draw expected profit by price, nine tenths of the draws, today's price and the best."""
    kept = np.unique(np.linspace(0, len(best.prices) - 1, MOST_POINTS).round().astype(int))
    rows = [
        {
            "price": float(best.prices[i]),
            "mean": float(best.mean[i]),
            "low": float(best.bands[0, i]),
            "high": float(best.bands[1, i]),
        }
        for i in kept
    ]
    words = (Said("today", "现价"), Said("best", "最优价"))
    marks = (case.today, best.price)

    def spec(language: str) -> dict[str, Any]:
        at = Said(f"price of an answer, {currency}", f"每次回答的价格（{currency}）")(language)
        up = Said(f"profit a month, {currency}", f"每月利润（{currency}）")(language)
        x = {"field": "price", "type": "quantitative", "title": at, "scale": SCALE, "axis": TICKS}
        y = {"field": "mean", "type": "quantitative", "title": up}
        band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        lines = [
            {"price": price, "word": word(language)}
            for price, word in zip(marks, words, strict=True)
        ]
        told = {"field": "word", "type": "nominal", "title": None}
        colour = {**told, "scale": {"range": [GREY, RED]}, "sort": None}
        return {
            "$schema": SCHEMA,
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "area", "color": BLUE, "opacity": 0.15}, "encoding": band},
                {"mark": {"type": "line", "color": BLUE}, "encoding": {"x": x, "y": y}},
                {
                    "data": {"values": lines},
                    "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5},
                    "encoding": {"x": {**x, "field": "price"}, "color": colour},
                },
            ],
        }

    title = Said(
        "Expected profit by price, with nine tenths of the draws", "价格与预期利润（含九成区间）"
    )
    return Chart("price.profit", title, spec)


def plans(offers: Sequence[Offer], usage: Sequence[Month], currency: str) -> Chart:
    """Draw what a customer's month costs under each plan, by how much is used."""
    totals = np.array([answers_of(month) for month in usage])
    order = np.argsort(totals, kind="stable")
    kept = order[np.unique(np.linspace(0, len(order) - 1, 60).round().astype(int))]
    rows = [
        {"answers": int(totals[i]), "bill": float(one.bills[i]), "plan": k}
        for k, one in enumerate(offers)
        for i in kept
    ]

    def spec(language: str) -> dict[str, Any]:
        x = Said("answers in a month", "每月回答次数")(language)
        y = Said(f"bill, {currency}", f"账单（{currency}）")(language)
        named = [one.title(language) for one in offers]
        told = [{**row, "plan": named[int(row["plan"])]} for row in rows]
        return {
            "$schema": SCHEMA,
            "data": {"values": told},
            "mark": {"type": "line"},
            "encoding": {
                "x": {"field": "answers", "type": "quantitative", "title": x},
                "y": {"field": "bill", "type": "quantitative", "title": y},
                "color": {"field": "plan", "type": "nominal", "title": None, "sort": named},
            },
        }

    return Chart("price.plans", Said("A month's bill by usage", "不同用量下的月账单"), spec)
