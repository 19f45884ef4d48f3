"""Numbers inside sentences: three digits that count, money with its sign, in both languages."""

from __future__ import annotations

import math
from decimal import Decimal

_NANO = 1e-9


def amount(value: float, currency: str) -> str:
    """Return money for a sentence: `$1,234`, `$1.25`, `$0.0000231`; the same in both languages."""
    from seedbed.ledger import money

    language = "zh" if currency == "CNY" else "en"  # ¥, and not CN¥
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "–"
    rounded = _rounded(value)
    if abs(rounded) < _NANO:
        return f"{value:.2e} {currency}" if value else money.shown(0, currency, language)
    if abs(rounded) >= 1:
        digits = 0 if abs(rounded) >= 100 else money.minor_digits(currency)
        shown = money.shown_exact(_nanos(round(rounded, digits)), currency, language)
        return shown.partition(".")[0] if digits == 0 else shown
    return money.shown_exact(_nanos(rounded), currency, language)


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


def _nanos(value: float) -> int:
    return round(Decimal(repr(value)).scaleb(9))
