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


def agreement(name: str, truth: NDArray[Any], answers: NDArray[Any]) -> float:
    """Return how values agree with the truth: `r2`, `pearson` or `spearman`; 0 where undefined."""
    return float(of_moments(name, moments(name, truth, answers).sum(axis=0)))


def moments(name: str, truth: NDArray[Any], answers: NDArray[Any]) -> Counts:
    """Return 1, y, ŷ, y², ŷ² and yŷ of each row (n, 6); of the ranks for `spearman`."""
    y, z = truth.astype(np.float64), answers.astype(np.float64)
    if name == "spearman":
        from scipy.stats import rankdata

        # Ranks of the whole sample stand in for those of each resample: the same to order 1/√n.
        y, z = (rankdata(one) / len(one) - 0.5 for one in (y, z))
    return np.stack([np.ones_like(y), y, z, y * y, z * z, y * z], axis=1)


def of_moments(name: str, sums: Counts) -> Counts:
    """Return `r2`, `pearson` or `spearman` of sums of `moments` (..., 6)."""
    n, y, z, yy, zz, yz = np.moveaxis(sums, -1, 0)
    spread = np.maximum(yy - y * y / n, 1e-300)
    if name == "r2":
        found: Counts = 1 - (yy - 2 * yz + zz) / spread
        return found
    other = np.maximum(zz - z * z / n, 1e-300)
    related: Counts = (yz - y * z / n) / np.sqrt(spread * other)
    return related


def placements(truth: NDArray[Any], scores: NDArray[Any]) -> Counts:
    """Return what each row adds to the area under the ROC curve (n, 5 · labels compared).

    Of two labels one is compared with the other; of more, each with the rest, where both occur.
    A row's placement is the share of the other side that it is rightly ordered with, ties by half
    (DeLong, DeLong & Clarke-Pearson 1988). The area of a resample is taken to be that of the rows'
    placements in the whole sample: the same to order 1/n, and no resample need be sorted.
    """
    from scipy.stats import rankdata

    hot = truth if truth.ndim == 2 else truth[:, None] == np.arange(scores.shape[1])
    found = []
    for label in range(1, 2) if hot.shape[1] == 2 and truth.ndim == 1 else range(hot.shape[1]):
        has, score = hot[:, label].astype(bool), scores[:, label]
        most, rest = int(has.sum()), int((~has).sum())
        if not most or not rest:
            continue
        place = np.empty(len(has))
        every = rankdata(score)
        place[has] = (every[has] - rankdata(score[has])) / rest
        place[~has] = 1 - (every[~has] - rankdata(score[~has])) / most
        area = np.full(len(has), place[has].mean() / len(has))
        found += [has, ~has, has * place, ~has * place, area]
    return np.stack(found, axis=1).astype(np.float64) if found else np.empty((len(hot), 0))


def of_placements(sums: Counts) -> Counts:
    """Return the mean area under the ROC curve of sums of `placements` (..., s); NaN of none."""
    if not sums.shape[-1]:
        return np.full(sums.shape[:-1], np.nan)
    has, rest, mine, others, whole = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 5), -1, 0)
    area = mine / np.maximum(has, 1) + others / np.maximum(rest, 1) - whole
    found: Counts = np.clip(area, 0, 1).mean(axis=-1)
    return found
