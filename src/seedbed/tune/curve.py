"""The learning curve: how quality grows with rows, and so what more rows would bring."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.tasks.statistics import bootstrap
from seedbed.tune.context import Context
from seedbed.tune.linear import Scale, fit

SHARES = (0.1, 0.25, 0.5, 1.0)


def learning_curve(context: Context) -> list[dict[str, Any]]:
    """Return the probe's metric on the validation rows after 10, 25, 50 and 100 % of the rows.

    Measured with the frozen features, whatever rung was chosen: it costs seconds, and what it shows
    is whether rows are what is missing.
    """
    train, validation = context.features
    scale = Scale.of(train)
    validation = scale(validation)
    order = np.random.default_rng(context.recipe.seed).permutation(len(train))
    targets, held = context.train.targets, context.validation.targets
    found = []
    for share in SHARES:
        rows = order[: max(2, round(share * len(order)))]
        features = scale(train[rows]) if share < 1 else scale.over(train)
        known = targets[rows] if share < 1 else targets
        head = fit(features, known, len(context.schema.labels), l2=3e-3, steps=30)
        scores = context.task.scores(head.logits(validation), context.schema)
        answers = context.task.decide(scores, context.schema)
        metric = context.recipe.quality.metric
        interval = bootstrap(context.task, context.schema, metric, held, answers)
        found.append({"rows": len(rows), **interval.as_dict()})
    return found
