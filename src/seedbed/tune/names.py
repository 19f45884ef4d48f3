"""The labels' own names as rows: where a label has few rows, its name says as much as one of them.

`card_arrival` is a text that its label fits. Names that say nothing (`0`, `B`) do not help, and
names of another language may harm; whether they help is seen with the frozen features, by answers
to rows that were not learnt from, before anything is tuned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from seedbed.tasks.base import Floats
from seedbed.tune.context import Context
from seedbed.tune.features import pass_over
from seedbed.tune.folds import folds
from seedbed.tune.linear import Scale, fit

WEIGHT = 2.0
"""What a name counts beside a row."""
PARTS = 4
L2 = 1e-2
STEPS = 40


def spoken(labels: Sequence[str]) -> list[str]:
    """Return labels as they would be said: `card_arrival` and `cardArrival` as `card arrival`."""
    apart = (re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label) for label in labels)
    return [re.sub(r"[\s_\-./]+", " ", label).strip() for label in apart]


def helpful(context: Context) -> list[Any]:
    """Return the encoded names, one a label; none where they do not help."""
    names = spoken(context.schema.labels)
    if not all(re.search(r"[^\W\d]{2}", name) for name in names):
        return []
    encoded = context.modality.encode(names)
    own = pass_over(context, encoded)
    rows, truth = np.asarray(context.pooled), _targets(context)
    plain, named = (np.empty((len(rows), len(names)), np.float32) for _ in range(2))
    for learn, answer in folds(truth, PARTS, seed=context.recipe.seed, groups=context.groups):
        known, asked = rows[learn], rows[answer]
        plain[answer] = _logits(context, known, truth[learn], asked)
        both, targets = np.vstack([known, own]), np.append(truth[learn], np.arange(len(names)))
        named[answer] = _logits(context, both, targets, asked, len(names))
    better = context.score(named, truth) > context.score(plain, truth)
    return encoded if better else []


def _targets(context: Context) -> Any:
    return np.concatenate([context.train.targets, context.validation.targets])


def _logits(context: Context, known: Floats, targets: Any, asked: Floats, names: int = 0) -> Floats:
    scale = Scale.of(known)
    weights = weighed(context, targets, names)
    labels = len(context.schema.labels)
    head = fit(scale(known), targets, labels, l2=L2, weights=weights, steps=STEPS)
    return head.logits(scale(asked))


def weighed(context: Context, targets: Any, names: int) -> Floats:
    """Return a weight for each row (n,), the last `names` of which are names."""
    found = context.row_weights(targets)
    weights = np.ones(len(targets), np.float32) if found is None else found.copy()
    weights[len(weights) - names :] *= WEIGHT
    return weights
