"""The kinds of personal data: what each looks like, and how it is told from what only looks so.

Names and postal addresses are not among them: they have no form that tells them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from seedbed.data.personal import numbers

Check = Callable[[str], "int | bool"]

NEAR = 24
"""Characters before a number in which a word may say what it is."""

_START, _END = r"(?<![0-9A-Za-z])(?<![0-9][.,])", r"(?![0-9A-Za-z])(?![.,][0-9])"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_CALL = (
    r"(?i:\b(?:call|calls|phone|tel|telephone|mobile|mob|cell|fax|text|txt|sms|ring|whatsapp|"
    r"contact|dial|hotline)\b)|电话|手机|联系|致电|拨打|来电|传真|座机|号码|短信"
)


@dataclass(frozen=True)
class Kind:
    """One kind of personal data.

    Attributes:
        name: Such as `email`; a finding is `personal_email`.
        placeholder: What stands in its place when it is taken out.
        pattern: Finds candidates in a text whose signs are plain (see `find.plainly`).
        check: Tells whether a candidate is one; a number is how much of it is.
        near: A word that must stand before it; None where its form is enough.
        in_links: Whether it is looked for inside web addresses too.
    """

    name: str
    placeholder: str
    pattern: re.Pattern[str]
    check: Check = lambda _: True
    near: re.Pattern[str] | None = None
    in_links: bool = False


def _kind(
    name: str,
    placeholder: str,
    pattern: str,
    check: Check = lambda _: True,
    near: str | None = None,
) -> Kind:
    found = re.compile(f"{_START}(?:{pattern}){_END}")
    return Kind(name, f"[{placeholder}]", found, check, re.compile(near) if near else None)


EMAIL = Kind(
    "email",
    "[EMAIL]",
    re.compile(
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@"
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,4}[A-Za-z]{2,24}(?![A-Za-z0-9@])"
    ),
    in_links=True,
)

KINDS: tuple[Kind, ...] = (
    EMAIL,
    _kind("iban", "IBAN", r"[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}", numbers.iban),
    _kind(
        "chinese_id",
        "ID",
        r"\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]|\d{15}",
        numbers.chinese_id,
    ),
    _kind(
        "card",
        "CARD",
        r"\d(?:[ -]?\d){12,18}",
        lambda found: numbers.grouped(found) and numbers.card(found),
    ),
    _kind("ssn", "SSN", r"\d{3}-\d\d-\d{4}|\d{3} \d\d \d{4}", numbers.social_security),
    _kind("ssn", "SSN", r"\d{9}", numbers.social_security, r"(?i:\bssn\b|social security)"),
    _kind(
        "passport",
        "PASSPORT",
        r"[A-Z]{1,2}\d{7,8}|\d{9}",
        near=r"(?i:\bpassport)|护照|通行证",
    ),
    _kind("ip", "IP", r"\d{1,3}(?:\.\d{1,3}){3}(?!\.)", numbers.address),
    _kind("ip", "IP", r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?!:)", numbers.address),
    _kind(
        "phone",
        "PHONE",
        r"\+[ -]?\d(?:[ ().-]{0,2}\d){6,14}",
        lambda found: numbers.phone(found, None),
    ),
    _kind(
        "phone",
        "PHONE",
        r"(?:(?:00)?86[ -]?)?1[3-9]\d(?:\d{8}|([ -])\d{4}\1\d{4})",
        lambda found: numbers.phone(found, "CN"),
    ),
    _kind(
        "phone",
        "PHONE",
        r"(?:\(0\d{2,3}\) ?|0\d{2,3}[ -])\d{7,8}(?:(?:-|转)\d{1,5})?",
        lambda found: numbers.phone(re.split("转|(?<=[0-9]{7})-", found)[0], "CN"),
    ),
    _kind(
        "phone",
        "PHONE",
        r"(?:1[ .-]?)?(?:\(\d{3}\)[ -]?\d{3}|\d{3}([.-])\d{3}|\d{3}( )\d{3})[ .-]\d{4}",
        lambda found: numbers.phone(found, "US"),
    ),
    _kind(
        "phone",
        "PHONE",
        r"\(?\d\)?(?:[ ().-]{0,2}\d){8,12}",
        lambda found: numbers.one_separator(found) and numbers.phone(found, "US", "GB", "CN"),
        _CALL,
    ),
    Kind(
        "plate",
        "[PLATE]",
        re.compile(
            rf"[{PROVINCES}][A-HJ-NP-Z][ ·•・.]?"
            r"(?=(?:[A-Z]*[0-9]){3})(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9学警港澳挂]|[A-HJ-NP-Z0-9]{6})"
            r"(?![0-9A-Za-z])"
        ),
    ),
)
"""In the order in which they take their piece of a text: what one has found the next do not see."""

NAMES: tuple[str, ...] = tuple(dict.fromkeys(kind.name for kind in KINDS))
PLACEHOLDERS: dict[str, str] = {kind.name: kind.placeholder for kind in KINDS}
