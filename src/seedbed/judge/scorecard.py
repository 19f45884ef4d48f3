"""The linear model as a credit scorecard: points for each bin and level, that add up to a score.

score = offset + factor · ln(odds), with factor = PDO / ln 2 and offset = base − factor · ln(odds at
the base), where PDO is the points that double the odds (Siddiqi, Credit Risk Scorecards, 2006,
ch. 6). The log-odds are those of the linear model at its temperature: the constant and the offset
are shared out over the columns, as is usual.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from seedbed.backbones.head import Linear
from seedbed.backbones.tabular import Place, Tabular
from seedbed.tasks.base import Schema

BASE, ODDS, PDO = 600, 50, 20
"""600 points are odds of 50 to 1, and 20 points more double them."""
MOST = 40
"""Columns that a report shows, those that matter most first."""


def scorecard(
    table: Tabular, head: Linear, schema: Schema, positive: str, temperature: float = 1.0
) -> dict[str, Any] | None:
    """Return the points of a linear model of two labels; None of more, or of numbers.

    Args:
        table: The features.
        head: The linear model.
        schema: The labels.
        positive: The label whose odds the points stand for.
        temperature: Divides the log-odds.
    """
    if len(schema.labels) != 2 or schema.multi_label or table.slopes:
        return None
    good = schema.labels.index(positive)
    factor = PDO / math.log(2)
    weight = factor * (head.weight[good] - head.weight[1 - good]) / temperature
    constant = factor * float(head.bias[good] - head.bias[1 - good]) / temperature
    offset = BASE - factor * math.log(ODDS)
    share = (offset + constant) / len(table.places)
    found = [
        _column(place, weight[start : start + place.size], table.mean[start:], share)
        for place, start in zip(table.places, table.starts[:-1], strict=True)
    ]
    found.sort(key=lambda one: -float(one["spread"]))
    return {
        "positive": positive,
        "base": BASE,
        "odds": ODDS,
        "pdo": PDO,
        "columns": found[:MOST],
        "more": len(found) - len(found[:MOST]),
    }


def _column(place: Place, weight: Any, mean: Any, share: float) -> dict[str, Any]:
    shares = _shares(place, mean[: place.size])
    bins: list[dict[str, Any]] = [
        {"bin": name, "points": round(share + float(weight[at].sum())), "share": part}
        for (name, at), part in zip(place.bins(), shares, strict=True)
        if part > 0
    ]
    points = [one["points"] for one in bins]
    return {"column": place.name, "spread": max(points) - min(points), "bins": bins}


def _shares(place: Place, mean: Any) -> list[float]:
    """Return the share of training rows in each bin: cuts count the rows above them."""
    gone = float(mean[-1])
    if place.levels:
        return [float(one) for one in mean]
    above = np.concatenate([[1 - gone], mean[:-1], [0.0]])
    return [*(-np.diff(above)).round(6).tolist(), gone]
