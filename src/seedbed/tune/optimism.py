"""What a score is too high by, for it is the best of several on the same rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.tasks.base import Floats
from seedbed.tune.context import Context
from seedbed.tune.folds import folds

PARTS = 4
"""Folds of the validation rows; why four, `optimism` says."""


def measured(context: Context, logits: Floats) -> tuple[float, tuple[float, ...]]:
    """Return the metric of the validation rows' logits, and that of each fold of these rows."""
    truth = context.validation.targets
    groups, seed = context.validation.groups, context.recipe.seed
    parts = folds(truth, min(PARTS, len(truth)), seed=seed, groups=groups)
    rows = [np.sort(answer) for _, answer in parts]
    found = tuple(float(context.score(logits[some], truth[some])) for some in rows)
    return float(context.score(logits, truth)), found


def optimism(scores: NDArray[np.float64], best: int) -> float:
    """Return what the best score is too high by; never below 0.

    That is (1/K) Σ_k [e_k(θ̂) − e_k(θ̂_k)]: the error on fold k of the settings that are best over
    all rows, less that of those which are best on the fold (Tibshirani and Tibshirani 2009, Annals
    of Applied Statistics 3:822-829). With K = `PARTS` = 4: where all are equally good, the best of
    a fold is lucky by √K times as much as the best over all rows, for its rows are a K-th; the mean
    is then √K − 1 times the luck that is to be taken off, which is 1 at K = 4. Where one really is
    better than the others, more is taken off than was luck.

    Args:
        scores: Of each trial on each fold (trials, K), higher is better; a fold that has no score
            of some trial does not count.
        best: The trial that is best over all rows.
    """
    known = scores[:, np.isfinite(scores).all(axis=0)]
    if not known.size:
        return 0.0
    return float((known.max(axis=0) - known[best]).mean())
