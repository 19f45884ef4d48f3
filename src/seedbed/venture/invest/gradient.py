"""The knowledge gradient: what one more measurement of an uncertain alternative is worth.

Frazier, Powell and Dayanik, "A knowledge-gradient policy for sequential information collection",
SIAM Journal on Control and Optimization 47 (2008): for independent normal beliefs the worth is
s·f(z), f(z) = zΦ(z) + φ(z), z = −|mean − best other| / s, where s is the standard deviation by
which the measurement will move the mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def f(z: float | Floats) -> Floats:
    """Return zΦ(z) + φ(z), the expected positive part of a normal with mean z and deviation 1."""
    from scipy.special import ndtr

    z = np.asarray(z, dtype=np.float64)
    return np.asarray(z * ndtr(z) + np.exp(-z * z / 2) / np.sqrt(2 * np.pi))


def moved(sd: float | Floats, noise: float | Floats) -> Floats:
    """Return by how much a measurement moves a mean: sd² / √(sd² + noise²), in units of money."""
    variance = np.square(np.asarray(sd, dtype=np.float64))
    total = np.sqrt(variance + np.square(noise))
    return np.asarray(np.divide(variance, total, out=np.zeros_like(total), where=total > 0))


def gradients(means: Sequence[float], sds: Sequence[float], noises: Sequence[float]) -> Floats:
    """Return for each alternative what measuring it once is worth, in money.

    "Nothing", worth 0, is always among the alternatives.

    Args:
        means: (n,) what each brings, as believed.
        sds: (n,) standard deviation of that belief.
        noises: (n,) standard deviation of one measurement around the truth.
    """
    mean = np.asarray(means, dtype=np.float64)
    step = moved(np.asarray(sds, dtype=np.float64), np.asarray(noises, dtype=np.float64))
    best = np.array([max([0.0, *np.delete(mean, i)]) for i in range(len(mean))])
    away = np.abs(mean - best)
    z = np.divide(-away, step, out=np.full_like(away, -np.inf), where=step > 0)
    with np.errstate(invalid="ignore"):
        return np.where(step > 0, step * f(np.maximum(z, -40.0)), 0.0)
