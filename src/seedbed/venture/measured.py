"""What a release and the ledger can tell, each with its interval, source and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from seedbed.home import Home
from seedbed.venture.assumption import Assumption
from seedbed.venture.file import Venture


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that was measured, and where."""

    belief: Assumption
    where: str


def measure(venture: Venture, home: Home, today: date) -> dict[str, Measured]:
    """Return what can be measured, by path."""
    return {}
