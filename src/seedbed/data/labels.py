"""Finds labels that are probably wrong, by confident learning (Northcutt et al. 2021)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.data import sentences
from seedbed.data.findings import Finding, build, snippet
from seedbed.data.table import Index, Table

TRUSTED = 0.5
"""A model that agrees with fewer of the labels than this knows too little to doubt any."""


class Answers(Protocol):
    """What the answers look like: a task's schema, as far as this layer needs it."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the outputs."""

    @property
    def multi_label(self) -> bool:
        """Whether a row may have several."""


def label_errors(
    table: Table,
    targets: NDArray[Any],
    probabilities: NDArray[Any],
    schema: Answers,
    *,
    texts: Sequence[str],
    model: str,
    split: str = "train",
) -> Finding:
    """Return the rows whose label a model trained on the other rows contradicts, surest first.

    None where the model agrees with fewer than `TRUSTED` of the labels (one label a row).

    Args:
        table: The rows.
        targets: Their labels: (n,) numbers, or (n, k) zeros and ones.
        probabilities: (n, k), each row's from a model that did not learn from it.
        schema: The labels' names.
        texts: What a person recognises the rows by.
        model: The rung whose model gave the probabilities.
        split: The rows' split.
    """
    suspects = (
        _several(targets, probabilities) if schema.multi_label else _one(targets, probabilities)
    )
    n = len(suspects)
    return build(
        "label_error",
        "warning",
        n,
        sentences.label_error(n, n / max(len(table), 1), model),
        (
            {
                "split": split,
                "row": int(table.numbers[i]),
                "text": snippet(texts[i]),
                "label": _said(targets[i], schema),
                "suggested": _said(_likely(probabilities[i], schema), schema),
                "confidence": round(float(np.max(probabilities[i])), 4),
            }
            for i in suspects
        ),
    )


def _one(targets: NDArray[Any], probabilities: NDArray[Any]) -> Index:
    from cleanlab.filter import find_label_issues

    if np.mean(probabilities.argmax(axis=1) == targets) < TRUSTED:
        return np.empty(0, dtype=np.int64)
    with _small_classes_allowed():
        found = find_label_issues(
            targets,
            _normal(probabilities),
            return_indices_ranked_by="self_confidence",
            n_jobs=1,
        )
    return np.asarray(found, dtype=np.int64)


def _several(targets: NDArray[Any], probabilities: NDArray[Any]) -> Index:
    from cleanlab.multilabel_classification.filter import find_label_issues

    with _small_classes_allowed():
        found = find_label_issues(
            [np.flatnonzero(row).tolist() for row in targets],
            probabilities.astype(np.float64),
            return_indices_ranked_by="self_confidence",
            n_jobs=1,
        )
    return np.asarray(found, dtype=np.int64)


@contextmanager
def _small_classes_allowed() -> Iterator[None]:
    """Keep cleanlab from warning of small classes, which the check reports by itself."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "May not flag all label issues", UserWarning)
        yield


def _normal(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    exact = probabilities.astype(np.float64)
    return np.asarray(exact / exact.sum(axis=1, keepdims=True), dtype=np.float64)


def _likely(probabilities: NDArray[Any], schema: Answers) -> Any:
    return (probabilities >= 0.5).astype(int) if schema.multi_label else probabilities.argmax()


def _said(target: Any, schema: Answers) -> str:
    if schema.multi_label:
        return ", ".join(schema.labels[i] for i in np.flatnonzero(target))
    return schema.labels[int(target)]
