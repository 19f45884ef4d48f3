"""What it is worth to know: EVPI for everything, for one assumption, and EVSI for a survey.

EVPI of one assumption is by regression (Strong, Oakley and Brennan, "Estimating multiparameter
partial expected value of perfect information from a probabilistic sensitivity analysis sample",
Medical Decision Making 34, 2014): each option's worth is regressed on the assumption with a cubic
spline over its ranks; the expectation of the best fitted worth, less the best expected worth, is
what knowing it would bring. The same fit gives EVSI where a study leaves part of the doubt
(Jalal and Alarid-Escudero, Medical Decision Making 38, 2018). The draws are kept in batches, so
that the bootstrap resamples sums and not rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BATCHES = 50
RESAMPLES = 200
GRID = 129
SHUFFLES = 20
ROUNDING = 1e-12
KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class Worth:
    """What it is worth to know something, in money.

    Attributes:
        value: The estimate.
        low: 5 % point of the bootstrap, taken at its own bias.
        high: 95 % point.
        bias: By how much the estimate is too high on average: the best of noisy fits looks better
            than the best. It is said, and not taken off.
    """

    value: float
    low: float
    high: float
    bias: float


@dataclass(frozen=True, slots=True)
class Floor:
    """What knowing something irrelevant seems to be worth: the noise of the estimate.

    Attributes:
        mean: On average over shuffled values; it is the bias where nothing is to be known.
        high: Four standard deviations above: of fifty assumptions hardly one gets there by chance.
    """

    mean: float
    high: float


def floor(worths: Floats, choices: Floats, draw: np.random.Generator) -> Floor:
    """Return the noise of `partial`: EVPI of values that have nothing to do with the worths.

    Where two choices are about as good, the fit to chance alone makes one look better here and the
    other there; the bootstrap does not see it, for it is taken around that very fit.

    Args:
        worths: (N, O) what each option brings, after its cost.
        choices: (C, O) zeros and ones.
        draw: Behind the shuffles.
    """
    values = np.arange(len(worths), dtype=np.float64)
    found = []
    for _ in range(SHUFFLES):
        fit = _Fit(draw.permutation(values), worths, 1.0)
        found.append(float(fit.gains(np.ones((1, fit.batches)), choices)[0]))
    return Floor(float(np.mean(found)), float(np.mean(found) + 4 * np.std(found)))


def total(worths: Floats) -> float:
    """Return the EVPI of everything at once: E[best worth] − best E[worth].

    Args:
        worths: (N, D) worth of each of D exclusive choices in each of N draws.
    """
    return float(worths.max(axis=1).mean() - worths.mean(axis=0).max())


def partial(
    values: Floats,
    worths: Floats,
    choices: Floats,
    draw: np.random.Generator,
    *,
    known: float = 1.0,
) -> Worth:
    """Return what it is worth to know one assumption before choosing.

    Args:
        values: (N,) draws of the assumption.
        worths: (N, O) what each option brings, after its cost.
        choices: (C, O) zeros and ones: the options that each choice takes; the worth of a choice
            is the sum of its options'.
        draw: Behind the bootstrap.
        known: Share of the assumption's variance that is resolved: 1 is perfect information, less
            is what a study of it leaves (EVSI).
    """
    if not 0 < known <= 1:
        raise ValueError("a share above 0, and at most 1")
    if np.ptp(values) == 0:
        return Worth(0.0, 0.0, 0.0, 0.0)
    fit = _Fit(values, worths, known)
    whole = np.ones((1, fit.batches))
    value = float(fit.gains(whole, choices)[0])
    if value <= ROUNDING * float(np.abs(worths).max(initial=0.0)):
        value = 0.0  # a difference of sums that are equal
    weights = draw.multinomial(fit.batches, np.full(fit.batches, 1 / fit.batches), RESAMPLES)
    resampled = fit.gains(weights.astype(np.float64), choices)
    bias = float(resampled.mean()) - value
    low, high = np.quantile(resampled - bias, [0.05, 0.95])
    return Worth(value, max(0.0, float(low)), float(high), max(0.0, bias))


class _Fit:
    """Sums of the regression of worths on one assumption, batch by batch."""

    def __init__(self, values: Floats, worths: Floats, known: float) -> None:
        n = len(values)
        ranks = np.empty(n)
        ranks[np.argsort(values, kind="stable")] = (np.arange(n) + 0.5) / n
        levels, inverse = np.unique(values, return_inverse=True)
        if len(levels) < n:  # equal values must have equal ranks
            ranks = (np.bincount(inverse, ranks) / np.bincount(inverse))[inverse]
        basis = _basis(ranks, few=len(levels))
        self.batches = min(BATCHES, n // (4 * basis.shape[1])) or 1
        parts = np.arange(n) % self.batches
        self.gram = np.stack([_dot(basis, basis, parts == k) for k in range(self.batches)])
        self.cross = np.stack([_dot(basis, worths, parts == k) for k in range(self.batches)])
        self.at, self.share = _places(ranks, levels, known)

    def gains(self, weights: Floats, choices: Floats) -> Floats:
        """Return (B,) the worth of knowing, for B weightings of the batches."""
        gram = np.einsum("bk,kij->bij", weights, self.gram)
        gram += 1e-9 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(gram.shape[1])
        cross = np.einsum("bk,kio->bio", weights, self.cross)
        fitted = self.at @ np.linalg.solve(gram, cross)  # (B, G, O)
        best = np.array([(one @ choices.T).max(axis=1) @ self.share for one in fitted])
        unaware = np.einsum("g,bgo->bo", self.share, fitted) @ choices.T
        return np.asarray(best - unaware.max(axis=1))


class Conditional:
    """What options are worth on average, given one assumption: the regression behind EVPI.

    Args:
        values: (N,) draws of the assumption.
        worths: (N, O) what each option brings.
    """

    def __init__(self, values: Floats, worths: Floats) -> None:
        fit = _Fit(values, worths, 1.0)
        gram = fit.gram.sum(axis=0)
        gram += 1e-9 * np.trace(gram) * np.eye(len(gram))
        cross = fit.cross.sum(axis=0)
        self._coefficients = np.linalg.solve(gram, cross)
        self._spread = np.linalg.inv(gram)
        self._few = len(np.unique(values))
        left = worths.T @ worths - self._coefficients.T @ cross
        self._noise = left / max(1, len(values) - len(gram))

    def at(self, share: float) -> Floats:
        """Return (O,) the worths with the assumption at its quantile of a share."""
        return np.asarray(self._row(share) @ self._coefficients)

    def error(self, share: float, difference: Floats) -> float:
        """Return the standard error there of a weighted sum of the options' worths.

        Args:
            share: Of the assumption's range.
            difference: (O,) weights, such as those of one choice less those of another.
        """
        row = self._row(share)
        variance = float(difference @ self._noise @ difference) * float(row @ self._spread @ row)
        return float(np.sqrt(max(0.0, variance)))

    def _row(self, share: float) -> Floats:
        return np.asarray(_basis(np.array([share]), few=self._few)[0])


def _dot(left: Floats, right: Floats, rows: NDArray[np.bool_]) -> Floats:
    return np.asarray(left[rows].T @ right[rows])


def _places(ranks: Floats, levels: Floats, known: float) -> tuple[Floats, Floats]:
    """Return (G, P) where the fit is read, already averaged over what stays unknown, and shares."""
    if len(levels) <= GRID and known == 1.0:
        at, counts = np.unique(ranks, return_counts=True)
        return _basis(at, few=len(levels)), counts / counts.sum()
    grid = (np.arange(GRID) + 0.5) / GRID
    share = np.full(GRID, 1 / GRID)
    if known == 1.0:
        return _basis(grid, few=len(levels)), share
    return _blurred(grid, len(levels), known), share


def _blurred(grid: Floats, few: int, known: float) -> Floats:
    """Average the basis over the doubt that a study leaves, in normal scores."""
    from scipy.special import ndtr, ndtri

    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    score = ndtri(grid)[:, None] * np.sqrt(known) + np.sqrt(1 - known) * nodes
    rows = _basis(ndtr(score).ravel(), few=few).reshape(len(grid), len(nodes), -1)
    return np.asarray(np.einsum("gjp,j->gp", rows, weights / weights.sum()))


def _basis(ranks: Floats, *, few: int) -> Floats:
    """Return a cubic spline's truncated powers over ranks; a line where there are two levels."""
    x = 2 * ranks - 1
    powers = min(3, few - 1)
    columns = [x**k for k in range(powers + 1)]
    if few > 2 * len(KNOTS):
        columns += [np.maximum(0.0, x - (2 * knot - 1)) ** 3 for knot in KNOTS]
    return np.stack(columns, axis=1)
