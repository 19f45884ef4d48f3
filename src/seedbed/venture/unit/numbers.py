"""What numbers may be: checked where they come in, so that the formulas need not ask again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import VentureWrong

Doubles = NDArray[np.float64]


def finite(values: ArrayLike, where: str) -> Doubles:
    """Return values as doubles.

    Raises:
        VentureWrong: one of them is NaN or infinite.
    """
    read = np.asarray(values, dtype=np.float64)
    if not np.isfinite(read).all():
        raise _wrong("finite numbers", read[~np.isfinite(read)], where)
    return read


def positive(values: ArrayLike, where: str) -> Doubles:
    """Return values as doubles.

    Raises:
        VentureWrong: one of them is zero, negative, NaN or infinite.
    """
    read = finite(values, where)
    if (read <= 0).any():
        raise _wrong("numbers above zero", read[read <= 0], where)
    return read


def at_least_zero(values: ArrayLike, where: str) -> Doubles:
    """Return values as doubles.

    Raises:
        VentureWrong: one of them is negative, NaN or infinite.
    """
    read = finite(values, where)
    if (read < 0).any():
        raise _wrong("numbers of zero or more", read[read < 0], where)
    return read


def share(values: ArrayLike, where: str, *, above_zero: bool = False) -> Doubles:
    """Return shares as doubles.

    Raises:
        VentureWrong: one of them is not within 0 and 1, or is 0 where that makes no sense.
    """
    read = finite(values, where)
    outside = (read < 0) | (read > 1) | ((read == 0) if above_zero else False)
    if outside.any():
        expected = "shares above 0 and up to 1" if above_zero else "shares from 0 to 1"
        raise _wrong(expected, read[outside], where)
    return read


def counts(values: ArrayLike, where: str) -> Doubles:
    """Return counts as doubles.

    Raises:
        VentureWrong: one of them is negative, no whole number, NaN or infinite.
    """
    read = at_least_zero(values, where)
    broken = read != np.floor(read)
    if broken.any():
        raise _wrong("whole numbers", read[broken], where)
    return read


def _wrong(expected: str, found: Doubles, where: str) -> VentureWrong:
    first = f"{found.flat[0]:g}"
    more = f", and {found.size - 1:,} more such" if found.size > 1 else ""
    return VentureWrong(
        expected=expected, got=first + more, do="Correct it, or its range.", where=where
    )
