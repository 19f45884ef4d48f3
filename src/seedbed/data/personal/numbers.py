"""Which digits are what they look like: check digits, places, dates and number plans."""

from __future__ import annotations

import ipaddress
import re
from itertools import pairwise

_SEPARATORS = re.compile(r"[^0-9A-Za-z]")
_CARDS = re.compile(
    r"""4(?:\d{12}|\d{15}|\d{18})                 # Visa
    | (?:5[1-5]|2[2-7])\d{14}                      # Mastercard
    | 3[47]\d{13}                                  # American Express
    | (?:6011|64[4-9]\d|65\d\d)\d{12}              # Discover
    | 35(?:2[89]|[3-8]\d)\d{12}                    # JCB
    | 3(?:0[0-5]|[689]\d)\d{11}                    # Diners Club
    | 62\d{14,17} | 95588\d{14}                    # UnionPay; ICBC before it
    """,
    re.VERBOSE,
)


_SUBSCRIBERS = {0, 1, 2, 6, 7, 8}
"""`phonenumbers.PhoneNumberType`: fixed, mobile, either, over the internet, personal, pager."""
_COMPANIES = {3, 4, 5, 9}
"""The same: free, premium, shared cost, and one number of a company everywhere."""


def plain(found: str) -> str:
    """Return letters and digits alone, in capitals."""
    return _SEPARATORS.sub("", found).upper()


def card(found: str) -> bool:
    """Tell whether it is a payment card's number: issuer's prefix, length, Luhn's digit."""
    from stdnum import luhn

    digits = plain(found)
    return bool(_CARDS.fullmatch(digits)) and len(set(digits)) > 1 and luhn.is_valid(digits)


def chinese_id(found: str) -> bool:
    """Tell whether it is a Chinese identity number: place, date of birth, check digit.

    The older form of 15 digits has no check digit; place and date must do. GB 11643-1999.
    """
    from stdnum.cn import ric

    number = plain(found)
    if len(number) == 15:
        longer = f"{number[:6]}19{number[6:]}"
        number = longer + ric.calc_check_digit(f"{longer}0")
    return bool(ric.is_valid(number))


def social_security(found: str) -> bool:
    """Tell whether it can be a US social security number: some are never given out."""
    from stdnum.us import ssn

    digits = plain(found)
    return bool(ssn.is_valid(f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"))


def iban(found: str) -> int:
    """Return how many characters of it are an IBAN (ISO 13616: country, length, mod 97), or 0."""
    from stdnum import iban

    ends = [end for end in range(len(found), 14, -1) if found[end - 1].isalnum()]
    return next((end for end in ends if iban.is_valid(found[:end])), 0)


def address(found: str) -> bool:
    """Tell whether it is an internet address of somebody: no loopback, mask, or version number."""
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return False
    if parsed.is_loopback or parsed.is_multicast or parsed.is_link_local or parsed.is_unspecified:
        return False
    if parsed.version == 6:
        return len([part for part in found.split(":") if part]) > 2
    parts = found.split(".")
    return parts[0] not in {"0", "255"} and sum(len(part) > 1 for part in parts) > 1


def phone(found: str, *regions: str | None) -> bool:
    """Tell whether a region's number plan gives it to a subscriber, who may be a person.

    Region None is for numbers that begin with `+`. Numbers that cost the caller nothing, or more
    than a call, are companies' and are not meant.
    """
    types = {_type(found, region) for region in regions}
    return bool(types & _SUBSCRIBERS) and not types & _COMPANIES


def _type(found: str, region: str | None) -> int | None:
    import phonenumbers

    try:
        return int(phonenumbers.number_type(phonenumbers.parse(found, region)))
    except phonenumbers.NumberParseException:
        return None


def grouped(found: str) -> bool:
    """Tell whether a card's digits stand as people write them: in one piece, in fours, 4-6-5."""
    sizes = [len(part) for part in re.split("[ -]", found)]
    if len(sizes) == 1 or sizes in ([4, 6, 5], [4, 6, 4], [6, 13]):
        return True
    return all(size == 4 for size in sizes[:-1]) and sizes[-1] <= 4


def one_separator(found: str) -> bool:
    """Tell whether no two separators stand together, as in a sum or a table."""
    return not any(not a.isalnum() and not b.isalnum() for a, b in pairwise(found.strip()))
