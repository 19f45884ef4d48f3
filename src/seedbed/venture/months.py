"""The months of a plan: which is the first, and how far it lies behind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

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


def _next(plan: Plan) -> str:
    return months_from(month_of_day(plan.today), 2)[1]


def _number(month: str) -> int:
    year, number = (int(part) for part in month.split("-"))
    return 12 * year + number - 1
