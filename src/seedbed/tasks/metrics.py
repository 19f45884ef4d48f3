"""Metrics of classification, in NumPy, fast enough to sit inside a bootstrap."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


def accuracy(truth: NDArray[Any], answers: NDArray[Any]) -> float:
    """Return the share of rows answered right; where multi-label, all of a row's labels."""
    right = truth == answers
    return float(np.mean(right.all(axis=1) if right.ndim == 2 else right))


def label_counts(
    truth: NDArray[Any], answers: NDArray[Any], labels: int
) -> tuple[Counts, Counts, Counts]:
    """Return true positives, rows that have, and rows answered, for each label: each (labels,)."""
    if truth.ndim == 2:
        hits = (truth * answers).sum(axis=0)
        return (
            hits.astype(float),
            truth.sum(axis=0).astype(float),
            answers.sum(axis=0).astype(float),
        )
    hits = np.bincount(truth[truth == answers], minlength=labels)
    has = np.bincount(truth, minlength=labels)
    said = np.bincount(answers, minlength=labels)
    return hits.astype(float), has.astype(float), said.astype(float)


def f1_by_label(truth: NDArray[Any], answers: NDArray[Any], labels: int) -> Counts:
    """Return F1 = 2·TP / (has + answered) of each label (labels,); NaN where neither occurs."""
    hits, has, said = label_counts(truth, answers, labels)
    with np.errstate(invalid="ignore"):
        return np.divide(2 * hits, has + said)


def macro_f1(truth: NDArray[Any], answers: NDArray[Any], labels: int) -> float:
    """Return the mean F1 over labels that occur in the truth or in the answers."""
    return float(np.nanmean(f1_by_label(truth, answers, labels)))


def micro_f1(truth: NDArray[Any], answers: NDArray[Any], labels: int) -> float:
    """Return F1 over all decisions; equal to accuracy where each row has one label."""
    hits, has, said = label_counts(truth, answers, labels)
    total = has.sum() + said.sum()
    return float(2 * hits.sum() / total) if total else 0.0
