"""The learning curve: how quality grows with rows, and so what more rows would bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seedbed.tasks.base import Floats
from seedbed.tasks.statistics import bootstrap
from seedbed.tune.context import Context
from seedbed.tune.linear import Scale, fit
from seedbed.tune.rungs.probe import FEW_L2, Probe

SHARES = (0.1, 0.25, 0.5, 1.0)
DRAWS = 3
"""Draws of the rows behind a point: few rows happen to be good or bad ones."""


def learning_curve(
    context: Context, tell: Callable[[int, int], None] = lambda done, total: None
) -> list[dict[str, Any]]:
    """Return the probe's metric on the validation rows after 10, 25, 50 and 100 % of the rows.

    Measured with the frozen features, whatever rung was chosen: it costs seconds, and what it shows
    is whether rows are what is missing. A point is the mean of some draws of the rows; its `sd`
    counts what the draws differ by, and what few validation rows leave open.

    Args:
        context: The rows, the base model and the settings.
        tell: Called with the number of points that are measured, and of all.
    """
    tell(0, len(SHARES))
    chosen = Probe(context).penalty()
    train, validation = context.features
    scale = Scale.of(train)
    validation = scale(validation)
    draw = np.random.default_rng(context.recipe.seed)
    orders = [draw.permutation(len(train)) for _ in range(DRAWS)]
    found = []
    for share in SHARES:
        rows = max(2, round(share * len(train)))
        l2 = penalty(chosen, rows / len(train))
        if share < 1:
            drawn = [
                _measured(context, scale(train[some]), context.train.targets[some], validation, l2)
                for some in (order[:rows] for order in orders)
            ]
        else:
            drawn = [_measured(context, scale.over(train), context.train.targets, validation, l2)]
        found.append({"rows": rows} | _mean(drawn))
        tell(len(found), len(SHARES))
    return found


def penalty(chosen: float, share: float) -> float:
    """Return the penalty for a share of the rows that `chosen` is right for.

    The mean loss of n rows and (λ/2)‖W‖² have their least where n rows' likelihood and a normal
    prior of variance 1/(nλ) have their most: the prior stays where λ grows as the rows get fewer.
    """
    return max(chosen, min(chosen / share, FEW_L2[0]))


def _measured(
    context: Context, features: Any, targets: Any, validation: Floats, l2: float
) -> dict[str, float]:
    head = fit(features, targets, len(context.schema.labels), l2=l2, steps=30)
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
