"""The months of a plan: which is the first, and how far it lies behind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from seedbed.venture.result import Caution, Said

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan


def months_from(start: str, count: int) -> list[str]:
    """Return so many months from one such as `2026-12` on."""
    counted = (_number(start) + later for later in range(count))
    return [f"{one // 12:04d}-{one % 12 + 1:02d}" for one in counted]


def month_of_day(day: date) -> str:
    """Return the month of a day, such as `2026-12`."""
    return f"{day:%Y-%m}"


def between(one: str, other: str) -> int:
    """Return how many months after one the other is; below 0 where it is before."""
    return _number(other) - _number(one)


def first(plan: Plan) -> str:
    """Return a plan's first month: the next one where the file does not say."""
    return plan.venture.start or _next(plan)


def behind(plan: Plan) -> int:
    """Return how many months a plan's first month lies behind; 0 where it has not gone by."""
    return max(between(first(plan), month_of_day(plan.today)), 0)


def gone_by(plan: Plan) -> Said | None:
    """Say that a plan's first month lies behind, and what to do; None where it does not."""
    months = behind(plan)
    if not months:
        return None
    start, following = first(plan), _next(plan)
    count = "1 month" if months == 1 else f"{months} months"
    return Said(
        f"start, {start}, lies {count} back: what is measured today, such as customers and price,"
        " is put into that month, capital is still the cash of then, and months that are over are"
        f" planned. Move start to {following} and capital to the cash that there will be.",
        f"start（{start}）已是 {months} 个月前：今天测得的客户数、价格等被当成那个月的数值，"
        "capital 仍是当时的现金，计划里还有已经过去的月份。"
        f"请把 start 改为 {following}，并把 capital 改为届时的现金。",
    )


def of_start(plan: Plan, section: str) -> tuple[Caution, ...]:
    """Return what a section that plans month by month has to say of its first one."""
    said = gone_by(plan)
    return (Caution(f"{section}.begun", said, "start"),) if said else ()


def _next(plan: Plan) -> str:
    return months_from(month_of_day(plan.today), 2)[1]


def _number(month: str) -> int:
    year, number = (int(part) for part in month.split("-"))
    return 12 * year + number - 1
