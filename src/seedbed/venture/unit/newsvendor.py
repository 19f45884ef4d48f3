"""How much to commit to before demand is known: the newsvendor (Arrow, Harris and Marschak 1951).

One unit too many costs `over`, one too few costs `under`. The best stock is the demand's quantile
at the critical ratio under / (under + over). For machines: a reserved one is paid for whether it is
needed or not (over = its price), one that is missing is bought on demand (under = the difference),
so the ratio is 1 - reserved / on demand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seedbed.errors import VentureWrong
from seedbed.venture.unit.numbers import Doubles, at_least_zero, counts, positive, share


@dataclass(frozen=True, slots=True)
class Reserve:
    """How many machines to reserve.

    Attributes:
        machines: The cheapest number.
        cost: Money an hour with it, in the mean.
        on_demand: Money an hour with none reserved.
        exact: Money an hour were each hour's need known before: no reserve can be cheaper.
    """

    machines: int
    cost: float
    on_demand: float
    exact: float


def normal(mean: ArrayLike, sd: ArrayLike, ratio: ArrayLike) -> Doubles:
    """Return the best stock where demand is normal: mean + sd · Φ⁻¹(ratio)."""
    from scipy.special import ndtri

    told = share(ratio, "critical ratio", above_zero=True)
    found: Doubles = positive(mean, "mean") + at_least_zero(sd, "sd") * ndtri(told)
    return found


def critical(reserved: float, on_demand: float) -> float:
    """Return the critical ratio of a reserved machine, 1 - reserved / on demand.

    Raises:
        VentureWrong: a price of zero or less, or a reserve that is no cheaper.
    """
    committed, spot = (float(positive(v, "--reserved")) for v in (reserved, on_demand))
    if committed >= spot:
        raise _wrong(f"a reserved price below {spot:g}, the price on demand", f"{committed:g}")
    return 1.0 - committed / spot


def reserve(needed: ArrayLike, *, reserved: float, on_demand: float) -> Reserve:
    """Return how many machines to reserve, exactly, for hours that each need a whole number.

    Args:
        needed: Machines that each hour needs: measured hours, or draws.
        reserved: Money an hour for a reserved machine, needed or not.
        on_demand: Money an hour for one that is bought when it is needed.

    Raises:
        VentureWrong: no hours, negative counts, or a reserve that is no cheaper.
    """
    hours = counts(needed, "machines needed")
    ratio = critical(reserved, on_demand)
    if not hours.size:
        raise _wrong("hours and the machines that each needs", "none")
    best = int(np.quantile(hours, ratio, method="inverted_cdf"))
    short = np.maximum(hours - best, 0.0).mean()
    mean = float(hours.mean())
    return Reserve(
        best, best * reserved + on_demand * float(short), on_demand * mean, reserved * mean
    )


def _wrong(expected: str, got: str) -> VentureWrong:
    return VentureWrong(
        expected=expected, got=got, do="Correct the prices or the hours.", where="--reserved"
    )
