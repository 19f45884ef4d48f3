"""Rank correlations: whether values can have them together, and the nearest that they can have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seedbed.errors import CorrelationsWrong
from seedbed.venture.assumption import Array
from seedbed.venture.parts import Correlation

_LEAST = -1e-9
"""An eigenvalue below this is no rounding error."""


def factor(correlations: Sequence[Correlation], paths: Sequence[str]) -> tuple[list[str], Array]:
    """Return the paths that are joined, and a root L of their normal scores' correlation L·Lᵀ.

    Raises:
        CorrelationsWrong: no values can have these correlations together.
    """
    named = sorted({path for one in correlations for path in one.between if path in paths})
    ranks = matrix(correlations, named)
    pearson = _to_scores(ranks)
    values, vectors = np.linalg.eigh(pearson) if named else (np.empty(0), np.empty((0, 0)))
    if values.size and values[0] < _LEAST:
        raise _wrong(ranks, named, float(values[0]))
    return named, vectors * np.sqrt(np.maximum(values, 0.0))


def matrix(correlations: Sequence[Correlation], named: Sequence[str]) -> Array:
    """Return the rank correlations as a matrix; pairs that are not given have 0."""
    ranks = np.eye(len(named))
    at = {path: index for index, path in enumerate(named)}
    for one in correlations:
        first, second = one.between
        if first in at and second in at:
            ranks[at[first], at[second]] = ranks[at[second], at[first]] = one.rank
    return ranks


def nearest_correlation(wanted: Array, *, steps: int = 1000, tolerance: float = 1e-12) -> Array:
    """Return the correlation matrix nearest to a symmetric matrix, in the Frobenius norm.

    Alternating projections with Dykstra's correction: Higham, "Computing the nearest correlation
    matrix, a problem from finance", IMA J. Numerical Analysis 22 (2002), algorithm 3.3.
    """
    y, correction = wanted.copy(), np.zeros_like(wanted)
    for _ in range(steps):
        before = y
        shifted = y - correction
        values, vectors = np.linalg.eigh(shifted)
        x = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = x - shifted
        y = x.copy()
        np.fill_diagonal(y, 1.0)
        if np.linalg.norm(y - before) <= tolerance * np.linalg.norm(y):
            break
    return y


def _to_scores(ranks: Array) -> Array:
    pearson: Array = 2 * np.sin(np.pi * ranks / 6)
    np.fill_diagonal(pearson, 1.0)
    return pearson


def offered(ranks: Array, digits: int = 3) -> Array:
    """Return rank correlations near those wanted, rounded, that values can have together."""
    near = nearest_correlation(_to_scores(ranks))
    for shrink in np.linspace(0.0, 1.0, 201):
        scores = (1 - shrink) * near + shrink * np.eye(len(near))
        made: Array = np.round(6 / np.pi * np.arcsin(np.clip(scores / 2, -0.5, 0.5)), digits)
        np.fill_diagonal(made, 1.0)
        if np.linalg.eigvalsh(_to_scores(made))[0] >= 0:
            return made
    raise AssertionError("the identity is a correlation matrix")


def _wrong(ranks: Array, named: Sequence[str], least: float) -> CorrelationsWrong:
    near = offered(ranks)
    pairs = [
        f"  - {{between: [{named[i]}, {named[j]}], rank: {near[i, j]:g}}}"
        for i in range(len(named))
        for j in range(i + 1, len(named))
        if near[i, j] != 0
    ]
    return CorrelationsWrong(
        expected="rank correlations that values can have together (no eigenvalue below 0)",
        got=f"an eigenvalue of {least:.3g}",
        do="The nearest that they can have:\n\ncorrelations:\n" + "\n".join(pairs),
        where="correlations",
    )
