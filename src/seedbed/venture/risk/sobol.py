"""Sobol indices: which share of the doubt about a result comes from which assumption.

The design is Saltelli's (A, B and A with one column of B), the estimators those of Saltelli,
Annoni, Azzini, Campolongo, Ratto and Tarantola (Computer Physics Communications 181, 2010) as SALib
has them; the intervals are by bootstrap over the base rows. The design is built column by column
here: it equals SALib's, which fills it cell by cell and takes longer than the model.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 200
CHUNK = 1 << 16
"""Rows that are given to the model at a time."""


@dataclass(frozen=True, slots=True)
class Index:
    """One assumption's share of the variance.

    Attributes:
        name: Its path.
        first: S1, what it explains by itself.
        first_low: 5 % point of the bootstrap.
        first_high: 95 % point.
        whole: ST, what it explains with all that it acts together with.
        whole_low: 5 % point of the bootstrap.
        whole_high: 95 % point.
    """

    name: str
    first: float
    first_low: float
    first_high: float
    whole: float
    whole_low: float
    whole_high: float


@dataclass(frozen=True, slots=True)
class Indices:
    """Indices of all assumptions, largest ST first.

    Attributes:
        each: One for each assumption.
        variance: Of the result over the base rows.
        runs: How often the model was run.
        error: Largest half-width of an ST interval: what to hold sums of indices against.
    """

    each: tuple[Index, ...]
    variance: float
    runs: int
    error: float


def design(inputs: int, rows: int, seed: int) -> Floats:
    """Return (rows · (inputs + 2), inputs) points in the unit cube, as SALib orders them.

    Args:
        inputs: Number of assumptions.
        rows: Base rows, a power of two.
        seed: Of the scrambling.
    """
    from scipy.stats import qmc

    base = qmc.Sobol(d=2 * inputs, scramble=True, rng=np.random.default_rng(seed)).random(rows)
    points = np.repeat(base[:, None, :inputs], inputs + 2, axis=1)
    other = base[:, inputs:]
    for j in range(inputs):
        points[:, j + 1, j] = other[:, j]
    points[:, -1, :] = other
    return points.reshape(-1, inputs)


def analyse(names: Sequence[str], results: Floats, *, seed: int) -> Indices:
    """Return the indices of the results of a design.

    Args:
        names: Of the inputs, in the design's order.
        results: (rows · (inputs + 2),) what the model gave.
        seed: Of the bootstrap.
    """
    inputs = len(names)
    table = results.reshape(-1, inputs + 2)
    if not np.isfinite(table).all():
        raise ValueError("results that are finite numbers")
    spread = float(table.std())
    if spread <= 1e-12 * max(1.0, float(np.abs(table).max())):
        nothing = tuple(Index(name, *[0.0] * 6) for name in names)
        return Indices(nothing, 0.0, results.size, 0.0)
    scaled = (table - table.mean()) / spread
    first, whole = estimates(scaled)
    again = _resampled(scaled, seed)  # (R, 2, inputs)
    low, high = np.quantile(again, [0.05, 0.95], axis=0)
    found = [
        Index(n, first[j], low[0, j], high[0, j], whole[j], low[1, j], high[1, j])
        for j, n in enumerate(names)
    ]
    found.sort(key=lambda one: (-one.whole, one.name))
    error = float(np.max(high[1] - low[1]) / 2)
    return Indices(tuple(found), spread**2, results.size, error)


def estimates(table: Floats) -> tuple[list[float], list[float]]:
    """Return S1 and ST by SALib's estimators.

    Args:
        table: (rows, inputs + 2) results of a design, one block a row, with a mean of zero.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages that SALib brings
        from SALib.analyze.sobol import (  # type: ignore[import-untyped,unused-ignore]
            first_order,
            total_order,
        )

    a, b = table[:, 0], table[:, -1]
    mixed = [table[:, j] for j in range(1, table.shape[1] - 1)]
    return (
        [float(first_order(a, one, b)) for one in mixed],
        [float(total_order(a, one, b)) for one in mixed],
    )


def _resampled(table: Floats, seed: int) -> Floats:
    """Return the same estimates for resampled rows, by weighted sums: (R, 2, inputs)."""
    rows = len(table)
    source = np.random.default_rng(seed)
    weights = source.multinomial(rows, np.full(rows, 1 / rows), RESAMPLES) / rows
    a, b = table[:, 0], table[:, -1]
    step = table[:, 1:-1] - a[:, None]
    mean = weights @ (a + b) / 2
    variance = weights @ (a * a + b * b) / 2 - mean**2
    first, whole = weights @ (b[:, None] * step), weights @ (step * step) / 2
    return np.stack([first, whole], axis=1) / variance[:, None, None]


def indices(
    names: Sequence[str], model: Callable[[Floats], Floats], *, rows: int, seed: int
) -> Indices:
    """Return the indices of a model that takes (n, inputs) points of the unit cube.

    Args:
        names: Of the inputs.
        model: Gives (n,) results; called with at most `CHUNK` rows at a time.
        rows: Base rows, a power of two; the model is run rows · (inputs + 2) times.
        seed: Of design and bootstrap.
    """
    if not names:
        return Indices((), 0.0, 0, 0.0)
    points = design(len(names), rows, seed)
    whole = -(-CHUNK // (len(names) + 2)) * (len(names) + 2)  # blocks stay together
    parts = [model(points[i : i + whole]) for i in range(0, len(points), whole)]
    return analyse(names, np.concatenate(parts), seed=seed)
