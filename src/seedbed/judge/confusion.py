"""Which labels are taken for which, and how good each label is."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from seedbed.judge.scored import Scored
from seedbed.tasks import statistics
from seedbed.tasks.base import Targets
from seedbed.tasks.metrics import label_counts
from seedbed.tasks.statistics import Interval

_SHOWN_LABELS = 20
_SHOWN_PAIRS = 15
_NONE = "–"


def confusion(scored: Scored) -> dict[str, Any]:
    """Return the confusion matrix, of the 20 labels most confused where there are more.

    Rows are the truth, columns the answers. Where multi-label a row has no one truth, so there is
    no matrix; its pairs are labels missed with labels answered in their stead.
    """
    labels = scored.schema.labels
    if scored.schema.multi_label:
        pairs = _multi_label_pairs(scored)
        return {"labels": [], "matrix": [], "shown_of": len(labels), "pairs": most(pairs)}
    k = len(labels)
    matrix = np.bincount(scored.truth * k + scored.answers, minlength=k * k).reshape(k, k)
    wrong = matrix - np.diag(np.diag(matrix))
    shown = np.arange(k)
    if k > _SHOWN_LABELS:
        involved = wrong.sum(axis=0) + wrong.sum(axis=1)
        shown = np.sort(np.argsort(-involved, kind="stable")[:_SHOWN_LABELS])
    found = zip(*np.nonzero(wrong), strict=True)
    pairs = Counter({(labels[i], labels[j]): int(wrong[i, j]) for i, j in found})
    return {
        "labels": [labels[i] for i in shown],
        "matrix": matrix[np.ix_(shown, shown)].tolist(),
        "shown_of": k,
        "pairs": most(pairs),
    }


def _multi_label_pairs(scored: Scored) -> Counter[tuple[str, str]]:
    labels = scored.schema.labels
    pairs: Counter[tuple[str, str]] = Counter()
    for truth, answer in zip(scored.truth, scored.answers, strict=True):
        missed = [labels[i] for i in np.flatnonzero(truth > answer)]
        added = [labels[i] for i in np.flatnonzero(answer > truth)]
        if missed or added:
            pairs.update((one, other) for one in missed or [_NONE] for other in added or [_NONE])
    return pairs


def most(pairs: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the commonest pairs of truth and answer."""
    ranked = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_PAIRS]
    return [{"truth": truth, "answer": answer, "rows": rows} for (truth, answer), rows in ranked]


def by_label(scored: Scored) -> list[dict[str, Any]]:
    """Return rows, precision, recall and F1 of each label, F1 with its interval.

    F1 = 2q / (1 + q), where q is the share of hits among the rows that have the label or are
    answered with it; so the score interval of q gives that of F1.
    """
    labels = scored.schema.labels
    hits, has, said = label_counts(scored.truth, scored.answers, len(labels))
    return [
        {
            "label": label,
            "rows": int(has[i]),
            "precision": share(hits[i], said[i]),
            "recall": share(hits[i], has[i]),
            "f1": share(2 * hits[i], has[i] + said[i]),
        }
        | bounds(f1_interval(hits[i], has[i], said[i], scored.settings.confidence))
        for i, label in enumerate(labels)
    ]


def f1_interval(hits: float, has: float, said: float, confidence: float) -> Interval:
    """Return F1 of one label with its interval; see `by_label`."""
    jaccard = statistics.wilson(hits, has + said - hits, confidence=confidence)
    value, low, high = (2 * q / (1 + q) for q in (jaccard.value, jaccard.low, jaccard.high))
    return Interval(value, low, high)


def bounds(interval: Interval) -> dict[str, float]:
    """Return the ends of an interval."""
    return {"low": interval.low, "high": interval.high}


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole; None of nothing."""
    return float(part / whole) if whole else None


def commonest(scored: Scored) -> Targets:
    """Return the best answers that look at no text: the commonest label of all, for each row.

    Where multi-label: all labels that at least half of the rows have.
    """
    if scored.schema.multi_label:
        often = (scored.truth.mean(axis=0) >= 0.5).astype(scored.truth.dtype)
        return np.tile(often, (len(scored), 1))
    label = np.bincount(scored.truth, minlength=len(scored.schema.labels)).argmax()
    return np.full_like(scored.truth, label)
