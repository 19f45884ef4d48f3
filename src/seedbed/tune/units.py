"""What a head answers one by one: rows, or the words of rows."""

from __future__ import annotations

from seedbed.tasks.base import Floats, Targets


def flat(features: Floats, targets: Targets) -> tuple[Floats, Targets]:
    """Return features (m, d) and targets (m,) or (m, k) of all that is answered.

    Args:
        features: (n, d) of rows, or (n, words, d).
        targets: Of rows; or (n, most words) of words, below 0 where a row has none.
    """
    if features.ndim == 2:
        return features, targets
    there = targets[:, : features.shape[1]] >= 0
    return features[:, : there.shape[1]][there], targets[:, : features.shape[1]][there]
