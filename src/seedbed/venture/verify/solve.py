"""Solves problems, and tells how far each answer is from the published one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from seedbed.errors import ExtraMissing, SeedbedError
from seedbed.venture.verify.base import Problem

_ROUNDING = 1e-9
"""A share of the tolerance that binary fractions of decimal numbers may take."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A problem with our answer.

    Args:
        problem: What was asked.
        ours: Our answer; not a number where the model refused.
        seconds: How long it took.
        why: What the model said where it refused.
        lacking: What is not installed here, where that is why there is no answer.
    """

    problem: Problem
    ours: float
    seconds: float = 0.0
    why: str = ""
    lacking: str = ""

    @property
    def difference(self) -> float:
        """Ours less the published answer."""
        same = self.ours == self.problem.published  # infinity less infinity is not a number
        return 0.0 if same else self.ours - self.problem.published

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance; false where there is no answer."""
        return abs(self.difference) <= self.problem.digits * (1 + _ROUNDING)

    @property
    def off(self) -> bool:
        """Whether it is above its tolerance: it was computed, or refused, and does not hold."""
        return not self.holds and not self.lacking

    def as_dict(self) -> dict[str, Any]:
        """Return what `--json` prints; an answer that is no number is null."""
        asked = self.problem
        return {
            "id": asked.id,
            "title": asked.title,
            "published": _plain(asked.published),
            "ours": _plain(self.ours),
            "difference": _plain(self.difference),
            "tolerance": asked.digits,
            "holds": self.holds,
            "kind": asked.kind,
            "source": asked.source,
            "seconds": round(self.seconds, 4),
            "why": self.why or self.lacking,
            "computed": not self.lacking,
        }


def solve(problem: Problem) -> Solved:
    """Answer one problem; a model that refuses has not answered it, and its reason is kept."""
    began = time.perf_counter()
    try:
        ours = float(problem.ours())
    except ExtraMissing as lacking:
        return Solved(problem, math.nan, lacking=f"{lacking.expected}. {lacking.do}")
    except SeedbedError as refused:
        return Solved(problem, math.nan, time.perf_counter() - began, str(refused))
    return Solved(problem, ours, time.perf_counter() - began)


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("-infinity" if value < 0 else "infinity")
