"""Why a table's row was answered so: what each column adds to the answer, against an average row.

What an engine gives adds up to the logits: weights of a linear model, SHAP values of trees. Towards
a label counts what a column adds to it beyond what it adds to the others: of two labels, to the
log-odds. Where answers are numbers it is in their unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.data.cells import as_text
from seedbed.tasks.base import Floats, Schema

MOST = 5
"""Reasons that an answer gives."""


@dataclass(frozen=True)
class Reasons:
    """What columns add to logits.

    Attributes:
        columns: Their names.
        found: (n, labels, columns).
    """

    columns: Sequence[str]
    found: Floats

    def towards(self, scores: Floats, schema: Schema, *, values: bool) -> Floats:
        """Return what each column adds to each row's likeliest answer (n, columns)."""
        if values:
            unit: Floats = self.found[:, 0] * np.float32(schema.width)
            return unit
        rows, most = np.arange(len(scores)), scores.argmax(axis=1)
        mine: Floats = self.found[rows, most]
        if schema.multi_label:
            return mine
        others = (self.found.sum(axis=1) - mine) / (self.found.shape[1] - 1)
        beyond: Floats = mine - others
        return beyond


def top(
    row: Mapping[str, Any], columns: Sequence[str], weights: Floats, most: int = MOST
) -> list[dict[str, Any]]:
    """Return the columns that weigh most in an answer: `column`, `cell`, `weight`."""
    order = np.argsort(-np.abs(weights), kind="stable")[:most]
    return [
        {
            "column": columns[i],
            "cell": as_text(row.get(columns[i])),
            "weight": round(float(weights[i]), 4),
        }
        for i in order
        if weights[i]
    ]
