"""A problem whose answer is published, and how near ours comes to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One number that someone else has published.

    Attributes:
        id: Such as `T21`, or `T21.profit` where a problem has several numbers.
        title: What is asked.
        source: Where the published answer stands.
        kind: S: in a source; R: computed again from the inputs; A: algebra; M: from memory.
        published: The answer given there.
        digits: Most that ours may differ: half of the last digit given.
        ours: Computes our answer.
    """

    id: str
    title: str
    source: str
    kind: Literal["S", "R", "A", "M"]
    published: float
    digits: float
    ours: Callable[[], float]

    def difference(self) -> float:
        """Return our answer less the published one."""
        return self.ours() - self.published

    def holds(self) -> bool:
        """Tell whether ours is the published answer, to the digits given."""
        return abs(self.difference()) <= self.digits
