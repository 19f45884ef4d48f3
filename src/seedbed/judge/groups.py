"""Is the model worse for some groups of rows than for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from seedbed.judge.scored import Mask, Scored
from seedbed.tasks import statistics

_MOST = 50


def groups(scored: Scored, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the metric of each group, with its interval and whether it is worse.

    Worse: answered wrong more often than the other rows, by Fisher's exact test with Holm's
    correction for the number of groups. It is the share of rows answered right that is tested,
    whatever the metric: F1 also falls when a group has another mix of labels. Where answers are
    not labels: further from the truth, by the Mann-Whitney test. The 50 largest groups are shown.

    Args:
        scored: The rows.
        names: (n,) group of each row, in the same order.
    """
    order = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))[:_MOST]
    column = np.array(names, dtype=object)
    masks = {name: column == name for name, _ in order}
    ps = statistics.holm([_p(scored, masks[name]) for name, _ in order])
    risk = 1 - scored.settings.confidence
    return [
        {"group": name, "rows": rows}
        | scored.interval(scored.metric, masks[name]).as_dict()
        | {"worse": p < risk}
        for (name, rows), p in zip(order, ps, strict=True)
    ]


def _p(scored: Scored, inside: Mask) -> float:
    losses, other = scored.losses[inside], scored.losses[~inside]
    if scored.task.output == "label":
        hits, others = int((losses == 0).sum()), int((other == 0).sum())
        return statistics.fisher(hits, len(losses), others, len(other))
    return statistics.mann_whitney(losses, other)
