"""Money as whole numbers: nanos, a billionth of the currency's main unit, and never a float.

Prices and what calls draw are exact in nanos. What an invoice asks for is rounded once, line by
line, to the currency's minor unit (a cent, a fen, a yen), half up: a half goes away from zero, so
that a credit note of a line takes back what the line asked for.
"""

from __future__ import annotations

from decimal import Decimal

NANOS = 10**9
"""Nanos in one main unit of a currency."""

LARGEST = 10**9 * NANOS
"""The largest amount that is taken, a milliard: sums of such still fit into 64 bits."""

_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
        CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ
        GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
        MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
        PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
        TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_DIGITS = {code: digits for digits, codes in _CODES.items() for code in codes.split()}

CURRENCIES = frozenset(_DIGITS)
"""The currencies of ISO 4217 that people pay with."""

_SIGNS = {
    **{"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩"},
    **{"HKD": "HK$", "TWD": "NT$", "AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "BRL": "R$"},
    **{"MXN": "MX$", "ILS": "₪", "VND": "₫"},
}
_CHINESE = {"CNY": "¥", "JPY": "JP¥", "USD": "US$", "AUD": "AU$", "KRW": "￦"}
_MINUS, _SPACE = "\u2212", "\u00a0"


def to_nanos(amount: Decimal | str | int) -> int:
    """Return an amount in main units, such as `"29.00"`, as nanos.

    Raises:
        ValueError: it is no number, is a float, has more than nine decimals, or is too large.
    """
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, str, int)):
        raise ValueError(f'an amount in quotes, such as "1.20", and not {amount!r}: floats round')
    try:
        nanos = Decimal(amount) * NANOS
    except (ArithmeticError, ValueError):
        nanos = Decimal("NaN")
    if not nanos.is_finite():
        raise ValueError(f'an amount such as "1.20", and not {amount!r}')
    if abs(nanos) > LARGEST:  # before `int` makes as many digits of 1e999999
        raise ValueError(f"at most {LARGEST // NANOS}, and not {amount}")
    whole = int(nanos)
    if nanos != whole:
        raise ValueError(f"at most nine decimals, and not {amount}")
    return whole


def to_decimal(nanos: int) -> Decimal:
    """Return nanos as an exact amount in main units."""
    return Decimal(nanos).scaleb(-9)


def minor_digits(currency: str) -> int:
    """Return how many decimals a currency is paid in: 2 for USD and CNY, 0 for JPY.

    Raises:
        ValueError: there is no such currency.
    """
    try:
        return _DIGITS[currency]
    except KeyError:
        raise ValueError(
            f"a currency of ISO 4217, such as USD or CNY, and not {currency!r}"
        ) from None


def half_up(numerator: int, denominator: int) -> int:
    """Return a quotient rounded to a whole number; a half goes away from zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    top, bottom = abs(numerator), abs(denominator)
    return sign * ((2 * top + bottom) // (2 * bottom))


def rounded(nanos: int, currency: str) -> int:
    """Return nanos rounded half up to what the currency is paid in, in nanos."""
    return quotient(nanos, 1, currency)


def quotient(numerator: int, denominator: int, currency: str) -> int:
    """Return a quotient of nanos rounded half up, once, to what the currency is paid in."""
    step = minor_step(currency)
    return half_up(numerator, denominator * step) * step


def minor_step(currency: str) -> int:
    """Return the currency's minor unit, such as one cent, in nanos."""
    return int(10 ** (9 - minor_digits(currency)))


def plain(nanos: int, currency: str) -> str:
    """Return an amount for programs: a decimal with at least the currency's digits, `1234.50`."""
    amount = to_decimal(nanos).normalize()
    exponent = amount.as_tuple().exponent
    digits = max(minor_digits(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{amount:.{digits}f}"


def shown(nanos: int, currency: str, language: str = "en") -> str:
    """Return an amount for people, rounded to the minor unit: `$1,234.50`, or `US$1,234.50`."""
    return _signed(plain(rounded(nanos, currency), currency), currency, language)


def shown_exact(nanos: int, currency: str, language: str = "en") -> str:
    """Return an amount for people with all its decimals, as a price for one unit needs them."""
    return _signed(plain(nanos, currency), currency, language)


def _signed(amount: str, currency: str, language: str) -> str:
    whole, point, rest = amount.removeprefix("-").partition(".")
    sign = _CHINESE.get(currency) if language == "zh" else None
    before = sign or _SIGNS.get(currency) or f"{currency}{_SPACE}"
    minus = _MINUS if amount.startswith("-") else ""
    return f"{minus}{before}{int(whole):,}{point}{rest}"
