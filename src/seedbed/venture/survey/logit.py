"""The multinomial logit: which of several things people take, and what each attribute weighs.

An alternative's chance of being taken is exp(x·β) over the sum of that in its choice set. The log
likelihood is concave; its maximum is found by Newton's method with exact derivatives. Where an
attribute (or a mix of them) parts what was taken from what was not without exception, the maximum
lies at infinity: that is found before, by a linear programme, and refused.

Sources: D. McFadden, "Conditional logit analysis of qualitative choice behavior" (1974); K. Train,
Discrete Choice Methods with Simulation, 2nd ed. (2009), chapter 3; A. Albert and J. A. Anderson,
Biometrika 71 (1984), 1-10, on separation. Golden figures: W. H. Greene, Econometric Analysis, 5th
ed. (2003), p. 729.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-18
"""Of a step times its slope, twice what the likelihood can still gain."""
SMALLEST = 1e-6
"""Least part of a step that is tried."""
STEPS = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """What was taken out of what, rows sorted by choice set.

    Attributes:
        x: Attributes of each alternative (R, K).
        taken: Whether it was taken (R,); one a set.
        starts: The first row of each set (S,).
        people: Who chose in each set (S,), as whole numbers.
    """

    x: np.ndarray
    taken: np.ndarray
    starts: np.ndarray
    people: np.ndarray

    @property
    def sets(self) -> np.ndarray:
        """The set that each row is of (R,)."""
        sizes = np.diff([*self.starts, len(self.x)])
        return np.repeat(np.arange(len(self.starts)), sizes)


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted logit.

    Attributes:
        weights: β (K,).
        covariance: The inverse of the observed information (K, K).
        clustered: The same, allowing for people whose choices hang together (K, K).
        likelihood: Logarithm, at the maximum.
        null: Logarithm where every alternative of a set is as likely as any other.
    """

    weights: np.ndarray
    covariance: np.ndarray
    clustered: np.ndarray
    likelihood: float
    null: float


def fit(choices: Choices) -> Fit:
    """Return the weights that make the choices likeliest.

    The design must have full rank within sets and not be separable: ask `collinear` and
    `separating` first.
    """
    scale = np.where((spread := choices.x.std(axis=0)) > 0, spread, 1.0)
    scaled = Choices(choices.x / scale, choices.taken, choices.starts, choices.people)
    weights = np.zeros(scaled.x.shape[1])
    value, gradient, hessian = _likelihood(scaled, weights)
    for _ in range(STEPS):
        step = np.linalg.solve(hessian, gradient)
        if gradient @ step < TOLERANCE:
            break
        size = 1.0
        while _likelihood(scaled, weights + size * step)[0] < value and size > SMALLEST:
            size /= 2
        weights = weights + size * step
        value, gradient, hessian = _likelihood(scaled, weights)
    inverse = np.linalg.inv(hessian)
    unscaled = np.outer(scale, scale)
    return Fit(
        weights=weights / scale,
        covariance=inverse / unscaled,
        clustered=_sandwich(scaled, weights, inverse) / unscaled,
        likelihood=value,
        null=float(-np.log(np.diff([*choices.starts, len(choices.x)])).sum()),
    )


def chances(choices: Choices, weights: np.ndarray) -> np.ndarray:
    """Return each alternative's chance of being taken (R,)."""
    utility = choices.x @ weights
    utility = utility - np.maximum.reduceat(utility, choices.starts)[choices.sets]
    power = np.exp(utility)
    return np.asarray(power / np.add.reduceat(power, choices.starts)[choices.sets])


def collinear(choices: Choices) -> list[int]:
    """Return the columns that others make up within every set, or that never differ in one."""
    within = _within(choices)
    found: list[int] = []
    kept: list[int] = []
    for i in range(within.shape[1]):
        part = within[:, [*kept, i]]
        size = np.linalg.norm(part, axis=0)
        if not size.all() or np.linalg.matrix_rank(part / size, tol=1e-9) < part.shape[1]:
            found.append(i)
        else:
            kept.append(i)
    return found


