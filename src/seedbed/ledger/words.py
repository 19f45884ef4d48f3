"""What invoices say, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from seedbed.ledger import money
from seedbed.ledger.money import half_up
from seedbed.ledger.periods import DAY, Period, moment
from seedbed.ledger.plan import Charge, Plan

METERS = {
    "answers": {"en": "Answers", "zh": "回答"},
    "tokens": {"en": "Tokens", "zh": "词元"},
    "compute_seconds": {"en": "Compute time", "zh": "计算时长"},
}
UNITS = {
    "answers": {"en": "answers", "zh": "条"},
    "tokens": {"en": "tokens", "zh": "词元"},
    "compute_seconds": {"en": "seconds", "zh": "秒"},
}
UNPRICED = {"en": "Calls that the plan has no price for", "zh": "套餐未定价的调用"}
_MONTHS = "January February March April May June July August September October November December"
_EN = _MONTHS.split()


def fee(titles: Mapping[str, str], lasted: Fraction) -> dict[str, str]:
    """Return what the line of the period's fee is called."""
    en, zh = f"{titles['en']}: subscription fee", f"{titles['zh']}：订阅费"
    if lasted != 1:
        share = percent(lasted)
        en, zh = f"{en} ({share} of the period)", f"{zh}（本期的 {share}）"
    return {"en": en, "zh": zh}


def usage(charge: Charge) -> dict[str, str]:
    """Return what a line of usage is called: the meter, and which releases it is for."""
    named = METERS[charge.meter]
    if charge.release == "*":
        return dict(named)
    return {"en": f"{named['en']}: {charge.release}", "zh": f"{named['zh']}：{charge.release}"}


def minimum(wanted: int, plan: Plan) -> dict[str, str]:
    """Return what the top-up to the plan's minimum is called."""
    en, zh = (money.shown(wanted, plan.currency, language) for language in ("en", "zh"))
    return {"en": f"Top-up to the minimum of {en}", "zh": f"补足最低消费 {zh}"}


def late(period: Period, charge: Charge | None) -> dict[str, str]:
    """Return what late usage of an earlier period is called."""
    named = usage(charge) if charge else UNPRICED
    en, zh = span(period, "en"), span(period, "zh")
    return {
        "en": f"{named['en']}, counted late, of {en}",
        "zh": f"{named['zh']}（补计{zh}的用量）",
    }


def percent(share: Fraction) -> str:
    """Return a share in per cent with one decimal, such as `38.7%`."""
    whole, tenths = divmod(half_up(share.numerator * 1000, share.denominator), 10)
    return f"{whole}.{tenths}%"


def number(units: int, scale: int = 1) -> str:
    """Return metered units in the plan's unit, exactly: `1234`, or `2.5` seconds."""
    whole, rest = divmod(units, scale)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def date(at: int, language: str) -> str:
    """Return a date in UTC: `31 March 2026`, `2026年3月31日`."""
    when = moment(at)
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {_EN[when.month - 1]} {when.year}"


def span(period: Period, language: str) -> str:
    """Return a period as people say it: from its first day to its last, with times if it has any.

    `1–31 March 2026`, `15 January – 14 February 2026`, `2026年3月1日–31日`.
    """
    start, end = period
    if start % DAY or end % DAY:
        return f"{date(start, language)} {_time(start)} – {date(end, language)} {_time(end)} UTC"
    first, last = moment(start), moment(end - 1)
    return _chinese(first, last) if language == "zh" else _english(first, last)


def _english(first: datetime, last: datetime) -> str:
    end = f"{last.day} {_EN[last.month - 1]} {last.year}"
    if first.date() == last.date():
        return end
    if first.year != last.year:
        return f"{first.day} {_EN[first.month - 1]} {first.year} – {end}"
    if first.month != last.month:
        return f"{first.day} {_EN[first.month - 1]} – {end}"
    return f"{first.day}–{end}"


def _chinese(first: datetime, last: datetime) -> str:
    start = f"{first.year}年{first.month}月{first.day}日"
    if first.date() == last.date():
        return start
    if first.year != last.year:
        return f"{start}–{last.year}年{last.month}月{last.day}日"
    if first.month != last.month:
        return f"{start}–{last.month}月{last.day}日"
    return f"{start}–{last.day}日"


def _time(at: int) -> str:
    return f"{moment(at):%H:%M}"
