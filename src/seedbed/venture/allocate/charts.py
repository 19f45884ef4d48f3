"""The pictures of a split: money by period, and the frontier between mean and bad case."""

from __future__ import annotations

from typing import Any

from seedbed.venture.allocate.study import Study
from seedbed.venture.result import Chart, Said

BLUE, RED, GREEN, GREY = "#0b62a8", "#a33a5e", "#00755a", "#56625b"
COLOURS = (BLUE, GREEN, RED, "#b7791f", "#5b4b8a", "#2c7a8c", GREY)

SPLIT = Said("The best split by period", "各期最优分配")
FRONTIER = Said("From the best mean to the mildest bad case", "从均值最优到坏情形最轻")
_MEAN = Said("mean worth", "平均价值")
_BAD = Said("mean of the worst draws", "最差情形的均值")
_MONTHLY = Said("a month", "每月")


def charts(study: Study) -> tuple[Chart, ...]:
    """Return the charts of a study."""
    drawn = [Chart("allocate.split", SPLIT, lambda language: by_period(study, language))]
    if len(study.frontier) > 2:
        drawn.append(Chart("allocate.frontier", FRONTIER, lambda language: curve(study, language)))
    return tuple(drawn)


def by_period(study: Study, language: str) -> dict[str, Any]:
    """Return a stacked bar a period, a colour a use."""
    built = study.built
    rows = [
        {"period": label, "use": name, "money": round(float(level), 2)}
        for name, levels in zip(built.names, study.best.x, strict=True)
        for label, level in zip(built.labels, levels, strict=True)
    ]
    title = f"{study.plan.venture.currency} {_MONTHLY(language)}"
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(built.names))]
    scale = {"domain": list(built.names), "range": colours}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "period", "type": "nominal", "sort": None, "title": None,
                "axis": {"labelAngle": 0, "labelExpr": "slice(datum.label, 0, 7)"},
            },
            "y": {"field": "money", "type": "quantitative", "title": title},
            "color": {"field": "use", "type": "nominal", "title": None, "scale": scale},
        },
    }  # fmt: skip


def curve(study: Study, language: str) -> dict[str, Any]:
    """Return the frontier, from the best mean (top) to the mildest bad case."""
    rows = [
        {"bad": round(one.bad, 2), "mean": round(one.mean, 2), "weight": one.risk}
        for one in study.frontier
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "mark": {"type": "line", "point": True, "color": BLUE},
        "encoding": {
            "x": _axis("bad", _BAD(language)),
            "y": _axis("mean", _MEAN(language)),
            "order": {"field": "weight", "type": "quantitative"},
        },
    }


def _axis(field: str, title: str) -> dict[str, Any]:
    return {
        "field": field, "type": "quantitative", "title": title, "scale": {"zero": False},
    }  # fmt: skip
