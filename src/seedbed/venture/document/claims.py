"""Holds a text against the figures of the plan: every number in it must be one of them.

A sentence may round a figure, leave off its sign, write a share as a percentage, or say what is
left of one; it may not hold a number that no figure, cell, assumption or result of the model is.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from seedbed.venture.plan import Plan
from seedbed.venture.result import Figure, Said, Section

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w]*\d)")
_SCALES = (1.0, 0.01, 100.0)
"""As it stands, as a percentage of a share, and as a share of a percentage."""


def numbers(text: str) -> Iterator[tuple[float, float, str]]:
    """Yield each number of a text: its value, half of its last digit, and how it is written."""
    for found in _NUMBER.finditer(text):
        written = found[0].rstrip(",")
        decimals = len(written.partition(".")[2])
        yield float(written.replace(",", "")), 0.5 * 10.0**-decimals, written


class Known:
    """Every number that the plan holds."""

    def __init__(self, values: Iterable[float]) -> None:
        told = {abs(value) for value in values if math.isfinite(value)}
        self._values = sorted(told | {1 - value for value in told if value < 1})

    def holds(self, value: float, half: float) -> bool:
        """Tell whether a number, rounded so, is one of them, as it stands or as a percentage."""
        return any(self._near(value * scale, half * scale) for scale in _SCALES)

    def _near(self, value: float, half: float) -> bool:
        slack = half * (1 + 1e-9)
        at = bisect_left(self._values, value - slack)
        return at < len(self._values) and self._values[at] <= value + slack


def unsupported(text: str, known: Known) -> list[str]:
    """Return the numbers of a text that nothing in the plan is."""
    return [written for value, half, written in numbers(text) if not known.holds(value, half)]


def of_section(section: Section) -> Iterator[float]:
    """Yield every number of a section: figures, cells and data; not those of its sentences."""
    for one in section.figures:
        yield from _figure(one)
    for table in section.tables:
        for row in table.rows:
            yield from _inside(row)
    yield from _inside(section.data)


def of_plan(plan: Plan) -> Iterator[float]:
    """Yield every number that was believed, measured or set."""
    for entry in plan.register.values():
        now = entry.now
        yield from _inside((now.median, now.value, now.low, now.high, now.source))
    yield from _inside(plan.venture.model_dump(mode="python"))


def _figure(one: Figure) -> Iterator[float]:
    yield from _inside((one.value, one.low, one.high))


def _inside(value: Any) -> Iterator[float]:
    if isinstance(value, Figure):
        yield from _figure(value)
    elif isinstance(value, (bool, Said)):
        return
    elif isinstance(value, (int, float, Decimal)):
        yield float(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _inside(one)
    elif isinstance(value, str):
        yield from (number for number, _, _ in numbers(value))
    elif hasattr(value, "tolist"):
        yield from _inside(value.tolist())
    elif isinstance(value, Iterable):
        for one in value:
            yield from _inside(one)
