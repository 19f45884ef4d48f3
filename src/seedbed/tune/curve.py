"""The learning curve: how quality grows with rows, and so what more rows would bring."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.tasks.base import Floats
from seedbed.tasks.statistics import bootstrap
from seedbed.tune.context import Context
from seedbed.tune.linear import Scale, fit

SHARES = (0.1, 0.25, 0.5, 1.0)
DRAWS = 3
"""Draws of the rows behind a point: few rows happen to be good or bad ones."""


def learning_curve(context: Context) -> list[dict[str, Any]]:
    """Return the probe's metric on the validation rows after 10, 25, 50 and 100 % of the rows.

    Measured with the frozen features, whatever rung was chosen: it costs seconds, and what it shows
    is whether rows are what is missing. A point is the mean of some draws of the rows; its `sd`
    counts what the draws differ by, and what few validation rows leave open.
    """
    train, validation = context.features
    scale = Scale.of(train)
    validation = scale(validation)
    draw = np.random.default_rng(context.recipe.seed)
    orders = [draw.permutation(len(train)) for _ in range(DRAWS)]
    found = []
    for share in SHARES:
        rows = max(2, round(share * len(train)))
        if share < 1:
            drawn = [
                _measured(context, scale(train[some]), context.train.targets[some], validation)
                for some in (order[:rows] for order in orders)
            ]
        else:
            drawn = [_measured(context, scale.over(train), context.train.targets, validation)]
        found.append({"rows": rows} | _mean(drawn))
    return found


def _measured(
    context: Context, features: Any, targets: Any, validation: Floats
) -> dict[str, float]:
    head = fit(features, targets, len(context.schema.labels), l2=3e-3, steps=30)
    scores = context.task.scores(head.logits(validation), context.schema)
    held, metric = context.validation.targets, context.recipe.quality.metric
    answers = context.task.judged(metric, scores, context.schema)
    return bootstrap(context.task, context.schema, metric, held, answers).as_dict()


def _mean(drawn: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of the draws and of their intervals' ends, and its standard deviation."""
    mean = {end: float(np.mean([one[end] for one in drawn])) for end in ("value", "low", "high")}
    by_rows = (mean["high"] - mean["low"]) / (2 * 1.96)
    by_draw = float(np.std([one["value"] for one in drawn])) / np.sqrt(len(drawn))
    return mean | {"sd": float(np.hypot(by_rows, by_draw))}
