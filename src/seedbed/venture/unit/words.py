"""Numbers inside sentences: three digits that count, money with its sign, in both languages."""

from __future__ import annotations

import math
from decimal import Decimal

from seedbed.venture.document.numbers import money


def amount(value: float, currency: str) -> str:
    """Return money for a sentence: `$1,234`, `$1.25`, `$0.0000231`; the same in both languages."""
    return money(value, currency)


def percent(share: float) -> str:
    """Return a share in percent, with as many decimals as its smallness asks for."""
    if not math.isfinite(share):
        return "–"
    size = abs(100 * share)
    digits = 0 if size >= 10 or size == 0 else 1 if size >= 1 else 2
    return f"{100 * share:.{digits}f}%"


def count(value: float) -> str:
    """Return a number with three digits that count, and no exponent."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "–"
    rounded = _rounded(value)
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{Decimal(repr(rounded)):f}"


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, 2 - math.floor(math.log10(abs(value)))) if abs(value) < 1000 else value
