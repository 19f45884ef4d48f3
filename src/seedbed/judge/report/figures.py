"""How figures are written: the same in both languages, "–" where there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

NONE = "–"
_SIGNS = {"USD": "$", "CNY": "¥", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"}


def known(value: float | None) -> bool:
    """Return whether there is a figure at all."""
    return value is not None and math.isfinite(value)


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share of one as a percentage, such as `93.2%`."""
    return f"{_hundred(value, digits)}%" if value is not None and known(value) else NONE


def between(part: Mapping[str, Any], prefix: str = "", digits: int = 1) -> str:
    """Return the interval of a value, such as `92.1–94.2%`; empty where it has none."""
    low, high = part.get(f"{prefix}low"), part.get(f"{prefix}high")
    if low is None or high is None or not (known(low) and known(high)):
        return ""
    return f"{_hundred(low, digits)}–{_hundred(high, digits)}%"


def _hundred(value: float, digits: int) -> str:
    # Adding zero takes the sign off a zero that was rounded from below.
    return f"{round(100 * value, digits) + 0.0:.{digits}f}"


def points(value: float | None, digits: int = 1) -> str:
    """Return a difference of two shares in percentage points, signed: `+1.4`, `−0.3`."""
    if value is None or not known(value):
        return NONE
    size = f"{abs(100 * value):.{digits}f}"
    if float(size) == 0:
        return f"±{size}"
    return ("+" if value > 0 else "−") + size


def between_points(part: Mapping[str, Any], prefix: str = "", digits: int = 1) -> str:
    """Return the interval of a difference, such as `+0.4 … +2.1`; empty where it has none."""
    low, high = part.get(f"{prefix}low"), part.get(f"{prefix}high")
    if low is None or high is None:
        return ""
    return f"{points(low, digits)} … {points(high, digits)}"


def count(value: float | None) -> str:
    """Return a whole number with thousands apart."""
    return f"{value:,.0f}" if value is not None and known(value) else NONE


def plain(value: float | None) -> str:
    """Return a number in a unit of the user's own, to three digits that count: `−0.0123`."""
    if value is None or not known(value):
        return NONE
    return f"{value:.3g}".replace("-", "−")


def ends(part: Mapping[str, Any]) -> str:
    """Return the interval of such a number, such as `−0.02 … 0.31`; empty where it has none."""
    low, high = part.get("low"), part.get("high")
    return "" if low is None or high is None else f"{plain(low)} … {plain(high)}"


def rate(value: float | None) -> str:
    """Return a rate or another positive figure to three digits that count."""
    if value is None or not known(value):
        return NONE
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def money(value: float | None, currency: str) -> str:
    """Return money, to two digits that count where it is less than one: `$0.0021`."""
    if value is None or not known(value):
        return NONE
    sign = _SIGNS.get(currency, f"{currency} ")
    size = abs(value)
    if size == 0:
        body = "0"
    elif size >= 1:
        body = f"{size:,.2f}"
    else:
        body = f"{size:.{1 - math.floor(math.log10(size))}f}"
    return ("−" if value < 0 else "") + sign + body


def duration(seconds: float | None) -> str:
    """Return a time: `0.4 s`, `27 s`, `4 min 12 s`, `1 h 5 min`."""
    if seconds is None or not known(seconds):
        return NONE
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = whole % 3600 // 60
    return f"{whole // 3600} h" + (f" {minutes} min" if minutes else "")


def size(number: float | None) -> str:
    """Return a size in decimal units: `23 MB`."""
    if number is None or not known(number):
        return NONE
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def chance(p: float | None) -> str:
    """Return a p-value: `0.021`, or `< 0.001`."""
    if p is None or not known(p):
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def moment(iso: str | None) -> str:
    """Return an ISO time as `2026-01-31 12:05 UTC`."""
    return f"{iso[:10]} {iso[11:16]} UTC" if iso and len(iso) >= 16 else iso or NONE
