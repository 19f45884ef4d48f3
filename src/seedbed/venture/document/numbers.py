"""How figures are written, in both languages: in the document, on the terminal, in sentences.

A number is written to the digits that help to decide, never to those that chance made: the exact
value stands in the model, and in the HTML's `data` elements.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from seedbed.venture.result import Figure, Said

NONE = "–"

SIGNS = {"USD": "$", "CNY": "¥", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$", "TWD": "NT$"}

CODES = frozenset({*SIGNS, "AUD", "CAD", "CHF", "INR", "KRW", "SEK", "SGD", "NOK", "DKK", "BRL"})

UNITS: dict[str, tuple[str, str]] = {
    "month": ("months", "个月"),
    "months": ("months", "个月"),
    "year": ("years", "年"),
    "years": ("years", "年"),
    "day": ("days", "天"),
    "days": ("days", "天"),
    "answers": ("answers", "次回答"),
    "answers/s": ("answers/s", "次回答/秒"),
    "answers/month": ("answers a month", "次回答/月"),
    "tokens": ("tokens", "个 token"),
    "tokens/s": ("tokens/s", "token/秒"),
    "customers": ("customers", "位客户"),
    "companies": ("companies", "家公司"),
    "shares": ("shares", "股"),
    "rows": ("rows", "行"),
    "machines": ("machines", "台机器"),
    "draws": ("draws", "次抽样"),
    "paths": ("paths", "条路径"),
    "people": ("people", "人"),
    "seconds": ("s", "秒"),
    "s": ("s", "秒"),
    "points": ("points", "个百分点"),
    "1/month": ("a month", "/月"),
    "1/year": ("a year", "/年"),
}
"""Units by the name that figures use; what is not here is written as it is."""

_PLURALS = frozenset(
    (
        *("months", "years", "days", "answers", "tokens", "customers", "shares", "rows"),
        *("machines", "draws", "paths", "points"),
    )
)

PER: dict[str, tuple[str, str]] = {
    "answer": ("an answer", "/次回答"),
    "month": ("a month", "/月"),
    "year": ("a year", "/年"),
    "h": ("an hour", "/小时"),
    "hour": ("an hour", "/小时"),
    "customer": ("a customer", "/客户"),
    "share": ("a share", "/股"),
    "token": ("a token", "/token"),
    "1000 answers": ("for 1,000 answers", "/千次回答"),
    "1000 tokens": ("for 1,000 tokens", "/千 token"),
    "million tokens": ("for a million tokens", "/百万 token"),
}
"""What money is for, after the stroke of a unit such as `USD/answer`."""


def is_number(value: Any) -> bool:
    """Tell whether a cell holds a number, or a figure that does."""
    if isinstance(value, Figure):
        return is_number(value.value)
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def figure(one: Figure, language: str) -> str:
    """Return a figure's value with its unit."""
    return written(one.value, one.unit, language)


def interval(one: Figure, language: str) -> str:
    """Return what a figure lies between nine times in ten; empty where that is one number."""
    if one.low is None or one.high is None:
        return ""
    low, high = (_bare(end, one.unit, language) for end in (one.low, one.high))
    if low == high:
        return ""
    named = written(one.high, one.unit, language).removeprefix(high)
    return f"{low} 至 {high}{named}" if language == "zh" else f"{low} to {high}{named}"


def _bare(value: Any, unit: str, language: str) -> str:
    """Return a value without what it counts: "3 to 9 months", not "3 months to 9 months"."""
    code = unit.partition("/")[0]
    return written(value, code if code in CODES or code == "%" else "", language)


def written(value: Any, unit: str, language: str) -> str:
    """Return a value with its unit, in a language."""
    if not is_number(value):
        return NONE if value is None else str(value)
    if not math.isfinite(value):
        return NONE if math.isnan(value) else ("∞" if value > 0 else "−∞")
    code, _, per = unit.partition("/")
    if code in CODES:
        return money(value, code) + _per(per, language)
    if unit == "%":
        return f"{_signed(100 * float(value), _percent_digits(float(value)))}%"
    number = _plain(value)
    if not unit:
        return number
    if unit.removeprefix("1/") in CODES and unit.startswith("1/"):
        sign = SIGNS.get(unit[2:], unit[2:])
        return f"{number}/{sign}" if language == "zh" else f"{number} per {sign}"
    name = UNITS.get(unit, (unit, unit))[language == "zh"]
    if value == 1 and name in _PLURALS and language != "zh":
        name = name.removesuffix("s")
    return f"{number}{name}" if name.startswith("/") else f"{number} {name}"


def money(value: float | Decimal, code: str) -> str:
    """Return an amount with the sign of its currency: `$1,234`, `$1.25`, `$0.0000231`.

    It is the same in both languages, so that sentences can hold it.
    """
    if not math.isfinite(value):
        return NONE if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size: Any = abs(value)
    if size == 0 or size >= 100 or (size >= 10 and value == int(value)):
        body = f"{size:,.0f}"
    elif size >= 1:
        body = f"{size:,.2f}"
    else:
        body = _small(float(size))
    return ("−" if value < 0 and _some(body) else "") + SIGNS.get(code, f"{code} ") + body


def _small(size: float) -> str:
    """Return an amount below one: three digits that count, but no noughts after them."""
    whole, _, cents = f"{size:,.{_significant(size, 3)}f}".rstrip("0").partition(".")
    return f"{whole}.{cents:0<2}"


def cell(value: Any, language: str) -> str:
    """Return a table's cell: a text, a number, a `Said`, a `Figure` or nothing."""
    if isinstance(value, Said):
        return value(language)
    if isinstance(value, Figure):
        return figure(value, language)
    if isinstance(value, bool):
        return {True: ("yes", "是"), False: ("no", "否")}[value][language == "zh"]
    return written(value, "", language)


def exact(value: Any) -> str:
    """Return a number as programs read it; empty where it is none."""
    if isinstance(value, Figure):
        return exact(value.value)
    if not is_number(value):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def _per(per: str, language: str) -> str:
    if not per:
        return ""
    if language == "zh":
        return PER.get(per, ("", f"/{per}"))[1]
    return f" {PER[per][0]}" if per in PER else f"/{per}"


def _plain(value: Any) -> str:
    if value == int(value) and abs(value) < 1e15:
        return _signed(value, 0)
    size = abs(float(value))
    if size >= 1e15 or size < 1e-7:
        return f"{value:.2e}"
    return _signed(value, 0 if size >= 1000 else _significant(size, 3 if size < 100 else 4))


def _percent_digits(share: float) -> int:
    size = abs(100 * share)
    return _significant(size, 2) if 0 < size < 1 else (0 if size == round(size) else 1)


def _significant(size: float, digits: int) -> int:
    """Return how many decimals show so many digits that count."""
    return max(0, digits - 1 - math.floor(math.log10(size))) if size else 0


def _signed(value: int | float | Decimal, digits: int) -> str:
    body = f"{abs(value):,.{digits}f}"
    return ("−" if value < 0 and _some(body) else "") + body


def _some(body: str) -> bool:
    return any(letter in "123456789" for letter in body)
