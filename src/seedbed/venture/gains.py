"""What spending gives: a curve with falling returns over what is left of past spending.

    stock_t = c·stock_(t−1) + (1 − c)·spend_t        (geometric carry-over, its weights adding to 1)
    gain_t  = curve(stock_(t−lag))

Before the first month the stock is today's monthly spending: it has been paid before.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.draws import Draws
from seedbed.venture.parts import Use


def curve(draws: Draws, path: str, kind: str, x: Array | float) -> Array:
    """Return what a month at the stock x gives; `path` is that of the curve's numbers."""
    a = draws[f"{path}.a"]
    stock = np.asarray(x, dtype=np.float64)
    if kind == "log":
        return a * np.log1p(stock / draws[f"{path}.b"])
    if kind == "power":
        return np.asarray(a * stock ** draws[f"{path}.r"])
    if kind == "saturating":
        return -a * np.expm1(-draws[f"{path}.k"] * stock)
    if kind == "logistic":
        from scipy.special import expit

        k, middle = draws[f"{path}.k"], draws.get_or(f"{path}.middle", 0.0)
        return np.asarray(-a * np.expm1(-k * stock) * expit(k * (stock - middle)))
    slope = draws[f"{path}.slope"]
    with np.errstate(divide="ignore"):
        return np.asarray(a / (1 + (draws[f"{path}.half"] / stock) ** slope))


def monthly(draws: Draws, name: str, use: Use, spend: Array) -> Iterator[Array | float]:
    """Yield what a use gives, month by month, (N,) each.

    Args:
        draws: The draws.
        name: Of the use.
        use: The use.
        spend: (T,), or (N, T) where it differs between draws.
    """
    months = spend.shape[-1]
    if use.gives is None:
        yield from (0.0 for _ in range(months))
        return
    stocks = _stocks(draws, name, use, spend)
    path, kind = f"spending.{name}.gives", use.gives.curve
    known: tuple[object, Array] | None = None
    for stock in stocks:
        if known is None or not _same(known[0], stock):
            known = stock, curve(draws, path, kind, stock)
        yield known[1]


def _stocks(draws: Draws, name: str, use: Use, spend: Array) -> list[Array | float]:
    """Return the stock that works in each month; a number where it is the same in all draws."""
    carry = _carry(draws, name)
    stock: Array | float = float(use.monthly)
    begun: list[Array | float] = [stock] * use.lag
    for month in range(spend.shape[-1]):
        paid = spend[..., month]
        stock = stock * carry + (1 - carry) * (float(paid) if paid.ndim == 0 else paid)
        begun.append(stock)
    return begun[: spend.shape[-1]]


def _carry(draws: Draws, name: str) -> Array | float:
    path = f"spending.{name}.carry"
    if path not in draws:
        return 0.0
    drawn = draws[path]
    return float(drawn[0]) if np.ptp(drawn) == 0 else drawn


def _same(one: object, other: object) -> bool:
    return isinstance(one, float) and isinstance(other, float) and one == other