def separating(choices: Choices) -> list[int]:
    """Return the columns of a mix that parts what was taken from the rest, or none.

    Such a mix d has (taken - other)·d of 0 or more for all that was not taken, and above 0 for
    some: along it the likelihood rises for ever.
    """
    from scipy.optimize import linprog

    sets, taken = choices.sets, choices.taken
    chosen = np.empty((len(choices.starts), choices.x.shape[1]))
    chosen[sets[taken]] = choices.x[taken]
    gaps = (chosen[sets] - choices.x)[~taken]
    size = np.abs(gaps).max(axis=0)
    gaps = gaps / np.where(size > 0, size, 1.0)
    told = linprog(-gaps.sum(axis=0), A_ub=-gaps, b_ub=np.zeros(len(gaps)), bounds=(-1, 1))
    if not told.success or -told.fun < 1e-7:
        return []
    return [i for i, one in enumerate(told.x) if abs(one) > 1e-7]


def of_counts(
    x: np.ndarray, hits: np.ndarray, asked: np.ndarray
) -> tuple[tuple[float, float] | None, str]:
    """Return level a and slope b of ln(share / (1 - share)) = a - b·x, by maximum likelihood.

    Args:
        x: Such as logarithms of prices (K,).
        hits: How many said yes at each (K,).
        asked: How many were asked at each (K,).

    Returns:
        The two and nothing, or None and why there are none.
    """
    mixed = (hits > 0) & (hits < asked)
    total = hits.sum()
    if total in (0, asked.sum()):
        return None, "everyone gave the same answer at every price"
    if mixed.sum() == 0 or (mixed.sum() == 1 and _parted(hits, asked)):
        return None, "one price parts all who would buy from all who would not"
    centre = float(np.average(x, weights=asked))
    design = np.column_stack([np.ones(len(x)), -(x - centre)])
    weights = np.zeros(2)
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (hits - asked * share)
        hessian = (design * (asked * share * (1 - share))[:, None]).T @ design
        if np.linalg.cond(hessian) > 1e12:
            return None, "the answers do not tell how demand falls with the price"
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            return (float(weights[0] + weights[1] * centre), float(weights[1])), ""
    return None, "the answers do not tell how demand falls with the price"


def _parted(hits: np.ndarray, asked: np.ndarray) -> bool:
    """Tell whether all say yes below the one price at which answers differ, and no above it."""
    at = int(np.argmax((hits > 0) & (hits < asked)))
    below, above = slice(0, at), slice(at + 1, None)
    falls = (hits[below] == asked[below]).all() and (hits[above] == 0).all()
    rises = (hits[below] == 0).all() and (hits[above] == asked[above]).all()
    return bool(falls or rises)


def _likelihood(choices: Choices, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the log likelihood, its gradient (K,), and the information (K, K)."""
    chance = chances(choices, weights)
    value = float(np.log(np.maximum(chance[choices.taken], 1e-300)).sum())
    gradient = choices.x.T @ (choices.taken - chance)
    means = np.add.reduceat(choices.x * chance[:, None], choices.starts, axis=0)
    apart = choices.x - means[choices.sets]
    return value, gradient, (apart * chance[:, None]).T @ apart


def _sandwich(choices: Choices, weights: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Return the covariance by clusters of people, with the factor G / (G - 1) for few of them."""
    scores = choices.x * (choices.taken - chances(choices, weights))[:, None]
    people = choices.people[choices.sets]
    count = int(people.max()) + 1
    if count < 2:
        return inverse
    summed = np.zeros((count, choices.x.shape[1]))
    np.add.at(summed, people, scores)
    return np.asarray(inverse @ (summed.T @ summed) @ inverse * count / (count - 1))


def _within(choices: Choices) -> np.ndarray:
    sizes = np.diff([*choices.starts, len(choices.x)])
    means = np.add.reduceat(choices.x, choices.starts, axis=0) / sizes[:, None]
    return np.asarray(choices.x - means[choices.sets])
