"""How well each group is answered, where the answers are no labels that one could be given.

By the task's own measures, so that a new task is compared without a line here: its metric, and how
wrong each row is (`Task.losses`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from seedbed.judge import tags, values
from seedbed.judge.bands import named
from seedbed.judge.groups import groups
from seedbed.judge.scored import Mask, Scored
from seedbed.tasks import statistics
from seedbed.tasks.statistics import Interval

MORE: Mapping[str, Callable[[Scored, Mask], dict[str, Any]]] = {
    "tags": tags.of_group,
    "value": values.of_group,
}
"""By what an answer is: what more is said of a group."""


def service(scored: Scored, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the metric of each group and the largest difference; None with fewer than two groups.

    Of values it is the error that is compared: R² and correlations also fall where a group's truth
    varies little. The two groups are those furthest apart in the rows, as for labels.

    Args:
        scored: The rows.
        names: (n,) group of each row, in the same order.
    """
    column = np.array(names, dtype=object)
    masks = {name: column == name for name in named(column)}
    if len(masks) < 2:
        return None
    told = [one for one in groups(scored, names) if one["group"] in masks]
    if more := MORE.get(scored.task.output):
        told = [one | more(scored, masks[one["group"]]) for one in told]
    compared = "error" if scored.task.output == "value" else scored.metric
    return {
        "metric": scored.metric,
        "compared": compared,
        "groups": told,
        "gap": _gap(scored, told, masks, compared),
    }


def _gap(
    scored: Scored, told: Sequence[Mapping[str, Any]], masks: Mapping[str, Mask], compared: str
) -> dict[str, Any]:
    error = compared == "error"
    at = {one["group"]: one["error"]["value"] if error else one["value"] for one in told}
    most, least = max(at, key=lambda name: at[name]), min(at, key=lambda name: at[name])
    gap = (_of_errors if error else _of_metric)(scored, masks[most], masks[least])
    return gap.as_dict() | {"most": most, "least": least}


def _of_errors(scored: Scored, one: Mask, other: Mask) -> Interval:
    ours, theirs = (scored.losses[rows] * scored.schema.width for rows in (one, other))
    return statistics.mean_difference(
        ours,
        theirs,
        resamples=scored.settings.bootstrap,
        confidence=scored.settings.confidence,
        seed=scored.seed,
    )


def _of_metric(scored: Scored, one: Mask, other: Mask) -> Interval:
    judged = scored.judged(scored.metric)
    ours, theirs = ((scored.truth[rows], judged[rows]) for rows in (one, other))
    return statistics.unpaired_bootstrap(
        scored.task,
        scored.schema,
        scored.metric,
        ours,
        theirs,
        resamples=scored.settings.bootstrap,
        confidence=scored.settings.confidence,
        seed=scored.seed,
    )
