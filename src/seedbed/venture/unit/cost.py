"""What an answer costs: the price of the hour over what a machine does in it.

    cost of an answer = hour / (answers per second · 3600 · utilisation)

A machine is paid for by the hour whether it computes or waits, so half the utilisation is twice the
cost. The price of a million tokens is the same formula (verification.md, T29).
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from seedbed.venture.unit.numbers import Doubles, at_least_zero, positive, share

SECONDS = 3600.0
"""Seconds in an hour."""

MILLION = 1e6


def per_unit(hour: ArrayLike, per_second: ArrayLike, utilisation: ArrayLike) -> Doubles:
    """Return what one answer (or one token) costs in machine time.

    Args:
        hour: Money for an hour of the machine.
        per_second: Answers (or tokens) a second, measured while the machine is busy.
        utilisation: Share of the paid time in which it is busy.

    Raises:
        VentureWrong: a negative price, a speed or a utilisation of zero, NaN.
    """
    price = at_least_zero(hour, "unit.hour")
    speed = positive(per_second, "unit.answers_per_second")
    busy = share(utilisation, "unit.utilisation", above_zero=True)
    return price / (speed * SECONDS * busy)


def per_million_tokens(
    hour: ArrayLike, tokens_per_second: ArrayLike, utilisation: ArrayLike
) -> Doubles:
    """Return the money for a million tokens."""
    return per_unit(hour, tokens_per_second, utilisation) * MILLION


def break_even_utilisation(
    hour: ArrayLike, per_second: ArrayLike, price: ArrayLike, other: ArrayLike
) -> Doubles:
    """Return the utilisation at which an answer costs what it sells for.

    Above 1: at no utilisation. Infinite: the price does not even cover the `other` cost.
    """
    import numpy as np

    left = np.asarray(price, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    full = per_unit(hour, per_second, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(left > 0, full / left, np.inf)
