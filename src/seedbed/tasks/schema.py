"""The shape of a task's answers, and what may be promised of them; both go into the release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Schema:
    """What the answers look like; stored with the release.

    Attributes:
        labels: Names of the outputs, in the order of the head's columns.
        multi_label: Whether a row may have several labels, or none.
        centre: Of a value: what the model's 0 stands for, in the column's unit.
        width: Of a value: what the model's 1 adds to it.
    """

    labels: tuple[str, ...]
    multi_label: bool = False
    centre: float = 0.0
    width: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """Return it as `answer.json` keeps it."""
        return asdict(self) | {"labels": list(self.labels)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Schema:
        """Read what `as_dict` gave; releases older than a field have its default."""
        return cls(**{**told, "labels": tuple(told["labels"])})


@dataclass(frozen=True)
class Promise:
    """What held-out rows allow to be promised of an answer.

    Attributes:
        threshold: Of a label: the confidence from which on it counts as sure.
        half: Of a value: the truth lies within so much of it, as often as the recipe's
            `judge.coverage` asks; infinite where too few rows tell.
    """

    threshold: float = 0.0
    half: float = float("inf")
