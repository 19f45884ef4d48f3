"""The learning curve: how quality grows with rows, and so what more rows would bring."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np

from seedbed.backbones import plain
from seedbed.tasks.statistics import bootstrap
from seedbed.tune.context import Context, Index
from seedbed.tune.forecast import MOST_ROWS
from seedbed.tune.linear import Scale, fit
from seedbed.tune.rungs.baseline import STEPS, choose
from seedbed.tune.rungs.probe import FEW_L2, Probe
from seedbed.tune.rungs.twin import Twin

SHARES = (0.1, 0.25, 0.5, 1.0)
DRAWS = 3
"""Draws of the rows behind a point: few rows happen to be good or bad ones."""


FROZEN: dict[str, type[Probe]] = {"probe": Probe, "twin": Twin}
"""Rungs that fit a head to frozen features, made once."""


class _Learner(NamedTuple):
    """Features of all rows, and how a head is fitted to those of some.

    Attributes:
        some: Features of the training rows at these positions; all where None.
        validation: Features of the validation rows.
        l2: Penalty that was chosen for all training rows.
        strongest: Penalty beyond which none was tried.
        steps: Most steps of a fit.
    """

    some: Callable[[Index | None], Any]
    validation: Any
    l2: float
    strongest: float
    steps: int


def measured_with(context: Context, climbed: Collection[str]) -> str | None:
    """Return the rung that a learning curve is measured with: what it costs must be seconds.

    `probe`, or `twin` of pairs, where the frozen features of the rows were made; `baseline` of a
    table that is not too long; None where there is neither.

    Args:
        context: The run's.
        climbed: The rungs that were climbed.
    """
    if context.task.reads == "table":
        short = len(context.train) <= MOST_ROWS
        return "baseline" if short and "baseline" in climbed else None
    made = next((rung for rung in FROZEN if rung in climbed), None)
    return "probe" if made is None and "pooled" in vars(context) else made


def learning_curve(
    context: Context,
    tell: Callable[[int, int], None] = lambda done, total: None,
    *,
    rung: str = "probe",
) -> list[dict[str, Any]]:
    """Return a rung's metric on the validation rows after 10, 25, 50 and 100 % of the rows.

    Measured with a linear head, whatever rung was chosen: it costs seconds, and what it shows is
    whether rows are what is missing. A point is the mean of some draws of the rows; its `sd` counts
    what the draws differ by, and what few validation rows leave open.

    Args:
        context: The rows, the base model and the settings.
        tell: Called with the number of points that are measured, and of all.
        rung: What `measured_with` gave: `probe` or `twin`, on the frozen features, or `baseline`,
            on a table's columns.
    """
    tell(0, len(SHARES))
    learner = _frozen(FROZEN[rung](context)) if rung in FROZEN else _counted(context)
    rows, targets = len(context.train), context.train.targets
    draw = np.random.default_rng(context.recipe.seed)
    orders = [draw.permutation(rows) for _ in range(DRAWS)]
    found = []
    for share in SHARES:
        most = max(2, round(share * rows))
        l2 = penalty(learner.l2, most / rows, learner.strongest)
        if share < 1:
            drawn = [
                _measured(context, learner, learner.some(few), targets[few], l2)
                for few in (order[:most] for order in orders)
            ]
        else:
            drawn = [_measured(context, learner, learner.some(None), targets, l2)]
        found.append({"rows": most} | _mean(drawn))
        tell(len(found), len(SHARES))
    return found


def _frozen(probe: Probe) -> _Learner:
    """Return the head that a rung fits to its frozen features."""
    train, validation = probe.context.features
    scale = Scale.of(train)

    def some(rows: Index | None) -> Any:
        return scale.over(train) if rows is None else scale(train[rows])

    return _Learner(some, scale(validation), probe.penalty(), FEW_L2[0], steps=30)


def _counted(context: Context) -> _Learner:
    """Return the linear model of the baseline; bins and levels are those of all training rows."""
    train = context.train
    counted = plain.kind(context.task.reads).fit(train.inputs, context.task)
    features = counted.transform(train.inputs)
    l2 = choose(
        features,
        train.targets,
        len(context.schema.labels),
        context.score,
        weights=context.row_weights(train.targets),
        penalties=counted.penalties,
        groups=train.groups,
    )

    def some(rows: Index | None) -> Any:
        return features if rows is None else features[rows]

    asked = counted.transform(context.validation.inputs)
    return _Learner(some, asked, l2, counted.penalties[0], STEPS)


def penalty(chosen: float, share: float, strongest: float = FEW_L2[0]) -> float:
    """Return the penalty for a share of the rows that `chosen` is right for.

    The mean loss of n rows and (λ/2)‖W‖² have their least where n rows' likelihood and a normal
    prior of variance 1/(nλ) have their most: the prior stays where λ grows as the rows get fewer.
    """
    return max(chosen, min(chosen / share, strongest))


def _measured(
    context: Context, learner: _Learner, features: Any, targets: Any, l2: float
) -> dict[str, float]:
    labels, weights = len(context.schema.labels), context.row_weights(targets)
    head = fit(features, targets, labels, l2=l2, weights=weights, steps=learner.steps)
    scores = context.task.scores(head.logits(learner.validation), context.schema)
    held, metric = context.validation.targets, context.recipe.quality.metric
    answers = context.task.judged(metric, scores, context.schema)
    return bootstrap(context.task, context.schema, metric, held, answers).as_dict()


def _mean(drawn: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of the draws and of their intervals' ends, and its standard deviation."""
    mean = {end: float(np.mean([one[end] for one in drawn])) for end in ("value", "low", "high")}
    by_rows = (mean["high"] - mean["low"]) / (2 * 1.96)
    by_draw = float(np.std([one["value"] for one in drawn])) / np.sqrt(len(drawn))
    return mean | {"sd": float(np.hypot(by_rows, by_draw))}
