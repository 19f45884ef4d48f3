"""The parts of the report that only answers found in a collection have."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.judge.calibration import Calibration
from seedbed.judge.scored import LONGEST, Scored, clipped
from seedbed.tasks import found
from seedbed.tasks.answers import Answers, ranks
from seedbed.tasks.base import Doubles, Floats, Targets

DEPTHS = (1, 2, 3, 5, 10, 20, 30, 50, 100)
"""Of the curve of recall."""
SHOWN = 12
"""Questions that the report shows with what came first."""


def parts(scored: Scored, calibration: Calibration, logits: Floats) -> dict[str, Any]:
    """Return `rank` of report.json: the collection, recall by depth, and questions with answers."""
    assert isinstance(scored.task, Answers), "only this task's answers are ranks"
    rank = ranks(scored.truth, scored.answers)
    within = rank[np.isfinite(rank)]
    return {
        "rank": {
            "collection": len(scored.task.collection),
            "without_answer": int((scored.truth < 0).all(axis=1).sum()),
            "several": int(((scored.truth >= 0).sum(axis=1) > 1).sum()),
            "first": int((rank == 1).sum()),
            "missed": int(len(rank) - len(within)),
            "deepest": found.TOP,
            "median": float(np.median(rank)) if np.isfinite(np.median(rank)) else None,
            "recall": [{"k": k, "value": float((rank <= k).mean())} for k in DEPTHS],
            "shown": [_shown(scored, scored.task, row, rank) for row in _chosen(scored, rank)],
        }
    }


def commonest(scored: Scored) -> Targets:
    """Return the best answers that look at no row: the commonest right ones, for every question."""
    right = scored.truth[scored.truth >= 0]
    places, counts = np.unique(right, return_counts=True)
    order = places[np.argsort(-counts, kind="stable")][: found.TOP]
    answers = np.full(scored.answers.shape, found.NOWHERE, dtype=np.int64)
    answers[:, : len(order)] = order
    return answers


def _chosen(scored: Scored, rank: Doubles) -> list[int]:
    """Return questions to show: half of them answered rightly at once, where there are as many."""
    draw = np.random.default_rng(scored.seed)
    right = draw.permutation(np.flatnonzero(rank == 1))
    wrong = draw.permutation(np.flatnonzero(rank > 1))
    take = min(len(wrong), max(SHOWN // 2, SHOWN - len(right)))
    return sorted(int(row) for row in (*wrong[:take], *right[: SHOWN - take]))


def _shown(scored: Scored, task: Answers, row: int, rank: Doubles) -> dict[str, Any]:
    best = task.best(scored.scores[row], 3)
    right = int(scored.truth[row, 0])
    known = set(scored.truth[row].tolist())
    return {
        "row": int(scored.numbers[row]),
        "question": clipped(scored.texts[row], LONGEST),
        "rank": int(rank[row]) if np.isfinite(rank[row]) else None,
        "right": clipped(task.collection.texts[right], LONGEST) if right >= 0 else None,
        "answers": [
            {
                "text": clipped(one["text"], LONGEST),
                "score": one["score"],
                "right": one["place"] in known,
            }
            for one in best
        ],
    }
